"""The two-layer LSTM: torch's own as the oracle, and masks only where they belong."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from dropout_demo.sequences.model import Layer, SequenceNet, drop, keep_all
from dropout_demo.sequences.setting import SEQUENCE_ARMS, SequenceArm
from dropout_demo.streams import generator

SYMBOLS, UNITS, T, N = 7, 6, 5, 3


@pytest.fixture
def net() -> SequenceNet:
    return SequenceNet(SYMBOLS, UNITS, generator(0, "weights"))


@pytest.fixture
def symbols() -> Tensor:
    return torch.randint(SYMBOLS, (N, T), generator=torch.Generator().manual_seed(1))


def cell_of(layer: Layer) -> nn.LSTMCell:
    cell = nn.LSTMCell(UNITS, UNITS)
    with torch.no_grad():
        cell.weight_ih.copy_(layer.weight_ih)
        cell.weight_hh.copy_(layer.weight_hh)
        cell.bias_ih.copy_(layer.bias)
        cell.bias_hh.zero_()
    return cell


def stepped(layer: Layer, x: Tensor, masks: list[Tensor] | None = None) -> Tensor:
    """By torch's cell, a step at a time; masks multiply h as each step takes it, never c."""
    cell, told = cell_of(layer), []
    h = c = torch.zeros(x.shape[1], UNITS)
    for at, step in enumerate(x):
        h, c = cell(step, (h if masks is None else h * masks[at], c))
        told.append(h)
    return torch.stack(told)


def test_without_masks_a_layer_is_torchs_own_lstm(net: SequenceNet) -> None:
    x = torch.randn(T, N, UNITS)
    theirs = nn.LSTM(UNITS, UNITS)
    with torch.no_grad():
        theirs.weight_ih_l0.copy_(net.first.weight_ih)
        theirs.weight_hh_l0.copy_(net.first.weight_hh)
        theirs.bias_ih_l0.copy_(net.first.bias)
        theirs.bias_hh_l0.zero_()
    torch.testing.assert_close(net.first(x), theirs(x)[0])


@pytest.mark.parametrize("arm", SEQUENCE_ARMS)
def test_at_a_rate_of_zero_every_arm_is_the_plain_lstm_exactly(
    arm: SequenceArm, net: SequenceNet, symbols: Tensor
) -> None:
    masked = net(symbols, arm, drop(0.0, generator(0, "masks")))
    assert torch.equal(masked, net(symbols))


def test_between_layers_the_paths_of_h_and_c_are_whole(net: SequenceNet, symbols: Tensor) -> None:
    draws = torch.Generator().manual_seed(2)
    masks = [torch.rand(T, N, UNITS, generator=draws).ge(0.5) * 2.0 for _ in range(3)]
    given = iter(masks)
    ours = net(symbols, "between", lambda x: x * next(given))
    first = stepped(net.first, net.embedding[symbols.T] * masks[0])
    second = stepped(net.second, first * masks[1])
    torch.testing.assert_close(ours, (second * masks[2]) @ net.scores.T + net.bias)


def test_at_every_step_each_hidden_state_takes_a_new_mask_and_no_cell_state(
    net: SequenceNet, symbols: Tensor
) -> None:
    used: list[Tensor] = []
    draws = torch.Generator().manual_seed(3)

    def mask(x: Tensor) -> Tensor:
        used.append(torch.rand(x.shape, generator=draws).ge(0.5) * 2.0)
        return x * used[-1]

    ours = net(symbols, "every_step", mask)
    into, first_steps, middle, second_steps, out = (
        used[0],
        used[1 : 1 + T],
        used[1 + T],
        used[2 + T : 2 + 2 * T],
        used[-1],
    )
    assert len(used) == 3 + 2 * T
    assert [one.shape for one in first_steps] == [(N, UNITS)] * T
    first = stepped(net.first, net.embedding[symbols.T] * into, first_steps)
    second = stepped(net.second, first * middle, second_steps)
    torch.testing.assert_close(ours, (second * out) @ net.scores.T + net.bias)


def test_masks_drop_at_their_rate_and_keep_the_mean() -> None:
    masked = drop(0.4, generator(0, "masks"))(torch.ones(200_000))
    assert sorted(masked.unique().tolist()) == pytest.approx([0.0, 1 / 0.6])
    assert float((masked == 0).float().mean()) == pytest.approx(0.4, abs=0.01)
    assert float(masked.mean()) == pytest.approx(1, abs=0.01)
    assert keep_all(masked) is masked


def test_a_score_depends_on_no_later_symbol(net: SequenceNet, symbols: Tensor) -> None:
    changed = symbols.clone()
    changed[:, -1] = (changed[:, -1] + 1) % SYMBOLS
    assert torch.equal(net(symbols)[:-1], net(changed)[:-1])
