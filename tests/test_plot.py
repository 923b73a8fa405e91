"""What a chart tells the browser: numbers, words and the table behind it."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as some

from dropout_demo.ui.palette import arm_colour
from dropout_demo.ui.plot import Level, Series, number, numbers, plot_data, unit_of

NUMBERS = some.floats() | some.integers(-10, 10)


def test_fractions_are_told_in_percent_with_their_interval() -> None:
    data = plot_data(
        [Series("a", [1, 2], [0.5, 0.761], [0.4, 0.75], [0.6, 0.772])], [], percent=True
    )
    told = data["series"][0]
    assert told["y"] == pytest.approx([50, 76.1])
    assert told["high"] == pytest.approx([60, 77.2])
    assert told["text"] == ["1: 50.0 % (40.0 to 60.0)", "2: 76.1 % (75.0 to 77.2)"]


def test_a_unit_in_brackets_is_said_with_each_number() -> None:
    series = Series("a", [1], [0.71234], [0.7], [0.73])
    data = plot_data([series], [Level("b", 0.5)], y_title="loss (nats)")
    assert data["series"][0]["text"] == ["1: 0.7123 nats (0.7 to 0.73)"]
    assert data["levels"][0]["text"] == "0.5 nats"
    assert [unit_of(title) for title in ("loss", "a (b) c", "x (nats)")] == ["", "", "nats"]


def test_colour_is_the_arm_and_without_one_that_of_text() -> None:
    told = plot_data([Series("a", [1], [1], colour=1), Series("b", [1], [1])], [])["series"]
    assert told[0]["colour"] == {"light": arm_colour(1).light, "dark": arm_colour(1).dark}
    assert told[1]["colour"] is None


def test_the_table_has_a_row_for_each_x_of_any_series_and_leaves_rules_out() -> None:
    series = [
        Series("a", [1, 10], [0.5, 0.6], [0.4, 0.5], [0.6, 0.7]),
        Series("b", [2, 10], [1, 2]),
        Series("diagonal", [0, 100], [0, 1], form="rule"),
    ]
    assert numbers(series, x_title="T") == {
        "heads": ["T", "a", "b"],
        "rows": [
            ["1", "0.5 (0.4 to 0.6)", ""],
            ["2", "", "1"],
            ["10", "0.6 (0.5 to 0.7)", "2"],
        ],
    }


def test_names_on_the_axis_keep_their_order() -> None:
    series = [Series("a", ["ship", "cat"], [1, 2]), Series("b", ["dog"], [3])]
    assert [row[0] for row in numbers(series, x_title="class")["rows"]] == ["ship", "cat", "dog"]
    assert plot_data(series, [])["categories"]


def test_unequal_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="a: x, y, low and high differ in length"):
        plot_data([Series("a", [1, 2], [1])], [])


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "0"),
        (1, "1"),
        (0.5, "0.5"),
        (1234.5678, "1235"),
        (100, "100"),
        (-0.012345, "−0.01235"),
        (1e-9, "1.000e−09"),
        (123456789, "1.235e+08"),
    ],
)
def test_numbers_have_four_figures_and_a_real_minus(value: float, said: str) -> None:
    assert number(value) == said


@given(some.lists(some.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS), max_size=5), some.booleans())
def test_any_numbers_become_json(points: list[tuple[float, ...]], percent: bool) -> None:
    x, y, low, high = ([point[i] for point in points] for i in range(4))
    levels = [Level("level", value, low=value - 1, high=math.inf) for value in y]
    data = plot_data([Series("a", x, y, low, high)], levels, percent=percent)
    table = numbers([Series("a", [str(value) for value in x], y, low, high)], x_title="x")
    json.dumps([data, table], allow_nan=False)
