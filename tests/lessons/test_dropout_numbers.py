"""The numbers on the code step: torch's own layer gives them, in every place and at every rate."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch

from dropout_demo.config import RATES
from dropout_demo.lessons.dropout_numbers import VALUES, as_torch, code, passed


@pytest.mark.parametrize("rate", RATES)
def test_torchs_layer_gives_the_very_numbers_that_are_shown_for_its_mask(rate: float) -> None:
    layer = torch.nn.Dropout(rate)
    generator = torch.random.get_rng_state()
    try:
        torch.manual_seed(5)
        for _ in range(20):
            state = torch.random.get_rng_state()
            keep = (layer(torch.ones(len(VALUES))) != 0).numpy()
            torch.random.set_rng_state(state)  # the same mask again, on the values
            torchs = layer(torch.from_numpy(VALUES.copy())).numpy()
            assert np.array_equal(torchs, as_torch(VALUES, keep, rate))
    finally:
        torch.random.set_rng_state(generator)


@pytest.mark.parametrize("rate", RATES)
def test_the_code_from_scratch_agrees_with_torchs_arithmetic(rate: float) -> None:
    for seed in range(20):
        done = passed(rate, seed, training=True)
        assert np.allclose(done.from_scratch, done.torchs, rtol=1e-6, atol=0)
        assert np.array_equal(done.keep, done.from_scratch != 0)


def test_evaluation_changes_nothing_in_either() -> None:
    layer = torch.nn.Dropout(0.9).eval()
    done = passed(0.9, 1, training=False)
    assert np.array_equal(layer(torch.from_numpy(VALUES.copy())).numpy(), VALUES)
    assert np.array_equal(done.from_scratch, VALUES)
    assert np.array_equal(done.torchs, VALUES)
    assert done.keep.all()


def test_a_higher_rate_drops_what_a_lower_one_dropped_and_more() -> None:
    kept = [passed(rate, 3, training=True).keep for rate in RATES]
    for lower, higher in pairwise(kept):
        assert not (higher & ~lower).any()


@pytest.mark.parametrize("name", ["from_scratch", "with_torch"])
def test_the_code_is_shown_as_it_runs(name: str) -> None:
    compile(code(name), name, "exec")
    assert "def dropout(" in code(name)
