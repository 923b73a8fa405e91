"""What a card's runs come to: differences over seeds, their intervals and verdicts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from immutabledict import immutabledict

from dropout_demo.evidence.values import NoValue, Told, unit_of, value_of
from dropout_demo.lessons.cards import Card, Comparison, Unit
from dropout_demo.stats import (
    Difference,
    Summary,
    Verdict,
    paired_difference,
    summary,
    verdict,
)

Table = Mapping[str, Mapping[int, Mapping[str, float]]]
"""Values by arm, seed and name."""


@dataclass(frozen=True)
class Finding:
    """One comparison of a card, with what it came to.

    difference: plus - minus (- against), or the logarithm of a ratio; None where no seed has both.
    missing: seeds left out, and why, in sentences.
    """

    comparison: Comparison
    unit: Unit
    difference: Difference | None
    verdict: Verdict
    plus: Summary | None  # of the first arm named; its plain value
    minus: Summary | None
    chosen: Mapping[str, str]  # by group, the arm that stands for it
    missing: tuple[str, ...] = ()

    @property
    def shown(self) -> tuple[float, float, float] | None:
        """Mean, low and high as they are said: ratios as such, differences before `against`."""
        if self.difference is None:
            return None
        ends = (self.difference.mean, self.difference.low, self.difference.high)
        if self.comparison.ratio:
            against = math.log(self.comparison.against) if self.comparison.against else 0.0
            mean, low, high = (math.exp(end + against) for end in ends)
        else:
            mean, low, high = (end + self.comparison.against for end in ends)
        return mean, low, high


def table_of(card: Card, told: Mapping[str, Mapping[int, Told]]) -> Table:
    """Every value that the card's comparisons and groups name, where a run has it."""
    names = _names(card)
    return {
        arm: {seed: _values(run, names) for seed, run in sorted(runs.items())}
        for arm, runs in told.items()
    }


def findings(card: Card, table: Table) -> list[Finding]:
    """All comparisons of a card over the seeds that their arms share; the first one decides."""
    chosen = {group: arm for group in card.groups if (arm := chosen_arm(card, table, group))}
    return [_finding(card, one, table, chosen) for one in card.comparisons]


def chosen_arm(card: Card, table: Table, group: str) -> str | None:
    """The arm that stands for a group: best mean by its value over the seeds that all have.

    Arms that the table does not name were not meant to be trained, as in a short version. None
    until all the others have a seed in common: an early one would win for want of rivals.
    """
    named = card.groups[group]
    tried = [arm for arm in named.of if arm in table]
    shared = sorted(set.intersection(*(_having(table, arm, named.by) for arm in tried or named.of)))
    if not shared:
        return None
    means = {arm: summary([table[arm][s][named.by] for s in shared]).mean for arm in tried}
    best = max if named.side == "higher" else min
    return best(means, key=lambda arm: means[arm])


def _finding(card: Card, one: Comparison, table: Table, chosen: Mapping[str, str]) -> Finding:
    plus = [(chosen.get(name, name), one.value) for name in one.plus]
    minus = [(chosen.get(name, name), one.minus_value or one.value) for name in one.minus]
    lacking = _lacking(card, one, table, [*plus, *minus])
    seeds = sorted(seed for seed, names in lacking.items() if not names)
    unit = one.unit or unit_of(one.value)
    used = immutabledict({g: arm for g, arm in chosen.items() if g in (*one.plus, *one.minus)})
    if not seeds:
        return Finding(one, unit, None, "not enough seeds", None, None, used, _missing(lacking))
    against = (math.log(one.against) if one.against else 0.0) if one.ratio else one.against
    second = [_side(one, table, plus, seed) - against for seed in seeds]
    first = [_side(one, table, minus, seed) for seed in seeds]
    difference = paired_difference(first, second)
    return Finding(
        one,
        unit,
        difference,
        verdict(difference, one.claimed),
        _summary(table, plus[0], seeds),
        _summary(table, minus[0], seeds) if minus else None,
        used,
        _missing(lacking),
    )


def _lacking(
    card: Card, one: Comparison, table: Table, wanted: Sequence[tuple[str, str]]
) -> dict[int, list[str]]:
    """By seed that any of the arms has: the names of those that lack it, or its value."""
    having = {arm: _having(table, arm, value, one.ratio) for arm, value in wanted}
    for arm, value in wanted:  # an arm may stand on both sides, with two values
        having[arm] &= _having(table, arm, value, one.ratio)
    return {
        seed: [_name(card, arm) for arm in having if seed not in having[arm]]
        for seed in {seed for arm in having for seed in table.get(arm, {})}
    }


def _missing(lacking: Mapping[int, Sequence[str]]) -> tuple[str, ...]:
    """Which seeds are left out, and for want of what; one sentence for those that lack the same."""
    by_names: dict[tuple[str, ...], list[int]] = {}
    for seed, names in sorted(lacking.items()):
        if names:
            by_names.setdefault(tuple(names), []).append(seed)
    return tuple(
        f"Seed{'s' if len(seeds) > 1 else ''} {', '.join(map(str, seeds))} "
        f"{'are' if len(seeds) > 1 else 'is'} left out: no value of {' or '.join(names)}."
        for names, seeds in by_names.items()
    )


def _having(table: Table, arm: str, value: str, above_zero: bool = False) -> set[int]:
    """Seeds of an arm whose value is there and can be reckoned with."""
    return {
        seed
        for seed, row in table.get(arm, {}).items()
        if value in row and math.isfinite(row[value]) and (row[value] > 0 or not above_zero)
    }


def _name(card: Card, arm: str) -> str:
    named = card.arms.get(arm) or card.groups.get(arm) or card.teams.get(arm)
    return named.name if named else arm


def _side(one: Comparison, table: Table, arms: Sequence[tuple[str, str]], seed: int) -> float:
    """plus or minus for one seed: the sum over its arms, or their mean; 0 for none."""
    read = math.log if one.ratio else float
    total = sum(read(table[arm][seed][value]) for arm, value in arms)
    return total / len(arms) if one.average and arms else total


def _summary(table: Table, arm_and_value: tuple[str, str], seeds: Sequence[int]) -> Summary:
    arm, value = arm_and_value
    return summary([table[arm][seed][value] for seed in seeds])


def _names(card: Card) -> list[str]:
    named = [name for one in card.comparisons for name in (one.value, one.minus_value) if name]
    return list(dict.fromkeys([*named, *(group.by for group in card.groups.values())]))


def _values(told: Told, names: Sequence[str]) -> dict[str, float]:
    values = {}
    for name in names:
        try:
            values[name] = value_of(told, name)
        except NoValue:
            continue
    return values
