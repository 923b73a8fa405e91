"""What the interval picture tells the browser: places on an axis, and words."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from dropout_demo.ui.interval_picture import interval_data


def row(mean: float, low: float = math.nan, high: float = math.nan, **more: Any) -> dict[str, Any]:
    known = {"name": "dropout 0.5", "colour": 1, "verdict": "supported", "n": 3}
    return {**known, "mean": mean, "low": low, "high": high, **more}


def test_a_row_says_value_and_interval() -> None:
    told = interval_data([row(2.4, 1.4, 3.4)], "points")["rows"][0]
    assert told["text"] == "+2.4 points, 1.4 to 3.4"
    assert told["verdict"] == "supported"


def test_small_and_negative_numbers_keep_two_figures_and_a_real_minus() -> None:
    told = interval_data([row(-0.031, -0.045, -0.017)], "nats")["rows"][0]
    assert told["text"] == "−0.031 nats, −0.045 to −0.017"


def test_without_an_interval_there_is_a_dot_alone_and_the_words_say_so() -> None:
    data = interval_data([row(1.0, n=1, verdict="not enough seeds")], "points")
    assert data["rows"][0]["interval"] is None
    assert data["rows"][0]["text"] == "+1.0 points"
    assert "(no interval, 1 pair); not enough seeds" in data["alternative"]


def test_the_text_alternative_says_every_row_and_what_the_sides_mean() -> None:
    rows = [row(2.4, 1.4, 3.4), row(-1, -2, 0.5, name="both", verdict="too close to call")]
    assert interval_data(rows, "points")["alternative"] == (
        "Differences in points; below 0 is worse, above 0 is better. "
        "dropout 0.5: +2.4 points, 1.4 to 3.4 (95 % interval, 3 pairs); supported. "
        "both: −1.0 points, −2.0 to 0.5 (95 % interval, 3 pairs); too close to call."
    )


def test_places_are_in_proportion() -> None:
    data = interval_data([row(1.0, 0.0, 2.0)], "points")
    low, high = data["rows"][0]["interval"]
    assert low == data["zero"]
    assert data["rows"][0]["mean"] == pytest.approx((low + high) / 2, abs=1e-4)


@pytest.mark.parametrize("size", [1e-12, 0.003, 1.0, 47.0, 1e9])
def test_ticks_are_few_round_and_hold_zero(size: float) -> None:
    ticks = interval_data([row(size, -size, 3 * size)], "points")["ticks"]
    assert 2 <= len(ticks) <= 6
    assert "0" in [tick["text"] for tick in ticks]
    assert len({tick["text"] for tick in ticks}) == len(ticks)


@given(
    some.lists(
        some.tuples(some.floats(), some.floats(), some.floats(), some.text(max_size=60)),
        min_size=1,
        max_size=12,
    )
)
def test_any_numbers_give_places_on_the_axis_and_json(
    rows: list[tuple[float, float, float, str]],
) -> None:
    data = interval_data([row(m, lo, hi, name=name) for m, lo, hi, name in rows], "points")
    json.dumps(data, allow_nan=False)
    places = [data["zero"], *(tick["at"] for tick in data["ticks"])]
    for told in data["rows"]:
        places += [told["mean"] or 0.0, *(told["interval"] or ())]
    assert all(0 <= place <= 1 for place in places)
    assert len(data["ticks"]) <= 8
