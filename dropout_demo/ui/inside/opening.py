"""The head of the Inside page: which runs are open, after which epoch, and what to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dropout_demo.arms import arm_names, rates_of
from dropout_demo.data import status as data_status
from dropout_demo.lab import lab
from dropout_demo.opening import RECORDED, NotOpen, Openable, open_run
from dropout_demo.ui.inside.on_show import OnShow, shelf_runs
from dropout_demo.ui.plain import plain

RUN, BESIDE, EPOCH, LOOK = "inside_run", "inside_beside", "inside_epoch", "inside_look"
NOTHING = ""
_DATASETS = {"cifar10": "CIFAR-10", "shapes": "drawn shapes"}


def opened_runs() -> list[OnShow]:
    """One or two runs as the learner chose them; the page says why when there is none."""
    there = {one.run: one for one in shelf_runs()}
    _add_from_address(there)
    if not there:
        st.info(
            "No network can be opened yet: train one in the Lab, and it will be here.",
            icon=":material/science:",
        )
        return []
    _first_choice(there)
    first, second, epochs = st.columns([3, 3, 2], gap="medium", vertical_alignment="bottom")
    chosen = _choices(there, first, second)
    with epochs:
        return _at_an_epoch([there[run] for run in chosen if run])


def remember_opened(shown: Sequence[OnShow], look: str) -> None:
    """Keep in the address what is open: a reload loses nothing, and a link shows the same."""
    kept = {k: st.query_params.get_all(k) for k in st.query_params if k.startswith("embed")}
    address: dict[str, str | list[str]] = dict(kept)
    for name, one in zip(("run", "beside"), shown, strict=False):
        address[name] = one.run
    if shown:
        address["epoch"] = str(shown[0].epoch)
    address["look"] = look
    st.query_params.from_dict(address)


def _add_from_address(there: dict[str, Openable]) -> None:
    """Runs that a link names, whoever trained them; says which cannot be opened, and why."""
    refused = []
    for name in ("run", "beside"):
        run = st.query_params.get(name)
        if run and run not in there:
            try:
                there[run] = open_run(lab().store, run)
            except NotOpen as error:
                refused.append(str(error))
                del st.query_params[name]
    for sentence in dict.fromkeys(refused):
        st.warning(plain(sentence), icon=":material/search_off:")


def _first_choice(there: Mapping[str, Openable]) -> None:
    """What is chosen when the page opens: the address's runs, or the newest and its twin."""
    state = st.session_state
    if state.get(RUN) in there and state.get(BESIDE, NOTHING) in (NOTHING, *there):
        return
    run = st.query_params.get("run") or _default(there)
    beside = st.query_params.get("beside")
    if beside is None and "run" not in st.query_params:
        beside = _twin(there, there[run])
    state[RUN], state[BESIDE] = run, beside or NOTHING
    epoch = st.query_params.get("epoch", "")
    state[EPOCH] = int(epoch) if epoch.isdecimal() and len(epoch) < 4 else there[run].last
    if epoch and state[EPOCH] not in there[run].epochs:
        kept = ", ".join(map(str, there[run].epochs))
        st.warning(
            f"Epoch {plain(epoch[:8])} of this run is not kept; its networks are of epochs {kept}.",
            icon=":material/search_off:",
        )


def _default(there: Mapping[str, Openable]) -> str:
    """The newest run with dropout whose images are here, else the newest."""
    usable = [one for one in there.values() if data_status(one.config.dataset).ready]
    usable = usable or list(there.values())
    return next((one.run for one in usable if rates_of(one.config)), usable[0].run)


def _twin(there: Mapping[str, Openable], one: Openable) -> str:
    """The run that differs from this one by its dropout alone; "" when there is none."""
    bare = one.config.without_dropout().hash
    twins = (
        other.run
        for other in there.values()
        if other.run != one.run
        and other.config.without_dropout().hash == bare
        and bool(rates_of(other.config)) != bool(rates_of(one.config))
    )
    return next(twins, NOTHING)


def _choices(
    there: Mapping[str, Openable], left: DeltaGenerator, right: DeltaGenerator
) -> tuple[str, str]:
    """The chosen runs; the second "" where nothing is to stand beside the first."""
    told_apart = {"dataset": "cifar10", "train_size": 45_000, "epochs": 15}  # labels end with them
    names = arm_names([one.config.model_copy(update=told_apart) for one in there.values()])
    labels = {
        run: _label(one, name) for (run, one), name in zip(there.items(), names, strict=True)
    } | {NOTHING: "nothing"}
    first = left.selectbox(
        "Open a run", list(there), format_func=labels.__getitem__, key=RUN, on_change=_new_run
    )
    others = [NOTHING, *(run for run in there if run != first)]
    if st.session_state.get(BESIDE) not in others:
        st.session_state[BESIDE] = NOTHING
    second = right.selectbox("Beside it", others, format_func=labels.__getitem__, key=BESIDE)
    assert first is not None
    return first, second or NOTHING


def _new_run() -> None:
    """Another run opens after its last epoch."""
    st.session_state.pop(EPOCH, None)


def _label(one: Openable, name: str) -> str:
    """Such as "dropout 0.25, seed 0 (recorded) · CIFAR-10, 45,000 images, 15 epochs"."""
    config = one.config
    name = one.own_name or name
    recorded = " (recorded)" if one.run.startswith(RECORDED) else ""
    return (
        f"{name}, seed {config.seed}{recorded} · {_DATASETS[config.dataset]}, "
        f"{config.train_size:,} images, {config.epochs} epoch{'s' * (config.epochs != 1)}"
    )


def _at_an_epoch(runs: Sequence[Openable]) -> list[OnShow]:
    epochs = runs[0].epochs
    if st.session_state.get(EPOCH) not in epochs:
        st.session_state[EPOCH] = runs[0].last
    epoch = st.select_slider(
        "After epoch",
        epochs,
        key=EPOCH,
        format_func=lambda at: "untrained" if at == 0 else str(at),
        help="The network as it was after that epoch of its training; 0 is before the first.",
    )
    assert isinstance(epoch, int)
    at_the_end = epoch == runs[0].last
    shown = []
    for one, name, colour in zip(runs, _names(runs), _colours(runs), strict=True):
        at = one.last if at_the_end else max(kept for kept in one.epochs if kept <= epoch)
        if at != epoch:
            name += f" (after epoch {at})"
        shown.append(OnShow(one.run, one.config, name, colour, one.epochs, at, one.network(at)))
    return shown


def _names(runs: Sequence[Openable]) -> list[str]:
    """The learner's own, else what tells them apart: settings first, then the seed."""
    configs = [one.config for one in runs]
    told = [one.own_name or name for one, name in zip(runs, arm_names(configs), strict=True)]
    if len(set(told)) < len(told):
        told = [f"{name}, seed {c.seed}" for name, c in zip(told, configs, strict=True)]
    if len(set(told)) < len(told):
        told = [f"{name} ({place})" for place, name in enumerate(told, start=1)]
    return told


def _colours(runs: Sequence[Openable]) -> list[int]:
    """As in the Lab: without dropout the first colour, with dropout the second."""
    told = [
        one.own_colour if one.own_colour is not None else int(bool(rates_of(one.config)))
        for one in runs
    ]
    if len(told) > 1 and told[0] == told[1]:
        told[1] = next(place for place in range(3) if place != told[0])
    return told
