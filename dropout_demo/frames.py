"""Runs as tables, from which every number of a comparison can be computed again."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from dropout_demo.arms import arm_names
from dropout_demo.contrasts import group_arms
from dropout_demo.readings import Result

GROUPS = ("train_masked", "train_clean", "val")
MEASURE_COLUMNS = tuple(f"{group}_{part}" for group in GROUPS for part in ("loss", "accuracy"))
COMPARISON_COLUMNS = ("arm", "seed", "epoch", *MEASURE_COLUMNS, "seconds")


def comparison_frame(results: Sequence[Result]) -> pd.DataFrame:
    """One row an arm, seed and epoch, in that order; arms as they come, by their names on show.

    Losses in nats a sample, accuracies as fractions, seconds of the epoch. Holds the runs that a
    comparison counts: of a run that was repeated the later one.
    """
    arms = group_arms(results)
    rows = [
        {
            "arm": name,
            "seed": seed,
            "epoch": epoch["epoch"],
            **{f"{g}_{part}": epoch[g][part] for g in GROUPS for part in ("loss", "accuracy")},
            "seconds": epoch["seconds"],
        }
        for name, runs in zip(arm_names(list(arms)), arms.values(), strict=True)
        for seed, result in sorted(runs.items())
        for epoch in result.epochs
    ]
    return pd.DataFrame(rows, columns=list(COMPARISON_COLUMNS))
