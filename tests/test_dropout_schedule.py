from __future__ import annotations

import math
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropout_demo.config import DropoutSchedule
from dropout_demo.dropout_schedule import dropout_factor

SCHEDULES: tuple[DropoutSchedule, ...] = get_args(DropoutSchedule)


def factors(schedule: DropoutSchedule, steps: int) -> list[float]:
    return [dropout_factor(schedule, step / steps) for step in range(steps)]


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 9, 100])
def test_early_is_the_first_half_of_all_steps_and_late_the_others(steps: int) -> None:
    half = math.ceil(steps / 2)
    assert factors("early", steps) == [1.0] * half + [0.0] * (steps - half)
    assert factors("late", steps) == [0.0] * half + [1.0] * (steps - half)


def test_always_is_exactly_one() -> None:
    assert set(factors("always", 1_000)) == {1.0}


def test_growing_is_the_curriculums_formula_and_begins_without_dropout() -> None:
    """Morerio et al. 2017: keep probability (1 - keep) exp(-gamma t) + keep, gamma = 10 / steps."""
    steps, keep = 400, 0.3
    got = factors("growing", steps)
    for step, factor in enumerate(got):
        paper = (1 - keep) * math.exp(-10 / steps * step) + keep
        assert 1 - (1 - keep) * factor == pytest.approx(paper, abs=1e-12)
    assert got[0] == 0
    assert got == sorted(got)
    assert got[-1] > 0.9999 * (1 - math.exp(-10))


@given(st.sampled_from(SCHEDULES), st.floats(0, 1), st.floats(0, 1, exclude_max=True))
def test_a_rate_never_leaves_its_range(schedule: DropoutSchedule, done: float, p: float) -> None:
    assert 0 <= dropout_factor(schedule, done) <= 1
    assert 0 <= p * dropout_factor(schedule, done) <= p
