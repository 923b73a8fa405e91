"""The live version: one press trains a card's short comparison, and the same code judges it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dropout_demo.config import Dataset, RunConfig
from dropout_demo.data import status as data_status
from dropout_demo.evidence.live import live_card, live_configs, live_names, live_told
from dropout_demo.jobs import QueueFull
from dropout_demo.lab import lab
from dropout_demo.lessons.cards import Card, cards
from dropout_demo.store import Run, StoreError
from dropout_demo.ui.claims.answers import keep_note
from dropout_demo.ui.claims.live_experiment import live_experiment
from dropout_demo.ui.claims.measured import measured_in
from dropout_demo.ui.claims.places import LIVE
from dropout_demo.ui.claims.seen import Seen, seen_of
from dropout_demo.ui.claims.taking import downloads, in_the_lab
from dropout_demo.ui.claims.verdicts import evidence_below, verdict_box
from dropout_demo.ui.inside.link import look_inside
from dropout_demo.ui.lab_state import active, learner, query_of
from dropout_demo.ui.plain import plain
from dropout_demo.ui.run_charts import run_charts

_DATASETS: Mapping[str, str] = {"cifar10": "CIFAR-10", "shapes": "drawn shapes"}


def live_version(card: Card) -> None:
    """Offer it, show it growing, and judge it; nothing else of the page is drawn anew."""
    st.header("Train a short version yourself", anchor=False)
    if card.live.note:
        st.markdown(plain(card.live.note))
    if card.experiment:
        live_experiment(card)
    else:
        _networks(card.number)


@st.fragment
def _networks(number: int) -> None:
    card = cards()[number]
    runs = _runs_on_show(card)
    runs = _press(card, runs)
    if runs:
        run_charts(runs)
        _result(card, runs)


def _press(card: Card, runs: list[Run]) -> list[Run]:
    """The button with what it will do, or Cancel; the runs on show after that."""
    configs = live_configs(card, _dataset_at_hand())
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        if st.button(
            "Train it now",
            key="claim_train",
            type="primary",
            icon=":material/play_arrow:",
            disabled=bool(active(runs)),
        ):
            runs = _train(card, configs) or runs
        mine = [run for run in active(runs) if run.owner == learner()]
        if mine and st.button("Cancel", key="claim_cancel", icon=":material/stop:"):
            for run in mine:
                lab().jobs.cancel(run.id)
            runs = lab().store.some([run.id for run in runs])
        st.caption(_what_will_happen(card, configs, runs), width="content")
    return runs


def _train(card: Card, configs: Sequence[RunConfig]) -> list[Run]:
    try:
        ids = lab().jobs.submit_new(configs, learner(), reuse=True).ids
        runs = lab().store.some(ids)
        show = lab().store.add_comparison(learner(), query_of(runs), ids)
    except (QueueFull, StoreError) as error:
        st.error(plain(str(error)), icon=":material/error:")
        return []
    st.query_params[LIVE] = show
    keep_note(_note(card), show)
    return runs


def _runs_on_show(card: Card) -> list[Run]:
    """By the address, else by this learner's last press; none where they are gone."""
    show = st.query_params.get(LIVE) or lab().store.notes(learner(), _note(card)).get(_note(card))
    found = lab().store.comparison(show[:64]) if isinstance(show, str) else None
    return lab().store.some(found.runs) if found else []


def _note(card: Card) -> str:
    return f"claims/{card.number:02d}/live"


def _what_will_happen(card: Card, configs: Sequence[RunConfig], runs: Sequence[Run]) -> str:
    """Such as "6 networks on 5,000 images of CIFAR-10, 12 epochs: about 50 s.".

    While these runs are under way, their charts say how long they take yet.
    """
    done = lab().store.finished(learner(), [config.hash for config in configs])
    left = [config for config in configs if config.hash not in done]
    seconds = max(1.0, lab().jobs.forecast(left, learner()))
    about = f"about {seconds:.0f} s" if seconds < 100 else f"about {seconds / 60:.0f} min"
    if not left:
        about = "trained before, shown at once"
    elif active(runs):
        about = "under way"
    sizes = " or ".join(f"{size:,}" for size in sorted({c.train_size for c in configs}))
    epochs = max(config.epochs for config in configs)
    data = _DATASETS[configs[0].dataset]
    what = f"{len(configs)} networks ({card.live.seeds} seeds)"
    told = f"{what} on {sizes} images of {data}, {epochs} epochs: {about}."
    if configs[0].dataset == "shapes":
        told += " CIFAR-10 is not here (the System page fetches it); shapes are an easier task."
    return told


def _dataset_at_hand() -> Dataset:
    return "cifar10" if data_status("cifar10").ready else "shapes"


def _result(card: Card, runs: Sequence[Run]) -> None:
    if active(runs):
        st.info("The verdict will stand here when all networks have finished.")
        return
    done = [run for run in runs if run.status == "finished"]
    if len(done) < len(runs):
        left = len(runs) - len(done)
        st.caption(f"{left} of these {len(runs)} runs did not finish and count for nothing.")
    if not done:
        return
    measured = measured_in(card, done)
    events = lab().store.events_of([run.id for run in done], kinds=("epoch", "finished"))
    dataset = done[0].config.dataset
    told = live_told(card, done, events, measured)
    seen = seen_of(live_card(card), live_names(card, dataset), told)
    if not seen.findings:
        return
    verdict_box(seen, _source(done), "live")
    evidence_below(seen, "live")
    _taking(seen, done, events)


def _taking(seen: Seen, done: Sequence[Run], events: Mapping[str, list[dict[str, Any]]]) -> None:
    row = st.container(
        horizontal=True, vertical_alignment="center", gap="small", key="claim-live-taking"
    )
    with row:
        downloads(seen, f"{seen.card.key}-live", lambda: _as_json(done, events))
        by_name = {seen.names[arm]: runs for arm, runs in seen.told.items() if runs}
        in_the_lab({n: next(iter(runs.values())).result.config for n, runs in by_name.items()})
        look_inside([(run.id, run.config) for run in done])


def _as_json(done: Sequence[Run], events: Mapping[str, list[dict[str, Any]]]) -> list[Any]:
    return [
        {"run": run.id, "config": run.config.model_dump(mode="json"), "events": events[run.id]}
        for run in done
    ]


def _source(done: Sequence[Run]) -> str:
    """Such as "Live, 3 seeds, 5,000 images of CIFAR-10"."""
    seeds = len({run.config.seed for run in done})
    sizes = " or ".join(f"{size:,}" for size in sorted({run.config.train_size for run in done}))
    data = _DATASETS[done[0].config.dataset]
    return f"Live, {seeds} seed{'s' * (seeds != 1)}, {sizes} images of {data}"
