"""The code that the course shows does what PyTorch's own dropout does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from dropout_demo.lessons.code import from_scratch, with_torch

RATES = (0.1, 0.25, 0.5, 0.7, 0.9)
SHAPE = (40, 25)


def torchs(x: torch.Tensor, p: float, training: bool) -> torch.Tensor:
    """nn.Dropout from the same state of torch's generator every time."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        return with_torch.dropout(x, p, training)


def coins_of_torch(p: float, dtype: torch.dtype) -> torch.Tensor:
    """1 where that nn.Dropout keeps, 0 where it drops: draws that lead to the same mask."""
    return (torchs(torch.ones(SHAPE, dtype=dtype), p, True) != 0).to(dtype)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("p", RATES)
def test_both_give_the_same_numbers_under_the_same_mask(p: float, dtype: torch.dtype) -> None:
    x = torch.randn(SHAPE, dtype=dtype, generator=torch.Generator().manual_seed(1))
    coins = coins_of_torch(p, dtype)
    assert 0 < coins.mean() < 1
    ours = from_scratch.dropout(x, p, True, lambda shape: coins)
    # x * keep / (1 - p) and x * (keep / (1 - p)) may differ in the last digit.
    torch.testing.assert_close(ours, torchs(x, p, True), rtol=2 * torch.finfo(dtype).eps, atol=0.0)
    arrays: Any = from_scratch.dropout(x.numpy(), p, True, lambda shape: coins.numpy())
    np.testing.assert_allclose(arrays, ours.numpy(), rtol=2 * torch.finfo(dtype).eps)


@pytest.mark.parametrize("p", [0.0, *RATES])
def test_in_evaluation_mode_both_give_their_input_to_the_last_bit(p: float) -> None:
    x = torch.randn(SHAPE, generator=torch.Generator().manual_seed(2))
    assert torch.equal(from_scratch.dropout(x, p, False, torch.rand), x)
    assert torch.equal(with_torch.dropout(x, p, False), x)


def test_rate_0_drops_nothing_in_either() -> None:
    x = torch.randn(SHAPE, generator=torch.Generator().manual_seed(2))
    assert torch.equal(from_scratch.dropout(x, 0.0, True, torch.rand), x)
    assert torch.equal(with_torch.dropout(x, 0.0, True), x)


@pytest.mark.parametrize("p", RATES)
def test_its_own_coins_drop_the_rate_and_keep_the_mean(p: float) -> None:
    draw = np.random.default_rng(5).random
    out = from_scratch.dropout(np.ones(200_000), p, True, draw)
    error = (p * (1 - p) / out.size) ** 0.5
    assert abs((out == 0).mean() - p) < 5 * error
    assert abs(out.mean() - 1) < 5 * error / (1 - p)


def test_the_server_can_run_the_first_without_torch(in_new_process: Any) -> None:
    code = (
        "import sys, numpy as np\n"
        "from dropout_demo.lessons.code.from_scratch import dropout\n"
        "print(dropout(np.array([3.0, 3.0]), 0.25, True, lambda shape: np.array([0.1, 0.9])))\n"
        "assert 'torch' not in sys.modules"
    )
    assert in_new_process(code).split() == ["[0.", "4.]"]
