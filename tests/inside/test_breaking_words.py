"""The words and tables of "Break it" and "Take units away" agree with their numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dropout_demo.inside.breaking import WAYS
from dropout_demo.ui.inside.breaking_words import breaking_table, breaking_words, spread_words
from dropout_demo.ui.inside.deletion_words import (
    deletion_words,
    half_gone,
    mean_and_band,
    units_row,
    units_words,
)


def broken(**changes: Any) -> dict[str, Any]:
    one = {"accuracy": [0.75], "loss": [0.8]}
    ways = dict.fromkeys(WAYS, one) | {
        "training": {"accuracy": [0.70, 0.72], "loss": [0.9, 1.0]},
        "unscaled": {"accuracy": [0.76], "loss": [0.966]},
        "wrong": {"accuracy": [0.714], "loss": [1.516]},
        "scores": {"accuracy": [0.6, 0.62], "loss": [1.3, 1.4]},
    }
    given = {"batch": 100, "kept": {"fc1": 0.75}, "masks": True, "ways": ways}
    return given | changes


def test_with_dropout_masks_and_factors_are_told() -> None:
    assert breaking_words(broken()) == (
        "75.0 % as it should be; without eval() 71.0 %, and another answer at each pass (70.0 to "
        "72.0 over 2). Wrong factors: 71.4 to 76.0 %, and cross-entropy 0.80 to 1.52 instead of "
        "0.80 nats. Masks on its scores: 61.0 %."
    )


def test_at_one_half_the_wrong_factor_is_told_to_be_right_by_luck() -> None:
    assert "by luck" in breaking_words(broken(kept={"fc1": 0.5}))
    assert "by luck" not in breaking_words(broken(kept={"fc1": 0.5, "flatten": 0.75}))


def test_noise_of_mean_one_has_no_factor() -> None:
    assert "no factor to get wrong" in breaking_words(broken(kept={}))


def test_without_dropout_there_is_nothing_to_break_but_batch_norm() -> None:
    ways = broken()["ways"]
    same = ways | {"training": ways["right"]}
    plain = breaking_words(broken(masks=False, kept={}, ways=same))
    assert "no mask to forget and nothing to rescale" in plain
    assert "batch norm" not in plain
    assert "each batch of 100 images: 71.0 %" in breaking_words(broken(masks=False, kept={}))


def test_the_table_has_every_way_of_every_network() -> None:
    rows = breaking_table([("a", broken()), ("b", broken())])
    assert len(rows) == 2 * len(WAYS)
    assert rows[2]["accuracy"] == "71.0 % (sd 1.4, 70.0 to 72.0, 2 passes)"
    assert rows[0]["cross-entropy (nats)"] == "0.800"


def test_spread_is_numpys() -> None:
    values = [0.5, 0.6, 0.8]
    assert spread_words(values, 1, 3) == (
        f"{np.mean(values):.3f} (sd {np.std(values, ddof=1):.3f}, 0.500 to 0.800, 3 passes)"
    )


def test_the_band_holds_the_middle_95_percent() -> None:
    draws = [float(i) for i in range(201)]
    assert mean_and_band(draws) == pytest.approx((100, 5, 195))


def deleted(whole: float, half: list[float]) -> dict[str, Any]:
    return {"units": 10, "deleted": [0, 2, 5, 9], "accuracy": [[whole], [0.7], half, [0.1]]}


def test_what_half_costs_each_network_and_who_loses_less() -> None:
    told = [("with", deleted(0.75, [0.7, 0.72])), ("without", deleted(0.73, [0.6, 0.6]))]
    assert half_gone(told[0][1]) == 2
    assert deletion_words("fc1", told) == (
        "Without half of fc1's units, with goes from 75.0 % to 71.0 % (70.0 to 71.9) and without "
        "goes from 73.0 % to 60.0 % (60.0 to 60.0): with loses 9.0 points less."
    )
    assert deletion_words("conv1", told[:1]).startswith("Without half of conv1's channels, with ")
    assert deletion_words("fc1", [told[0], told[0]]).endswith("both lose as much.")


def test_a_count_that_is_not_half_is_told_to_be_about_half() -> None:
    three = {"units": 3, "deleted": [0, 1], "accuracy": [[0.5], [0.4]]}
    assert deletion_words("conv1", [("a", three)]).startswith("Without about half of conv1's")


def facts(correlation: float | None) -> dict[str, Any]:
    return {
        "units": 512,
        "dead": 44,
        "mean": 0.20901,
        "active": 0.25664,
        "varying": 468,
        "correlation": correlation,
    }


def test_the_row_of_units_rounds_what_was_measured() -> None:
    assert list(units_row(facts(0.12418)).values()) == [
        "0.124",
        "0.209",
        "25.7 %",
        "44 of 512 (8.6 %)",
        "468",
    ]
    assert units_row(facts(None))["mean correlation of pairs"] == "none"


def test_who_is_more_alike_is_told_with_what_one_would_expect() -> None:
    told = [("drop", facts(0.12)), ("bare", facts(0.1))]
    said = units_words("fc1", told, "drop")
    assert said.startswith("In fc1, units of “drop” are more alike (0.120) than those of “bare”")
    assert "not what one would expect" in said
    assert ": as one would expect" in units_words("fc1", told, "bare")
    assert "expect" not in units_words("fc1", told, None)
    assert "as much alike" in units_words("conv1", [told[0], told[0]], None)
    assert units_words("fc1", [told[0], ("dead", facts(None))], "drop") == ""
    assert units_words("fc1", told[:1], "drop") == ""
