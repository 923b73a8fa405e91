"""What the page says of recorded regularisers, from made-up runs: all, some or none of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats as scipy_stats

from dropout_demo import recorded
from dropout_demo.evidence.findings import findings
from dropout_demo.evidence.known import recorded_told
from dropout_demo.lessons.regularisers import regularisers
from dropout_demo.stats import verdict
from dropout_demo.ui.regularisers.combination import gain_words
from dropout_demo.ui.regularisers.page import views
from dropout_demo.ui.regularisers.pictures import cut_out, noisy
from dropout_demo.ui.regularisers.rows import (
    cells_of,
    interval_rows,
    mean_of,
    rows_of,
    sentence_of,
    values_by_arm,
)
from dropout_demo.ui.regularisers.told import how_many_seeds
from tests.regularisers.made import accuracy_of, keep

DATA = regularisers()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(recorded, "FOLDER", tmp_path)
    return tmp_path


def test_without_recordings_there_are_no_rows_and_a_sentence_says_so() -> None:
    card = DATA.card("weight-decay")
    told = recorded_told(card)
    assert rows_of(card, values_by_arm(told)) == []
    assert interval_rows(findings(card, values_by_arm(told))) == []
    assert how_many_seeds(card, told).startswith("Not recorded yet")


def test_with_some_recordings_those_arms_are_told_that_are_whole(folder: Path) -> None:
    card = DATA.card("weight-decay")
    keep(folder, [card.arms[name].config for name in ("none", "alone-1", "alone-2", "both-1")])
    table = values_by_arm(recorded_told(card))
    assert [row.name for row in rows_of(card, table)] == ["none"]  # no group is whole
    keep(folder, [card.arms["alone-3"].config])
    table = values_by_arm(recorded_told(card))
    assert [row.name for row in rows_of(card, table)] == ["none", "alone"]
    assert {row["verdict"] for row in interval_rows(findings(card, table))} == {"not enough seeds"}
    assert how_many_seeds(card, recorded_told(card)).startswith("5 of 30 runs")


def test_the_setting_told_is_the_best_by_validation_and_its_numbers_are_the_test_sets(
    folder: Path,
) -> None:
    card = DATA.card("flips-and-crops")
    keep(folder, card.configs())
    rows = {row.name: row for row in rows_of(card, values_by_arm(recorded_told(card)))}
    assert list(rows) == ["none", "dropout", "alone", "both"]

    def mean(arm: str) -> float:
        return float(np.mean([accuracy_of(card.arms[arm].config.with_seed(s)) for s in range(3)]))

    best = max(("alone-1", "alone-2", "alone-3"), key=mean)
    assert rows["alone"].setting == card.arms[best].name
    assert rows["alone"].accuracy.mean == pytest.approx(mean(best))
    assert rows["alone"].epochs == 15
    assert how_many_seeds(card, recorded_told(card)) == ""
    words = sentence_of("flips and crops", list(rows.values()))
    assert f"flips and crops alone {100 * mean(best):.1f} %" in words
    assert "3 seeds" in words


def test_verdicts_are_those_of_the_paired_differences(folder: Path) -> None:
    card = DATA.card("flips-and-crops")
    keep(folder, card.configs())
    found = findings(card, values_by_arm(recorded_told(card)))
    told = interval_rows(found)
    assert [row["name"] for row in told] == [
        "flips and crops − neither",
        "flips and crops − dropout",
        "both − flips and crops alone",
    ]
    for row, one in zip(told, found[:3], strict=True):
        assert one.difference is not None
        assert row["mean"] == pytest.approx(100 * one.difference.mean)
        assert row["verdict"] == verdict(one.difference, one.comparison.claimed) == "supported"


def test_compute_is_told_against_the_plain_arm(folder: Path) -> None:
    card = DATA.card("early-stopping")
    keep(folder, card.configs())
    rows = rows_of(card, values_by_arm(recorded_told(card)))
    cells = {row.name: told for row, told in zip(rows, cells_of(rows), strict=True)}
    assert cells["none"][-2:] == ["15", "× 1.00"]
    epochs = float(cells["alone"][-2])
    assert epochs in (7, 8, 10)
    assert cells["alone"][-1] == f"× {epochs / 15:.2f}"


def test_intervals_are_students() -> None:
    values = [0.61, 0.64, 0.6]
    told = mean_of(values)
    expected = scipy_stats.t.interval(0.95, 2, np.mean(values), scipy_stats.sem(values))
    assert (told.low, told.high) == pytest.approx(expected)
    assert np.isnan(mean_of([0.5]).low)


def test_a_gain_that_may_be_chance_is_called_so() -> None:
    def answer(low: float) -> dict[str, object]:
        point = {"networks": 1, "accuracy": [0.6, 0.5, 0.7], "loss": [1.0, 0.9, 1.1]}
        gain = {"accuracy": [0.02, low, 0.05]}
        return {"curve": [point, point | {"networks": 3}], "gain": gain}

    assert "+2.0 points (1.0 to 5.0)." in gain_words(answer(0.01))
    assert "(−1.0 to 5.0), which may be chance" in gain_words(answer(-0.01))


def test_pictures_keep_their_size_and_show_what_their_names_say() -> None:
    image = np.full((32, 32, 3), 128, np.uint8)
    image[0, 0] = 255
    assert np.array_equal(cut_out(image, 4, 4), image)
    moved = cut_out(image, 0, 0)
    assert moved.shape == image.shape
    assert tuple(moved[4, 4]) == (255, 255, 255)
    assert not moved[:4].any()
    spread = (noisy(image, 0.2).astype(float) - image)[5:].std()
    assert spread == pytest.approx(0.2 * 0.25 * 255, rel=0.05)


def test_every_view_has_a_name_for_the_address() -> None:
    assert list(views())[:2] == ["overview", "early-stopping"]
    assert list(views())[-3:] == ["combination", "linear", "recurrent"]
