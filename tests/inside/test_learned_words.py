"""Sentences about what was learned say what the counts say."""

from __future__ import annotations

import re
from typing import Any

import pytest

from dropout_demo.probes.mistakes import wilson
from dropout_demo.ui.inside.learned_pictures import change_cells, share_cells
from dropout_demo.ui.inside.learned_words import (
    classes_words,
    confusion_words,
    confusions,
    differences,
    filters_words,
    largest_changes,
    largest_gap_words,
    peaks_words,
    percent,
    points,
    right_words,
    worst_words,
)

NAMES = ("cat", "dog", "ship")
FIRST = [[60, 35, 5], [20, 79, 1], [0, 0, 100]]
SECOND = [[70, 20, 10], [20, 80, 0], [0, 0, 100]]


def classes(*right: int) -> list[dict[str, Any]]:
    told = []
    for name, of in zip(NAMES, right, strict=True):
        low, high = wilson(of, 100)
        told.append({"name": name, "right": of, "count": 100, "low": low, "high": high})
    return told


def test_confusions_leave_out_what_was_right_and_begin_with_the_largest_share() -> None:
    told = [confusion_words(pair, NAMES) for pair in confusions(FIRST)]
    assert told[:2] == [
        "cat taken for dog: 35 of 100 (35.0 %)",
        "dog taken for cat: 20 of 100 (20.0 %)",
    ]
    assert len(told) == 6


def test_shares_are_of_the_true_class_however_many_images_it_has() -> None:
    counts = [[0, 10, 0], [30, 970, 0], [0, 0, 0]]
    first, second = confusions(counts)[:2]
    assert (first.true, first.share, second.share) == (0, 1.0, 0.03)
    assert confusions([[0, 0], [0, 0]])[0].share == 0


def test_changes_are_the_second_minus_the_first_in_points() -> None:
    assert differences(FIRST, SECOND)[0] == pytest.approx([10, -15, 5])
    assert largest_changes(FIRST, SECOND, NAMES)[0] == (
        "cat taken for dog: 35.0 % and 20.0 %, −15.0 points"
    )
    assert len(largest_changes(FIRST, SECOND, NAMES)) == 3
    assert largest_changes(FIRST, FIRST, NAMES) == []


def test_what_is_right_is_the_diagonal() -> None:
    assert right_words(FIRST) == "239 of 300 right (79.7 %)"
    assert right_words([[0, 0], [0, 0]]) == "0 of 0 right (0.0 %)"


def test_classes_are_named_best_and_worst_with_their_intervals() -> None:
    assert classes_words(classes(60, 79, 100)) == (
        "best: ship, 100.0 % (96.3 to 100.0); worst: cat, 60.0 % (50.2 to 69.1)"
    )


@pytest.mark.parametrize(
    ("right", "said"), [(70, "overlap"), (90, "stay apart"), (60, "Both are right equally often")]
)
def test_the_largest_gap_says_whether_intervals_stay_apart(right: int, said: str) -> None:
    told = largest_gap_words(classes(60, 79, 100), classes(right, 79, 100), ("a", "b"))
    assert said in told
    if right != 60:
        assert f"cat: 60.0 % (a) and {right}.0 % (b), +{right - 60}.0 points" in told


@pytest.mark.parametrize(
    ("epoch", "moved", "said"),
    [(0, 0.0, "untrained"), (3, 0.614, "by epoch 3 .* moved 61 % of"), (3, None, "after epoch 3")],
)
def test_filters_are_said_by_how_far_they_moved(epoch: int, moved: Any, said: str) -> None:
    told = filters_words({"name": "a", "epoch": epoch, "moved": moved})
    assert re.match(f"a: {said}", told)


def peaks(*labels: str) -> dict[str, Any]:
    return {"images": 2_000, "active": 0.5, "peaks": [{"label": label} for label in labels]}


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ((), "gives 0 for all 2,000 images: it is dead"),
        (("cat", "dog", "cat"), "50.0 % of 2,000 images; of its top 3, 2 are “cat”"),
        (("cat", "dog", "ship"), "no class stands out among its top 3"),
        (("cat", "cat", "cat", "dog", "dog", "ship", "ship"), "no class stands out"),
        (("ship",), "no class stands out"),
    ],
)
def test_a_channel_is_said_by_its_images(labels: tuple[str, ...], said: str) -> None:
    assert said in peaks_words(peaks(*labels), "Channel 1")


def test_the_worst_mistake_is_said_with_the_number_of_all() -> None:
    mistake = {"label": "cat", "said": "dog", "confidence": 0.99996}
    told = {"counts": FIRST, "images": 300, "worst": [mistake]}
    assert worst_words(told) == (
        "61 of 300 test images are told wrongly; surest of all, it says “dog” of a “cat” with "
        "over 99.9 %."
    )
    right = {"counts": [[3, 0], [0, 3]], "images": 6, "worst": []}
    assert worst_words(right) == "0 of 6 test images are told wrongly."


@pytest.mark.parametrize(
    ("share", "said"),
    [(0, "0.0 %"), (1e-9, "under 0.1 %"), (0.212, "21.2 %"), (0.99951, "over 99.9 %")],
)
def test_no_share_is_rounded_to_none_or_all(share: float, said: str) -> None:
    assert percent(share) == said
    assert percent(1.0) == "100.0 %"


def test_differences_have_a_sign() -> None:
    assert [points(value) for value in (-5.13, 0, 5.13)] == ["−5.1", "0", "+5.1"]


def test_cells_of_shares_are_percent_of_their_row_and_right_ones_have_no_colour() -> None:
    cells = share_cells(FIRST, NAMES, 0, as_counts=False)
    assert [cell["text"] for cell in cells[0]] == ["60", "35", "5"]
    assert [cell["colour"] is None for cell in cells[0]] == [True, False, False]
    assert [cell["shade"] for cell in cells[0]] == [0.6, 1.0, pytest.approx(0.167)]
    assert cells[0][1]["said"] == "cat taken for dog: 35 of 100 (35.0 %)"
    assert share_cells(FIRST, NAMES, 0, as_counts=True)[2][2]["text"] == "100"


def test_cells_of_changes_take_the_colour_of_the_run_that_says_it_more() -> None:
    cells = change_cells(FIRST, SECOND, NAMES, (0, 1))
    assert [cell["text"] for cell in cells[0]] == ["+10", "−15", "+5"]
    more, fewer = cells[0][0]["colour"], cells[0][1]["colour"]
    assert more != fewer
    assert cells[2][0]["colour"] is None
    assert cells[0][1]["said"] == "cat taken for dog: −15.0 points"
