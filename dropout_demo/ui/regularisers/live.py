"""The four arms of a regulariser trained here and now, in under a minute on two cores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl

import streamlit as st

from dropout_demo.config import Dataset, RunConfig
from dropout_demo.data import status as data_status
from dropout_demo.evidence.values import Told
from dropout_demo.jobs import QueueFull
from dropout_demo.lab import lab
from dropout_demo.lessons.cards import Card
from dropout_demo.lessons.regularisers import Regulariser, regularisers
from dropout_demo.plan import Plan
from dropout_demo.readings import Result
from dropout_demo.store import Run, StoreError
from dropout_demo.ui.lab_state import active, learner
from dropout_demo.ui.plain import plain
from dropout_demo.ui.regularisers.told import told_in_full
from dropout_demo.ui.run_charts import run_charts


@st.fragment
def live_version(key: str) -> None:
    """The button, the chart while it trains, and what came of it. Nothing else is drawn anew."""
    one, dataset = regularisers()[key], _dataset()
    card = regularisers().live_card(key, dataset)
    st.subheader("Live: the four arms, trained here", anchor=False)
    st.caption(_words(one, card, dataset))
    row = st.container(horizontal=True, vertical_alignment="center")
    pressed = row.button(
        "Train the four arms", key=f"train-{key}", type="primary", icon=":material/play_arrow:"
    )
    if pressed:
        _train(key, card)
    runs = _runs(key)
    mine = [run for run in active(runs) if run.owner == learner()]
    if mine and row.button("Cancel", key=f"cancel-{key}", icon=":material/stop:"):
        for run in mine:
            lab().jobs.cancel(run.id)
    with row:
        lab_link(card)
    if not runs:
        return
    trained = {run.config.hash for run in runs}
    if not trained <= {config.hash for config in card.configs()}:
        return  # of other settings, before the page changed
    run_charts(runs)
    if active(runs):
        st.markdown("The table will stand here when all networks have finished.")
        return
    told = _told(card, runs)
    if not told_in_full(card, told, key=f"live-{key}"):
        st.markdown("None of these runs finished, so there is nothing to compare.")


def lab_link(card: Card) -> None:
    """The way to the Lab with the very arms of the live version."""
    arms = [arm.config for arm in card.arms.values()]
    plan = Plan(arms[0], "arms", card.seeds, arms=tuple(arms))
    st.page_link(
        "lab.py",
        label="Open in the Lab",
        icon=":material/science:",
        query_params=parse_qsl(plan.to_query(), keep_blank_values=True),
    )


def _dataset() -> Dataset:
    """Drawn shapes where CIFAR-10 is not at hand."""
    return "cifar10" if data_status("cifar10").ready else "shapes"


def _words(one: Regulariser, card: Card, dataset: Dataset) -> str:
    config: RunConfig = card.arms["none"].config
    images = "CIFAR-10" if dataset == "cifar10" else "drawn shapes, as CIFAR-10 is not here"
    return (
        f"Neither, dropout 0.25, {one.name.lower()} ({one.settings[one.live - 1].name}) and both; "
        f"{config.train_size:,} images ({images}), {config.epochs} epochs, {card.seeds} seeds: "
        "under a minute on two cores. So short a training shows a tendency at most, and its "
        "verdict is not the recorded one."
    )


def _train(key: str, card: Card) -> None:
    try:
        done = lab().jobs.submit_new(card.configs(), learner(), reuse=True)
    except (QueueFull, StoreError) as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    lab().store.set_note(learner(), _note(key), list(done.ids))


def _runs(key: str) -> list[Run]:
    """What this learner last trained here; kept over reloads."""
    ids = lab().store.notes(learner(), _note(key)).get(_note(key), [])
    if not isinstance(ids, list):
        return []
    return lab().store.some([str(run)[:64] for run in ids])


def _note(key: str) -> str:
    return f"regularisers/{key}"


def _told(card: Card, runs: Sequence[Run]) -> Mapping[str, Mapping[int, Told]]:
    """By arm and seed, the finished ones."""
    done = {run.config.hash: run for run in runs if run.status == "finished"}
    events = lab().store.events_of([r.id for r in done.values()], kinds=("epoch", "finished"))
    told: dict[str, dict[int, Told]] = {}
    for name, arm in card.arms.items():
        told[name] = {}
        for seed in range(card.seeds):
            run = done.get(arm.config.with_seed(seed).hash)
            if run is not None:
                all_of = events[run.id]
                epochs = tuple(event for event in all_of if event["kind"] == "epoch")
                told[name][seed] = Told.of(Result(run.config, epochs), all_of)
    return told
