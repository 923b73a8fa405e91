"""Finished runs made up from a few numbers, for tests of what is said of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dropout_demo.config import RunConfig
from dropout_demo.readings import Result

ARTICLE = RunConfig.preset("article")


def epoch(number: int, val: float, clean: float, accuracy: float) -> dict[str, Any]:
    return {
        "kind": "epoch",
        "epoch": number,
        "train_masked": {"loss": clean, "accuracy": accuracy},
        "train_clean": {"loss": clean, "accuracy": accuracy},
        "val": {"loss": val, "accuracy": accuracy},
        "seconds": 1.0,
    }


def result(config: RunConfig, seed: int, gap: float, accuracy: float) -> Result:
    config = config.model_copy(update={"seed": seed})
    return Result(config, (epoch(1, 9, 9, 0.1), epoch(2, 1.0 + gap, 1.0, accuracy)))


def pairs(
    gaps: tuple[float, float],
    without: Sequence[float],
    having: Sequence[float],
    config: RunConfig = ARTICLE,
) -> list[Result]:
    """Runs of an arm with dropout and its twin, one pair a seed, by their accuracies."""
    runs = []
    for seed, (before, after) in enumerate(zip(without, having, strict=True)):
        runs.append(result(config.without_dropout(), seed, gaps[0], before))
        runs.append(result(config, seed, gaps[1], after))
    return runs


def drawn(*epochs: tuple[float, float]) -> Result:
    """A run by its validation and clean training losses."""
    told = (epoch(at + 1, val, clean, 0.7) for at, (val, clean) in enumerate(epochs))
    return Result(RunConfig(), tuple(told))
