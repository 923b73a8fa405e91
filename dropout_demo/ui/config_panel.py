"""The Lab's settings and its button: what will be trained."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import streamlit as st

from dropout_demo.config import MAX_SEED, RATES, Dropout, Layer, RunConfig
from dropout_demo.data import status as data_status
from dropout_demo.lab import lab
from dropout_demo.store import Run
from dropout_demo.ui.lab_state import (
    START_PRESET,
    active,
    config_from_address,
    last_config,
    learner,
    submit,
)
from dropout_demo.ui.plain import plain

SIZES = {"quick": "Quick", "article": "Article", "address": "As linked"}
DATASETS = {"cifar10": "CIFAR-10", "shapes": "Drawn shapes"}
ARTICLE_LAYERS: dict[Layer, str] = {
    "flatten": "Dropout before the first dense layer",
    "fc1": "Dropout before the last dense layer",
}
SEEDS = (1, 3, 5)


def introduction() -> None:
    """What this page is for, in two sentences."""
    st.title("Does dropout help?", anchor=False)
    st.markdown(
        "Two copies of one small network learn the same pictures in the same order; one of them "
        "drops units at random while it learns. Which does better on pictures it has never seen?"
    )


def config_panel() -> tuple[RunConfig, int]:
    """Settings of the arm with dropout, and over how many seeds."""
    if "size" not in st.session_state:  # a new session, or back from another page
        _set_widgets(last_config() or config_from_address())
    if problem := st.session_state.pop("address_problem", None):
        st.warning(
            f"The address asks for something that makes no sense: {plain(problem)} "
            "The usual settings are shown instead.",
            icon=":material/link_off:",
        )
    linked: RunConfig = st.session_state["linked"]
    with st.container(border=True, key="panel"):
        columns = st.columns(2, gap="large")
        rates = {
            layer: column.select_slider(
                label,
                _rate_options(linked, layer),
                key=f"rate_{layer}",
                help="Probability of dropping each unit while training; 0 is no dropout.",
            )
            for column, (layer, label) in zip(columns, ARTICLE_LAYERS.items(), strict=True)
        }
        row = st.container(horizontal=True, gap="medium", vertical_alignment="bottom")
        data = row.segmented_control(
            "Images", list(DATASETS), format_func=DATASETS.__getitem__, key="dataset", required=True
        )
        size = row.segmented_control(
            "Size",
            [name for name in SIZES if name != "address" or _has_own_settings(linked)],
            format_func=lambda name: _size_label(name, data or linked.dataset),
            key="size",
            required=True,
            help="Quick: 12 epochs, about 20 seconds on two cores. Article: 15 epochs, minutes.",
        )
        seeds = row.segmented_control(
            "Seeds",
            SEEDS,
            key="seeds",
            required=True,
            help="Each seed trains both networks again from other weights. "
            "A verdict takes at least 3.",
        )
    return _config(linked, size or START_PRESET, data or linked.dataset, rates), seeds or 1


def action_row(config: RunConfig, seeds: int, runs: Sequence[Run]) -> list[str]:
    """Train the configuration and its twin, or cancel; the ids of the runs that were started."""
    configs = pair_over_seeds(config, _seeds(config.seed, seeds))
    row = st.container(horizontal=True, vertical_alignment="center", gap="medium")
    started = []
    if row.button("Train this now", key="train", type="primary", icon=":material/play_arrow:"):
        started = submit(configs)
    row.caption(_what_will_happen(config, configs))
    mine = [run for run in active(runs) if run.owner == learner()]
    if (mine or started) and row.button("Cancel", key="cancel", icon=":material/stop:"):
        for run in mine:
            lab().jobs.cancel(run.id)
    return started


def pair_over_seeds(config: RunConfig, seeds: Iterable[int]) -> list[RunConfig]:
    """Twins side by side, seed by seed; one arm alone where there is no dropout to compare."""
    configs = []
    for seed in seeds:
        with_dropout = config.with_seed(seed)
        twin = with_dropout.without_dropout()
        configs += [twin] if twin.hash == with_dropout.hash else [twin, with_dropout]
    return configs


def _seeds(first: int, count: int) -> list[int]:
    """Consecutive seeds; after the largest comes 0."""
    return [(first + place) % (MAX_SEED + 1) for place in range(count)]


def _set_widgets(config: RunConfig) -> None:
    state = st.session_state
    state["linked"] = config
    for layer in ARTICLE_LAYERS:
        state[f"rate_{layer}"] = config.dropout[layer].p if layer in config.dropout else 0.0
    state["dataset"] = config.dataset
    state["size"] = _size_name(config)
    state["seeds"] = SEEDS[0]


def _config(linked: RunConfig, size: str, dataset: str, rates: dict[Layer, float]) -> RunConfig:
    """The configuration that the widgets stand for."""
    others = {at: drop for at, drop in linked.dropout.items() if at not in ARTICLE_LAYERS}
    chosen = {at: Dropout(rate) for at, rate in rates.items() if rate > 0}
    if size != "address":
        return RunConfig.preset(size, dataset=dataset, dropout=chosen, seed=linked.seed)
    base = linked.model_dump() | {"dropout": others | chosen, "dataset": dataset}
    if dataset != linked.dataset:
        del base["train_size"]
    return RunConfig.model_validate(base)


def _size_name(config: RunConfig) -> str:
    bare = config.without_dropout().with_seed(0)
    for name in ("quick", "article"):
        preset = RunConfig.preset(name, dataset=config.dataset, dropout={})
        if preset == bare and set(config.dropout) <= set(ARTICLE_LAYERS):
            return name
    return "address"


def _size_label(name: str, dataset: str) -> str:
    if name == "address":
        return SIZES[name]
    return f"{SIZES[name]}: {RunConfig.preset(name, dataset=dataset).train_size:,} images"


def _has_own_settings(config: RunConfig) -> bool:
    return _size_name(config) == "address"


def _rate_options(linked: RunConfig, layer: Layer) -> list[float]:
    own = linked.dropout[layer].p if layer in linked.dropout else 0.0
    return sorted({*RATES, own})


def _what_will_happen(config: RunConfig, configs: Sequence[RunConfig]) -> str:
    source = data_status(config.dataset)
    seconds = lab().jobs.forecast(configs)
    about = f"about {seconds:.0f} s" if seconds < 100 else f"about {seconds / 60:.0f} min"
    networks = "1 network" if len(configs) == 1 else f"{len(configs)} networks"
    what = f"{networks} on {config.train_size:,} images, {config.epochs} epochs: {about}."
    if config.dataset == "shapes":
        fetch = "" if data_status("cifar10").ready else "; the System page fetches CIFAR-10"
        return f"{what} Drawn shapes are not CIFAR-10{fetch}."
    if not source.ready:
        return f"{what} CIFAR-10 is not here yet: fetch it on the System page first."
    return what if source.prepared else f"{what} The images are being read for the first time."
