"""What a finding says, in words that agree with its numbers and its verdict."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from immutabledict import immutabledict

from dropout_demo.evidence.findings import Finding
from dropout_demo.lessons.cards import Comparison, Unit
from dropout_demo.stats import FEWEST_SEEDS, Verdict

MINUS = "\N{MINUS SIGN}"

VERDICTS: Mapping[Verdict, str] = immutabledict(
    {
        "supported": "Supported",
        "contradicted": "Contradicted",
        "too close to call": "Too close to call",
        "not enough seeds": "Not enough seeds",
    }
)
"""A verdict as a heading writes it."""

MEANINGS: Mapping[Verdict, str] = immutabledict(
    {
        "supported": "the 95 % interval lies on the side that the claim names",
        "contradicted": "the 95 % interval lies on the other side than the claim names",
        "too close to call": "the 95 % interval reaches both sides",
        "not enough seeds": f"at least {FEWEST_SEEDS} seeds are needed for a verdict",
    }
)


@dataclass(frozen=True)
class _Scale:
    """How values of a unit are written: times `factor`, with at least so many decimals."""

    factor: float
    decimals: int
    one: str  # after a value
    apart: str  # after a difference


_SCALES: Mapping[Unit, _Scale] = immutabledict(
    {
        "fraction": _Scale(100, 1, " %", " points"),
        "nats": _Scale(1, 2, " nats", " nats"),
        "epochs": _Scale(1, 1, " epochs", " epochs"),
        "seconds": _Scale(1, 2, " s", " s"),
        "plain": _Scale(1, 2, "", ""),
    }
)
_RATIO = _Scale(1, 1, " times", " times")
_MOST_DECIMALS = 6


def sentence(finding: Finding) -> str:
    """The whole finding, such as "Test accuracy, with - without: +2.4 points (...): supported."."""
    head = heading(finding.comparison)
    if finding.difference is None:
        return f"{head}. {no_verdict(0)}"
    told = f"{head}: {amount(finding)} ({evidence(finding)})"
    if finding.verdict == "not enough seeds":
        return f"{told}. {no_verdict(finding.difference.pairs)}"
    return f"{told}: {finding.verdict}."


def heading(one: Comparison) -> str:
    """What it says, with a capital; a symbol such as q stays as it is."""
    symbol = one.says[1:2] == " "
    return one.says if symbol else one.says[:1].upper() + one.says[1:]


def no_verdict(seeds: int) -> str:
    """Why there is none: "No verdict: 2 seeds, at least 3 are needed."."""
    counted = f"{seeds or 'no'} seed{'s' * (seeds != 1)}"
    return f"No verdict: {counted}, at least {FEWEST_SEEDS} are needed."


def amount(finding: Finding) -> str:
    """The size of the effect: "+2.4 points", "1.6 times", "5.2 epochs"; "" where there is none."""
    if finding.shown is None:
        return ""
    return _united(_written(finding)[0], finding)


def interval(finding: Finding) -> str:
    """Such as "1.4 to 3.4", in the unit of `amount`; "" below two seeds."""
    if finding.shown is None or not math.isfinite(finding.shown[1]):
        return ""
    _, low, high = _written(finding)
    return f"{low.removeprefix('+')} to {high.removeprefix('+')}"


def evidence(finding: Finding) -> str:
    """Such as "95 % interval 1.4 to 3.4, 5 seeds"; the seeds alone where there is no interval."""
    pairs = finding.difference.pairs if finding.difference else 0
    seeds = f"{pairs} seed{'s' * (pairs != 1)}"
    ends = interval(finding)
    return f"95 % interval {ends}, {seeds}" if ends else seeds


def short(finding: Finding) -> str:
    """For a list: "+2.4 points (1.4 to 3.4), 5 seeds"; "no run yet" without any."""
    if finding.difference is None:
        return "no run yet"
    ends = interval(finding)
    pairs = finding.difference.pairs
    told = f"{amount(finding)} ({ends})" if ends else amount(finding)
    return f"{told}, {pairs} seed{'s' * (pairs != 1)}"


def claimed(finding: Finding) -> str:
    """The side that the claim names: "above 0", "below 7.5 epochs", "above 2 times"."""
    one = finding.comparison
    side = "above" if one.claimed == "higher" else "below"
    line = _line(one)
    if not line:
        return f"{side} 0"
    scale = _scale(one, finding.unit)
    unit = "" if line == 1 else scale.apart if _is_difference(one) else scale.one
    return f"{side} {f'{scale.factor * line:.6g}'.replace('-', MINUS)}{unit}"


def unit_words(finding: Finding) -> str:
    """What a chart's axis counts in: "points", "nats", "times" or ""."""
    scale = _scale(finding.comparison, finding.unit)
    return (scale.apart if _is_difference(finding.comparison) else scale.one).strip()


def scaled(finding: Finding) -> tuple[float, float, float] | None:
    """Mean, low and high in the unit of `amount`; nan where there is no interval."""
    if finding.shown is None:
        return None
    factor = _scale(finding.comparison, finding.unit).factor
    mean, low, high = (factor * end for end in finding.shown)
    return mean, low, high


def _written(finding: Finding) -> tuple[str, str, str]:
    """Mean, low and high with so many decimals that no end is rounded onto the claim's line."""
    told = scaled(finding)
    assert told is not None
    one = finding.comparison
    scale = _scale(one, finding.unit)
    line = scale.factor * _line(one)
    ends = [end for end in told[1:] if math.isfinite(end) and end != line]
    decimals = scale.decimals + (one.ratio and max(abs(end - 1) for end in (*ends, told[0])) < 0.5)
    while decimals < _MOST_DECIMALS and any(
        round(end, decimals) == round(line, decimals) for end in ends
    ):
        decimals += 1
    plus = "+" if _is_difference(one) and not one.ratio else ""
    mean, low, high = (_number(end, decimals, plus) for end in told)
    return mean, low, high


def _number(value: float, decimals: int, plus: str = "") -> str:
    """With a real minus, never "-0.0"; `plus` before what is more than 0 once it is rounded."""
    rounded = round(value, decimals) + 0.0
    text = f"{rounded:,.{decimals}f}".replace("-", MINUS)
    return f"{plus}{text}" if rounded > 0 else text


def _united(text: str, finding: Finding) -> str:
    scale = _scale(finding.comparison, finding.unit)
    return text + (scale.apart if _is_difference(finding.comparison) else scale.one)


def _scale(one: Comparison, unit: Unit) -> _Scale:
    return _RATIO if one.ratio else _SCALES[unit]


def _is_difference(one: Comparison) -> bool:
    """Whether two sides are compared; else one value is held against a number."""
    spread = any(word in one.value for word in ("range", "lost", "gap"))
    return bool(one.minus) or spread


def _line(one: Comparison) -> float:
    """What separates the two sides, as `Finding.shown` counts."""
    return (one.against or 1.0) if one.ratio else one.against
