"""When dropout acts during a run."""

from __future__ import annotations

import math

from dropout_demo.config import DropoutSchedule

GROWTH = 10.0
"""How fast a growing rate comes near its end value; the paper's choice of gamma * steps."""


def dropout_factor(schedule: DropoutSchedule, done: float) -> float:
    """What every dropout rate is multiplied by when a share `done` (0..1) of all steps is over.

    always: 1. early: 1 in the first half of all steps, then 0; late: the reverse (Liu et al. 2023,
    "Dropout Reduces Underfitting", who change over sooner, after a tenth or so of the steps).
    growing: 1 - exp(-10 done), so 0 at the first step and 0.993 after half of them (Morerio et al.
    2017, "Curriculum Dropout").
    """
    if schedule == "early":
        return 1.0 if done < 0.5 else 0.0
    if schedule == "late":
        return 0.0 if done < 0.5 else 1.0
    if schedule == "growing":
        return -math.expm1(-GROWTH * done)
    return 1.0
