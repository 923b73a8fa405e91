"""A card with the numbers that it is judged by: those recorded, or those of a learner's runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from immutabledict import immutabledict

from dropout_demo.evidence.experiments import (
    EXPERIMENTS,
    Rows,
    curves,
    file_of_experiment,
    recorded_rows,
    table,
)
from dropout_demo.evidence.findings import Finding, Table, findings, table_of
from dropout_demo.evidence.known import recorded_table, recorded_told
from dropout_demo.evidence.teams import rows_name
from dropout_demo.evidence.values import Told
from dropout_demo.lessons.cards import Card, cards
from dropout_demo.recorded import file_of_run


@dataclass(frozen=True)
class Seen:
    """What there is to see of a card.

    card: with the comparisons that these numbers are put to. names: of its arms and teams. curves:
    of an experiment, by arm and seed, a value (nats) an epoch; told has the epochs of trained
    networks.
    """

    card: Card
    table: Table
    findings: Sequence[Finding]
    names: Mapping[str, str]
    told: Mapping[str, Mapping[int, Told]]
    curves: Mapping[str, Mapping[int, Sequence[float]]] = immutabledict()

    @property
    def first(self) -> Finding:
        """What the verdict rests on."""
        return self.findings[0]

    @property
    def runs(self) -> int:
        """How many runs there are numbers of; teams are none."""
        return sum(len(rows) for arm, rows in self.table.items() if arm not in self.card.teams)


def seen_of(
    card: Card,
    names: Mapping[str, str],
    told: Mapping[str, Mapping[int, Told]],
    values: Table | None = None,
) -> Seen:
    """Trained networks, recorded or not, under a card. values: where more is known than of runs."""
    values = table_of(card, told) if values is None else values
    return Seen(card, values, findings(card, values), names, told)


def seen_of_rows(card: Card, rows: Rows) -> Seen:
    """An experiment's rows, recorded or not, under a card."""
    values = table(rows)
    names = {arm: text.name for arm, text in EXPERIMENTS[rows.name].arms.items()}
    return Seen(card, values, findings(card, values), names, {}, curves(rows))


def recorded_seen(number: int) -> Seen:
    """A card's recorded numbers; worked out anew only when a file has changed."""
    return _recorded(number, tuple(_written(path) for path in _files(number)))


@lru_cache(maxsize=64)
def _recorded(number: int, _written: tuple[int, ...]) -> Seen:
    card = cards()[number]
    if card.experiment:
        return seen_of_rows(card, recorded_rows(card.experiment) or Rows(card.experiment, ()))
    names = {key: arm.name for key, arm in card.arms.items()}
    names |= {key: team.name for key, team in card.teams.items()}
    told = recorded_told(card)
    return seen_of(card, names, told, recorded_table(card, told))


@cache
def _files(number: int) -> tuple[Path, ...]:
    card = cards()[number]
    if card.experiment:
        return (file_of_experiment(card.experiment),)
    runs = tuple(file_of_run(config.hash) for config in card.configs())
    return (*runs, file_of_experiment(rows_name(card))) if card.teams else runs


def _written(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
