"""Measures of what networks say of images, with intervals over images by resampling them."""

from __future__ import annotations

from torch import Tensor

from dropout_demo.probes.calibration import calibration_error, resampled_errors, right, surprise

IMAGE_DRAWS = 200
"""Resampled sets of images behind an interval."""

Z = 1.959963984540054
"""The normal distribution's 97.5 % quantile."""

Resampled = dict[str, tuple[float, Tensor]]
"""By measure: its value over all images, and over resampled ones (draws,)."""


def by_image(shares: Tensor, labels: Tensor, counts: Tensor) -> Resampled:
    """Accuracy (0..1), loss (nats an image), calibration error (0..1).

    From shares (N, 10), labels (N,) and how often each image is drawn (draws, N).
    """
    images = counts.sum(1)
    hits, losses = right(shares, labels).float(), surprise(shares, labels)
    return {
        "accuracy": (float(hits.mean()), counts @ hits / images),
        "loss": (float(losses.mean()), counts @ losses / images),
        "calibration": (
            float(calibration_error(shares, labels)),
            resampled_errors(shares, labels, counts),
        ),
    }


def minus(first: Resampled, second: Resampled) -> Resampled:
    """The difference by measure, paired by image."""
    return {
        name: (first[name][0] - second[name][0], first[name][1] - second[name][1]) for name in first
    }


def with_interval(told: Resampled) -> dict[str, list[float]]:
    """[value, low, high] by measure: the value, give or take 1.96 spreads over resampled images."""
    return {name: around(value, Z * float(over.std())) for name, (value, over) in told.items()}


def around(middle: float, half: float) -> list[float]:
    """[middle, low, high], to six decimals."""
    return [round(end, 6) for end in (middle, middle - half, middle + half)]
