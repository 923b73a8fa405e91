"""The Lab's buttons: train what the bench says, cancel, repeat with more seeds."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dropout_demo.config import MAX_SEED, RunConfig
from dropout_demo.data import status as data_status
from dropout_demo.jobs import QueueFull
from dropout_demo.lab import lab
from dropout_demo.plan import Plan
from dropout_demo.store import WAITING, Run, StoreError
from dropout_demo.ui import guess
from dropout_demo.ui.bring_into_view import bring_into_view
from dropout_demo.ui.lab_state import (
    active,
    comparison_on_show,
    learner,
    query_of,
    query_on_show,
    runs_on_show,
    show_runs,
)
from dropout_demo.ui.plain import plain


def action_row(plan: Plan | None) -> list[Run]:
    """Train the plan, guess first, or cancel what trains; the runs on show after that."""
    row = st.container(horizontal=True, vertical_alignment="center", gap="medium")
    pressed = row.button(
        "Train this now",
        key="train",
        type="primary",
        icon=":material/play_arrow:",
        disabled=plan is None,
    )
    begun = pressed and plan is not None and train(plan)
    if begun and plan is not None:
        _, reused = st.session_state["reused"]
        if reused < len(plan.configs()):  # what is known already is no guess
            guess.keep(plan, comparison_on_show())
    runs = runs_on_show()
    if plan is not None:
        guess.guess_popover(row, plan)
    mine = [run for run in active(runs) if run.owner == learner()]
    if mine and row.button("Cancel", key="cancel", icon=":material/stop:"):
        for run in mine:
            lab().jobs.cancel(run.id)
    if plan is not None:
        row.caption(_what_will_happen(plan))
    _reused_notice(plan)
    _others_under_way(runs)
    bring_into_view("verdict", now=begun)
    return runs


def train(plan: Plan, *, anew: bool = False, beside: Sequence[str] = ()) -> bool:
    """Put a plan's runs on show, trained now or, unless `anew`, before; else a sentence why not.

    beside: runs that stay on show with them.
    """
    source = data_status(plan.base.dataset)
    if not source.ready:
        st.error(plain(source.detail), icon=":material/database:")
        return False
    try:
        done = lab().jobs.submit_new(plan.configs(), learner(), reuse=not anew)
    except (QueueFull, StoreError) as error:
        st.error(plain(str(error)), icon=":material/error:")
        return False
    show_runs([*beside, *done.ids], plan.to_query())
    st.session_state["reused"] = (comparison_on_show(), len(done.reused))
    return True


def more_seeds(configs: Sequence[RunConfig], used: Sequence[int], more: int) -> list[RunConfig]:
    """These arms again from seeds not used so far, seed by seed."""
    taken, seed = set(used), min(used, default=0)
    seeds: list[int] = []
    while len(seeds) < more:
        if seed not in taken:
            seeds.append(seed)
        seed = (seed + 1) % (MAX_SEED + 1)
    return [config.with_seed(seed) for seed in seeds for config in configs]


def train_more(configs: Sequence[RunConfig], beside: Sequence[str]) -> None:
    """Train these beside what is on show; a guess stays with the comparison."""
    guessed = guess.guess_of(comparison_on_show())
    try:
        done = lab().jobs.submit_new(configs, learner(), reuse=True)
    except (QueueFull, StoreError) as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    show_runs([*beside, *done.ids], query_on_show())
    show = comparison_on_show()
    if guessed is not None and show is not None:
        lab().store.set_guess(learner(), show, guessed.to_json())
    st.rerun()


def _reused_notice(plan: Plan | None) -> None:
    """What was shown at once because it had been trained before, and the offer to train it anew."""
    show, count = st.session_state.get("reused", (None, 0))
    if not count or show != comparison_on_show() or plan is None:
        return
    total = len(plan.configs())
    verb = "was" if count == 1 else "were"
    which = "All of these were" if count >= total else f"{count} of these {total} {verb}"
    row = st.container(horizontal=True, vertical_alignment="center", gap="medium")
    row.caption(f"{which} trained before and are shown from your shelf.")
    if row.button("Train anew", key="train_anew", icon=":material/refresh:") and train(
        plan, anew=True
    ):
        st.rerun()


def _others_under_way(shown: Sequence[Run]) -> None:
    """This learner's runs that train or wait out of sight: they go on, and hold up what is new."""
    in_sight = {run.id for run in shown}
    others = [r for r in lab().store.runs(learner(), status=WAITING) if r.id not in in_sight]
    if not others:
        return
    row = st.container(horizontal=True, vertical_alignment="center", gap="medium")
    one = len(others) == 1
    row.caption(f"{'1 other run' if one else f'{len(others)} other runs'} of yours still to end.")
    if row.button("Show them", key="show_others", icon=":material/visibility:"):
        show_runs([run.id for run in others], query_of(others))
        st.rerun()
    if row.button("Cancel them", key="cancel_others", icon=":material/stop:"):
        for run in others:
            lab().jobs.cancel(run.id)
        st.rerun()


def _what_will_happen(plan: Plan) -> str:
    base, configs = plan.base, plan.configs()
    source = data_status(base.dataset)
    done = lab().store.finished(learner(), [config.hash for config in configs])
    seconds = lab().jobs.forecast(
        [config for config in configs if config.hash not in done], learner()
    )
    about = f"about {max(1, seconds):.0f} s" if seconds < 100 else f"about {seconds / 60:.0f} min"
    if len(done) == len(configs):
        about = "trained before, shown at once"
    what = f"{_networks(configs)}: {about}."
    if base.dataset == "shapes":
        fetch = "" if data_status("cifar10").ready else "; the System page fetches CIFAR-10"
        return f"{what} Drawn shapes are not CIFAR-10{fetch}."
    if not source.ready:
        return f"{what} CIFAR-10 is not here yet: fetch it on the System page first."
    return what if source.prepared else f"{what} The images are being read for the first time."


def _networks(configs: Sequence[RunConfig]) -> str:
    """How many, and what they have in common of images and epochs."""
    told = "1 network" if len(configs) == 1 else f"{len(configs)} networks"
    sizes = {config.train_size for config in configs}
    epochs = {config.epochs for config in configs}
    if len(sizes) == 1:
        told += f" on {sizes.pop():,} images"
    if len(epochs) == 1:
        count = epochs.pop()
        told += f", {count} epoch{'s' * (count != 1)}"
    return told
