"""The short version of a card that a learner trains: its configurations, and what they give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dropout_demo.addresses import fields_of
from dropout_demo.arms import arm_of, rates_of
from dropout_demo.config import LAYERS, TRAIN_IMAGES, Dataset, RunConfig
from dropout_demo.evidence.values import Told
from dropout_demo.lessons.cards import Card, Comparison, Group
from dropout_demo.readings import Result
from dropout_demo.store import Run


def live_arms(card: Card) -> tuple[str, ...]:
    """Those of the card's arms that the live version trains, in the card's order."""
    return tuple(name for name in card.arms if not card.live.arms or name in card.live.arms)


def live_config(card: Card, arm: str, dataset: Dataset) -> RunConfig:
    """An arm with the card's changes, seed 0.

    A change of a layer's rate counts only where the arm has dropout at that layer, so that an arm
    without stays without. Drawn shapes are fewer: the size is cut to theirs. Raises ConfigError.
    """
    own = card.arms[arm].config
    changes = fields_of(card.live.changes, LAYERS)
    rates = own.model_dump(mode="json")["dropout"]
    rates |= {at: drop for at, drop in changes.pop("dropout", {}).items() if at in rates_of(own)}
    merged = own.model_dump(mode="json") | changes | {"dataset": dataset, "dropout": rates}
    merged["train_size"] = min(merged["train_size"], TRAIN_IMAGES[dataset])
    return RunConfig.parse(merged | {"seed": 0})


def live_configs(card: Card, dataset: Dataset) -> tuple[RunConfig, ...]:
    """All that one press trains, seed by seed; none for an experiment."""
    arms = [live_config(card, arm, dataset) for arm in live_arms(card)]
    return tuple(arm.with_seed(seed) for seed in range(card.live.seeds) for arm in arms)


def live_names(card: Card, dataset: Dataset) -> dict[str, str]:
    """By arm, the card's name, with the live rate where the card names the recorded one."""
    names = {}
    for arm in live_arms(card):
        name, own = card.arms[arm].name, card.arms[arm].config
        rates = rates_of(live_config(card, arm, dataset))
        for at, rate in rates_of(own).items():
            name = name.replace(f"{rate:g}", f"{rates[at]:g}") if rates[at] != rate else name
        names[arm] = name
    return names


def live_card(card: Card) -> Card:
    """The card with only what its live version can compare.

    Comparisons whose arms are all trained stay; a group of which only some arms are trained stands
    by those, but only where no other comparison is left. Teams are too many networks for it.
    """
    if card.experiment:
        return card
    arms = set(live_arms(card))
    whole = {name for name, group in card.groups.items() if set(group.of) <= arms}
    partly = {name for name, group in card.groups.items() if set(group.of) & arms}
    left = _within(card, arms | whole)
    if left:
        groups = {name: card.groups[name] for name in card.groups if name in whole}
    else:
        left = _within(card, arms | partly)
        groups = {n: _reduced(g, arms) for n, g in card.groups.items() if n in partly}
    kept = {name: arm for name, arm in card.arms.items() if name in arms}
    return card.model_copy(
        update={
            "arms": kept,
            "groups": groups,
            "teams": {},
            "comparisons": tuple(left),
            "seeds": card.live.seeds,
        }
    )


def live_told(
    card: Card,
    runs: Sequence[Run],
    events: Mapping[str, Sequence[Mapping[str, Any]]],
    measured: Mapping[str, Mapping[str, Mapping[str, Any]]],
) -> dict[str, dict[int, Told]]:
    """By arm and seed, the finished ones among these runs that belong to the live version.

    events: by run, its epochs and its end. measured: by run, what was found inside its network.
    """
    told: dict[str, dict[int, Told]] = {}
    for arm in live_arms(card):
        wanted = {arm_of(live_config(card, arm, d)) for d in {run.config.dataset for run in runs}}
        told[arm] = {
            run.config.seed: _told(run, events[run.id], measured.get(run.id, {}))
            for run in runs
            if run.status == "finished" and arm_of(run.config) in wanted
        }
    return told


def _told(
    run: Run, events: Sequence[Mapping[str, Any]], measured: Mapping[str, Mapping[str, Any]]
) -> Told:
    epochs = tuple(event for event in events if event["kind"] == "epoch")
    return Told.of(Result(run.config, epochs), events, measured)


def _within(card: Card, names: set[str]) -> list[Comparison]:
    return [one for one in card.comparisons if {*one.plus, *one.minus} <= names]


def _reduced(group: Group, arms: set[str]) -> Group:
    """The group by those of its arms that are trained; one may be all there is."""
    return group.model_copy(update={"of": tuple(arm for arm in group.of if arm in arms)})
