"""What the arms of a regulariser come to: means over seeds, intervals, and compute. No page."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dropout_demo.estimates import an_epoch
from dropout_demo.evidence.findings import Finding, Table, chosen_arm
from dropout_demo.evidence.values import NoValue, Told, value_of
from dropout_demo.lessons.cards import Card
from dropout_demo.lessons.regularisers import CHOSEN_BY
from dropout_demo.stats import mean_interval, summary

FOUR = ("none", "dropout", "alone", "both")
"""The arms, or groups of arms, of each regulariser's card."""

_VALUES = ("test_accuracy", "test_loss", "epochs", CHOSEN_BY)
_COMPUTE = "compute"


@dataclass(frozen=True)
class Mean:
    """Over seeds, with its 95 % interval by Student's t; nan ends below two seeds."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Row:
    """One arm, at the setting that was best by validation where there were several."""

    name: str  # one of FOUR
    setting: str  # the arm's own words
    seeds: int
    accuracy: Mean  # of the test set, 0..1
    loss: Mean  # nats
    epochs: float
    compute: float  # work of training and measuring, in images; see estimates.py


def values_by_arm(told: Mapping[str, Mapping[int, Told]]) -> Table:
    """All that rows and findings read, by arm, seed and name."""
    return {
        arm: {seed: _values(run) for seed, run in sorted(runs.items())}
        for arm, runs in told.items()
    }


def rows_of(card: Card, table: Table) -> list[Row]:
    """The rows in the order of FOUR; those that have no run yet are left out."""
    rows = []
    for name in FOUR:
        arm = chosen_arm(card, table, name) if name in card.groups else name
        if arm is not None and table.get(arm):
            rows.append(_row(name, card.arms[arm].name, list(table[arm].values())))
    return rows


def mean_of(values: Sequence[float]) -> Mean:
    """nan for no value, and no interval for one."""
    return Mean(*mean_interval(values))


def interval_rows(findings: Sequence[Finding]) -> list[dict[str, object]]:
    """Differences in test accuracy, in points, as `interval_picture` takes them."""
    return [
        {
            "name": found.comparison.says.partition(", ")[2],
            "mean": 100 * found.difference.mean,
            "low": 100 * found.difference.low,
            "high": 100 * found.difference.high,
            "colour": None,
            "verdict": found.verdict,
            "n": found.difference.pairs,
        }
        for found in findings
        if found.unit == "fraction" and found.difference is not None
    ]


def sentence_of(name: str, rows: Sequence[Row]) -> str:
    """Such as "On the test set, early stopping alone reached 65.1 % (patience 2), …"."""
    by = {row.name: row for row in rows}
    called = {"none": "neither", "dropout": "dropout", "alone": f"{name} alone", "both": "both"}
    said = [
        f"{called[row.name]} {100 * row.accuracy.mean:.1f} %"
        for row in (by[each] for each in ("alone", "dropout", "both", "none") if each in by)
    ]
    seeds = min(row.seeds for row in rows)
    count = f"{seeds} seed" + ("" if seeds == 1 else "s")
    return f"Accuracy on the test set: {', '.join(said)} (means over {count})."


def cells_of(rows: Sequence[Row]) -> list[list[str]]:
    """A table's cells: setting, seeds, accuracy, loss, epochs, compute against the first row's."""
    base = rows[0].compute if rows and rows[0].name == "none" else math.nan
    return [
        [
            row.setting,
            str(row.seeds),
            _in_words(row.accuracy, 100, 1, " %"),
            _in_words(row.loss, 1, 3, ""),
            f"{row.epochs:.1f}".removesuffix(".0"),
            f"× {row.compute / base:.2f}" if base and math.isfinite(base) else "–",
        ]
        for row in rows
    ]


HEADS = ("Setting", "Seeds", "Test accuracy", "Test loss (nats)", "Epochs", "Compute")


def _row(name: str, setting: str, seeds: Sequence[Mapping[str, float]]) -> Row:
    def of(value: str) -> list[float]:
        return [row[value] for row in seeds]

    return Row(
        name,
        setting,
        len(seeds),
        mean_of(of("test_accuracy")),
        mean_of(of("test_loss")),
        summary(of("epochs")).mean,
        summary(of(_COMPUTE)).mean,
    )


def _values(told: Told) -> dict[str, float]:
    result = told.result
    values = {_COMPUTE: len(result.epochs) * an_epoch(result.config)}
    for name in _VALUES:
        try:
            values[name] = value_of(told, name)
        except NoValue:
            continue
    return values


def _in_words(mean: Mean, factor: float, digits: int, unit: str) -> str:
    """Such as "65.1 % (64.0 to 66.2)"."""
    told = f"{factor * mean.mean:.{digits}f}{unit}"
    if not math.isfinite(mean.low):
        return told
    return f"{told} ({factor * mean.low:.{digits}f} to {factor * mean.high:.{digits}f})"
