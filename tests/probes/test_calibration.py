"""How well probabilities fit: by hand, against torchmetrics, and by properties."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as some
from torch.nn import functional

from dropout_demo.probes.calibration import (
    BINS,
    calibration_error,
    reliability,
    resampled,
    resampled_errors,
    right,
    surprise,
)
from dropout_demo.probes.mistakes import wilson


def two_classes(confidences: list[float]) -> torch.Tensor:
    """Shares that give class 0 each confidence."""
    return torch.tensor([[c, 1 - c] for c in confidences])


def some_shares(seed: int, count: int = 500, sharpness: float = 3) -> tuple[torch.Tensor, ...]:
    stream = torch.Generator().manual_seed(seed)
    scores = sharpness * torch.randn(count, 10, generator=stream)
    labels = torch.where(
        torch.rand(count, generator=stream) < 0.6,
        scores.argmax(1),
        torch.randint(10, (count,), generator=stream),
    )
    return scores.softmax(1), labels


def test_the_calibration_error_is_what_one_reckons_by_hand() -> None:
    # Two images of confidence 0.9, one right: gap 0.4 of weight 2/4. Two of 0.6, both right: 0.4.
    shares = two_classes([0.9, 0.9, 0.6, 0.6])
    assert float(calibration_error(shares, torch.tensor([0, 1, 0, 0]))) == pytest.approx(0.4)
    # Of 0.9 and 0.6 all right: 0.5 * 0.1 + 0.5 * 0.4.
    assert float(calibration_error(shares, torch.zeros(4, dtype=int))) == pytest.approx(0.25)


def test_whoever_is_sure_and_right_has_no_error_and_sure_and_wrong_the_whole() -> None:
    shares = two_classes([1.0] * 8)
    assert float(calibration_error(shares, torch.zeros(8, dtype=int))) == 0
    assert float(calibration_error(shares, torch.ones(8, dtype=int))) == 1


@pytest.mark.parametrize("seed", range(3))
def test_the_calibration_error_is_torchmetrics(seed: int) -> None:
    from dropout_demo.vision import import_torchvision

    import_torchvision()  # torchmetrics wants to find it whole
    from torchmetrics.functional.classification import multiclass_calibration_error

    shares, labels = some_shares(seed, sharpness=1 + seed)
    theirs = multiclass_calibration_error(shares, labels, 10, n_bins=BINS, norm="l1")
    assert float(calibration_error(shares, labels)) == pytest.approx(float(theirs), abs=1e-6)


def test_leading_dimensions_are_separate_cases() -> None:
    cases = [some_shares(seed) for seed in range(3)]
    labels = cases[0][1]
    stacked = torch.stack([shares for shares, _ in cases])
    for of in (calibration_error, lambda s, y: surprise(s, y).mean(-1)):
        each = torch.stack([of(shares, labels) for shares, _ in cases])
        torch.testing.assert_close(of(stacked, labels), each)
    assert right(stacked, labels).shape == (3, 500)


def test_surprise_is_torchs_cross_entropy_of_the_logarithms() -> None:
    shares, labels = some_shares(0)
    expected = functional.nll_loss(shares.log(), labels, reduction="none")
    torch.testing.assert_close(surprise(shares, labels), expected)


def test_a_share_of_nothing_is_a_finite_surprise() -> None:
    told = surprise(two_classes([1.0]), torch.tensor([1]))
    assert float(told) == pytest.approx(87.3, abs=0.1)


def test_images_drawn_once_each_give_the_error_itself() -> None:
    shares, labels = some_shares(1)
    told = resampled_errors(shares, labels, torch.ones(1, len(labels)))
    torch.testing.assert_close(told[0], calibration_error(shares, labels))


def test_a_resampled_error_is_that_of_the_images_drawn() -> None:
    shares, labels = some_shares(2, 40)
    counts = resampled(40, 3, torch.Generator().manual_seed(0))
    for told, count in zip(resampled_errors(shares, labels, counts), counts, strict=True):
        images = torch.arange(40).repeat_interleave(count.long())
        torch.testing.assert_close(told, calibration_error(shares[images], labels[images]))


@given(some.integers(1, 30), some.integers(1, 5), some.none() | some.integers(1, 50))
def test_each_draw_holds_as_many_as_asked_for(count: int, draws: int, size: int | None) -> None:
    told = resampled(count, draws, torch.Generator().manual_seed(0), size)
    assert told.shape == (draws, count)
    assert told.sum(1).tolist() == [size or count] * draws
    assert (told >= 0).all()


def test_bins_hold_every_image_once_and_mean_what_they_say() -> None:
    shares, labels = some_shares(3)
    bins = reliability(shares, labels)
    assert sum(one.count for one in bins) == len(labels)
    confidence = shares.amax(1)
    for one in bins:
        place = math.ceil(one.confidence * BINS) / BINS
        inside = (confidence <= place + 1e-6) & (confidence > place - 1 / BINS + 1e-6)
        assert one.count == int(inside.sum())
        hits = (shares[inside].argmax(1) == labels[inside]).float().mean()
        assert one.accuracy == pytest.approx(float(hits))
        assert (one.low, one.high) == wilson(round(one.accuracy * one.count), one.count)
