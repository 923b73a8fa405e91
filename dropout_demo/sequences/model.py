"""Two LSTM layers, stepped by hand so that one sees where each mask stands."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from dropout_demo.sequences.setting import SequenceArm

Mask = Callable[[Tensor], Tensor]
"""Takes activations of any shape and gives them masked and scaled, or as they are."""


def drop(rate: float, draws: torch.Generator) -> Mask:
    """Inverted dropout: each number goes with probability `rate`, kept ones times 1/(1 - rate)."""

    def mask(x: Tensor) -> Tensor:
        kept = torch.rand(x.shape, generator=draws) >= rate
        return x * kept / (1 - rate)

    return mask


def keep_all(x: Tensor) -> Tensor:
    """No mask."""
    return x


class Layer(nn.Module):
    """One LSTM layer, with torch.nn.LSTM's parameters and equations (gates i, f, g, o)."""

    def __init__(self, units: int) -> None:
        super().__init__()
        self.weight_ih = nn.Parameter(torch.empty(4 * units, units))
        self.weight_hh = nn.Parameter(torch.empty(4 * units, units))
        self.bias = nn.Parameter(torch.empty(4 * units))
        self.units = units

    def forward(self, x: Tensor, along: Mask = keep_all) -> Tensor:
        """x: (T, N, units) -> the hidden states (T, N, units), from zero.

        along: masks each hidden state as the next step takes it; the cell state is never masked.
        """
        entering = nn.functional.linear(x, self.weight_ih, self.bias)  # (T, N, 4 units)
        hidden = cell = x.new_zeros(x.shape[1], self.units)
        told = []
        for step in entering.unbind():
            gates = torch.addmm(step, along(hidden), self.weight_hh.T)  # (N, 4 units)
            i, f, g, o = gates.chunk(4, dim=1)
            cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
            hidden = o.sigmoid() * cell.tanh()
            told.append(hidden)
        return torch.stack(told)


class SequenceNet(nn.Module):
    """Embedding, two LSTM layers, scores of each next symbol. All arms have the same parameters."""

    def __init__(self, symbols: int, units: int, weights: torch.Generator) -> None:
        super().__init__()
        self.embedding = nn.Parameter(torch.empty(symbols, units))
        self.first, self.second = Layer(units), Layer(units)
        self.scores = nn.Parameter(torch.empty(symbols, units))
        self.bias = nn.Parameter(torch.zeros(symbols))
        bound = 1 / math.sqrt(units)
        with torch.no_grad():
            for name, parameter in self.named_parameters():
                if name != "bias":
                    parameter.uniform_(-bound, bound, generator=weights)

    def forward(self, symbols: Tensor, arm: SequenceArm = "none", mask: Mask = keep_all) -> Tensor:
        """symbols: int64 (N, T) that went before -> scores of the next, float32 (T, N, symbols).

        mask: what stands at the arm's places; with `keep_all` every arm is the plain LSTM.
        """
        between = keep_all if arm == "none" else mask
        along = mask if arm == "every_step" else keep_all
        x = between(self.embedding[symbols.T])  # (T, N, units)
        x = between(self.first(x, along))
        x = between(self.second(x, along))
        return nn.functional.linear(x, self.scores, self.bias)
