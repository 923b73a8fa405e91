"""A card's runs and teams as values are read off them: those that are recorded."""

from __future__ import annotations

from collections.abc import Mapping

from dropout_demo.evidence.findings import Table, table_of
from dropout_demo.evidence.teams import team_table
from dropout_demo.evidence.values import Told
from dropout_demo.lessons.cards import Card
from dropout_demo.recorded import recorded_run


def recorded_told(card: Card) -> dict[str, dict[int, Told]]:
    """By arm and seed, the card's recorded runs; those not made yet are left out."""
    told: dict[str, dict[int, Told]] = {}
    for name, arm in card.arms.items():
        told[name] = {}
        for seed in range(arm.seeds or card.seeds):
            run = recorded_run(arm.config.with_seed(seed).hash)
            if run is not None:
                told[name][seed] = Told.of(run.result, run.events, run.measured)
    return told


def recorded_table(card: Card, told: Mapping[str, Mapping[int, Told]] | None = None) -> Table:
    """By arm or team, seed and name, all recorded values that the card's comparisons name.

    told: the card's recorded runs, where they are at hand.
    """
    return {**table_of(card, recorded_told(card) if told is None else told), **team_table(card)}
