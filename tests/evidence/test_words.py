"""Sentences of findings agree with their numbers, whatever those are."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropout_demo.evidence.findings import Finding
from dropout_demo.evidence.words import (
    MEANINGS,
    VERDICTS,
    amount,
    claimed,
    evidence,
    heading,
    interval,
    no_verdict,
    scaled,
    sentence,
    short,
    unit_words,
)
from dropout_demo.lessons.cards import Comparison, Unit
from dropout_demo.stats import Verdict, paired_difference, verdict

MINUS = "\N{MINUS SIGN}"
UNITS: tuple[Unit, ...] = ("fraction", "nats", "epochs", "seconds", "plain")


def found(values: list[float], unit: Unit = "fraction", **more: Any) -> Finding:
    """A finding whose differences over seeds are these, before `against` is taken off."""
    plain = {"says": "test accuracy, with minus without", "value": "test_accuracy"}
    one = Comparison.model_validate(plain | {"plus": "a", "minus": "b", "claimed": "higher"} | more)
    if not values:
        return Finding(one, unit, None, "not enough seeds", None, None, {})
    against = (math.log(one.against) if one.against else 0.0) if one.ratio else one.against
    told = paired_difference([against] * len(values), values)
    return Finding(one, unit, told, verdict(told, one.claimed), None, None, {})


RISE = [0.020, 0.024, 0.028]


def test_a_sentence_says_size_interval_seeds_and_verdict() -> None:
    assert sentence(found(RISE)) == (
        "Test accuracy, with minus without: +2.4 points "
        "(95 % interval 1.4 to 3.4, 3 seeds): supported."
    )


def test_what_falls_has_a_real_minus() -> None:
    told = sentence(found([-one for one in RISE]))
    assert f"{MINUS}2.4 points" in told
    assert f"{MINUS}3.4 to {MINUS}1.4" in told
    assert told.endswith("contradicted.")
    assert "-" not in told


@pytest.mark.parametrize(
    ("values", "seeds"), [([0.02], "1 seed"), ([0.02, 0.03], "2 seeds"), ([], "no seeds")]
)
def test_too_few_seeds_give_no_verdict_and_say_how_many_are_needed(
    values: list[float], seeds: str
) -> None:
    told = sentence(found(values))
    assert told.endswith(f"No verdict: {seeds}, at least 3 are needed.")
    assert "supported" not in told


def test_one_seed_has_a_size_and_no_interval() -> None:
    one = found([0.02])
    assert (amount(one), interval(one), evidence(one)) == ("+2.0 points", "", "1 seed")
    assert short(one) == "+2.0 points, 1 seed"


def test_without_a_run_there_is_no_number() -> None:
    none = found([])
    assert (amount(none), interval(none), short(none)) == ("", "", "no run yet")
    assert scaled(none) is None


def test_ratios_are_said_as_times_and_against_their_number() -> None:
    logs = [math.log(ratio) for ratio in (1.4, 1.6, 1.8)]
    one = found(logs, "epochs", value="best_epoch", ratio=True, against=2.0)
    assert amount(one) == "1.6 times"
    assert interval(one) == "1.2 to 2.2"
    assert claimed(one) == "above 2 times"
    assert claimed(found(logs, "epochs", value="best_epoch", ratio=True)) == "above 1"


def test_a_ratio_near_one_keeps_two_decimals() -> None:
    logs = [math.log(ratio) for ratio in (1.03, 1.04, 1.05)]
    assert amount(found(logs, "seconds", value="seconds_an_epoch", ratio=True)) == "1.04 times"


def test_one_value_against_a_number_is_said_as_a_value_not_as_a_difference() -> None:
    one = found(
        [5.0, 6.0, 7.0], "epochs", value="best_epoch", minus=(), against=7.5, claimed="lower"
    )
    assert amount(one) == "6.0 epochs"
    assert claimed(one) == "below 7.5 epochs"
    assert one.verdict == "too close to call"  # 3.5 to 8.5


@pytest.mark.parametrize(
    ("unit", "said"),
    [
        ("fraction", "points"),
        ("nats", "nats"),
        ("epochs", "epochs"),
        ("seconds", "s"),
        ("plain", ""),
    ],
)
def test_each_unit_has_its_words(unit: Unit, said: str) -> None:
    assert unit_words(found(RISE, unit)) == said


def test_a_symbol_at_the_beginning_keeps_its_case() -> None:
    assert heading(found(RISE, says="q = 0.5 minus none").comparison) == "q = 0.5 minus none"


def test_every_verdict_has_a_heading_and_a_meaning() -> None:
    known: set[Verdict] = {"supported", "contradicted", "too close to call", "not enough seeds"}
    assert set(VERDICTS) == set(MEANINGS) == known
    assert no_verdict(2) == "No verdict: 2 seeds, at least 3 are needed."


@given(
    st.lists(st.floats(-0.9, 0.9), min_size=1, max_size=6),
    st.sampled_from(UNITS),
    st.sampled_from(["higher", "lower"]),
)
def test_no_sentence_contradicts_its_own_interval(
    values: list[float], unit: Unit, side: str
) -> None:
    one = found(values, unit, claimed=side)
    told = sentence(one)
    assert f"{MINUS}0.0 " not in told
    assert not re.search(r"(?<!\d)-\d", told)
    if one.verdict in ("supported", "contradicted") and interval(one):
        low, high = (_read(end) for end in interval(one).split(" to "))
        assert one.difference is not None
        beyond = min(abs(one.difference.low), abs(one.difference.high))
        if beyond > 1e-6:  # below that, six decimals show it as 0
            assert low > 0 or high < 0


def _read(text: str) -> float:
    return float(text.replace(MINUS, "-"))
