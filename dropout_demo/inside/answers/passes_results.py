"""What drawn passes come to: curves, comparisons with intervals, and reliability."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch
from immutabledict import immutabledict
from torch import Tensor

from dropout_demo.inside.answers.resampling import (
    IMAGE_DRAWS,
    Z,
    around,
    by_image,
    minus,
    with_interval,
)
from dropout_demo.probes.calibration import (
    calibration_error,
    reliability,
    resampled,
    right,
    surprise,
)
from dropout_demo.probes.passes import averages, redrawn_averages, windows

_DRAWS = 100  # redrawn sets of masks behind an interval

MEASURES: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = immutabledict(
    accuracy=lambda shares, labels: right(shares, labels).float().mean(-1),
    loss=lambda shares, labels: surprise(shares, labels).mean(-1),
    calibration=calibration_error,
)
"""From shares (..., N, 10) and labels (N,), by leading dimensions: accuracy (0..1), mean negative
log-likelihood (nats an image), expected calibration error (0..1)."""


@dataclass(frozen=True)
class Drawn:
    """What the networks said: masked passes (P, N, 10), one scaled pass (N, 10), and the scaled
    passes of all networks of the arm (M, N, 10)."""

    pool: Tensor
    scaled: Tensor
    members: Tensor
    labels: Tensor

    def final(self) -> dict[str, Tensor]:
        """The shares (N, 10) that are compared: one scaled pass, all masked ones, all networks."""
        told = {"scaled": self.scaled, "masked": self.pool.mean(0)}
        return told | ({"ensemble": self.members.mean(0)} if len(self.members) > 1 else {})


def point(drawn: Drawn, size: int, seed: int) -> dict[str, Any]:
    """`{"passes": T, measure: [mean, low, high]}`: what T averaged passes come to.

    The mean is over all groups of T passes without a pass in common. Between low and high lie
    95 % of single draws of T masks, by the spread of sets redrawn from all passes.
    """
    told: dict[str, Any] = {"passes": size}
    generator = torch.Generator().manual_seed(seed)
    groups = averages(drawn.pool, size)
    redrawn = redrawn_averages(drawn.pool, size, _DRAWS, generator)
    for name, of in MEASURES.items():
        mean = float(of(groups, drawn.labels).mean())
        told[name] = around(mean, Z * float(of(redrawn, drawn.labels).std()))
    return told


def by_networks(drawn: Drawn) -> list[dict[str, Any]]:
    """`[{"networks": m, measure: mean}, ...]` over neighbours in the ring of all networks."""
    told = []
    for size in range(1, len(drawn.members) + 1 if len(drawn.members) > 1 else 1):
        means = windows(drawn.members, size)
        measures = {name: float(of(means, drawn.labels).mean()) for name, of in MEASURES.items()}
        told.append({"networks": size, **measures})
    return told


def results(drawn: Drawn) -> dict[str, Any]:
    """How the three ways compare, with 95 % intervals over images.

    `{"results": {who: {measure: [value, low, high]}}, "differences": {"masked" | "ensemble" |
    "ensemble_masked": the same}, "reliability": {who: [bins]}}`; who: scaled, masked, and ensemble
    if there is one. Differences are paired by image: from the scaled pass, and of the ensemble
    from the masked passes.
    """
    generator = torch.Generator().manual_seed(0)
    counts = resampled(len(drawn.labels), IMAGE_DRAWS, generator)
    final = drawn.final()
    every = {who: by_image(shares, drawn.labels, counts) for who, shares in final.items()}
    differences = {who: minus(told, every["scaled"]) for who, told in every.items()}
    if "ensemble" in every:
        differences["ensemble_masked"] = minus(every["ensemble"], every["masked"])
    del differences["scaled"]
    return {
        "results": {who: with_interval(told) for who, told in every.items()},
        "differences": {who: with_interval(told) for who, told in differences.items()},
        "reliability": {
            who: [asdict(one) for one in reliability(shares, drawn.labels)]
            for who, shares in final.items()
        },
    }
