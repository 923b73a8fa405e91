"""Training one recurrent network: batch after batch, an epoch's losses at each epoch's end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from dropout_demo.sequences.grammar import WORDS
from dropout_demo.sequences.model import SequenceNet, drop
from dropout_demo.sequences.setting import (
    BATCH,
    EPOCHS,
    LEARNING_RATE,
    MOST_NORM,
    RATE,
    UNITS,
    SequenceArm,
)
from dropout_demo.sequences.text import Text, texts
from dropout_demo.streams import generator

STOP = 0  # the symbol that stands before a sequence's first: a full stop


@dataclass(frozen=True)
class Losses:
    """After an epoch (1-based), without masks; means over symbols, in nats."""

    epoch: int
    train_clean: float
    val: float
    val_memory: float  # over the verbs alone


def train(
    arm: SequenceArm, seed: int, *, rate: float = RATE, epochs: int = EPOCHS, units: int = UNITS
) -> Iterator[Losses | None]:
    """None after each batch, Losses after each epoch; closing the iterator ends it.

    One seed gives all arms the same weights and batches. Repeats to the last bit at a given
    number of threads. Runs under whatever grad mode is set at each step: it must allow gradients.
    """
    net = SequenceNet(len(WORDS), units, generator(seed, "weights"))
    order, masks = generator(seed, "order"), drop(rate, generator(seed, "masks"))
    optimizer = torch.optim.Adam(net.parameters(), lr=LEARNING_RATE)
    learned, held_out = texts()
    symbols = torch.from_numpy(learned.symbols)
    for epoch in range(1, epochs + 1):
        for batch in torch.randperm(len(symbols), generator=order).split(BATCH):
            optimizer.zero_grad()
            scores = net(before(symbols[batch]), arm, masks)
            cross_entropy(scores.flatten(0, 1), symbols[batch].T.flatten()).backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), MOST_NORM)
            optimizer.step()
            yield None
        train_clean = float(losses(net, learned).mean())
        yield None
        val = losses(net, held_out)
        memory = val[torch.from_numpy(held_out.memory)]
        yield Losses(epoch, train_clean, float(val.mean()), float(memory.mean()))


def before(symbols: Tensor) -> Tensor:
    """What stood before each symbol: int64 (N, T) -> (N, T), the first after a full stop."""
    first = symbols.new_full((len(symbols), 1), STOP)
    return torch.cat([first, symbols[:, :-1]], 1)


def losses(net: SequenceNet, text: Text) -> Tensor:
    """The loss at each symbol without masks: float32 (N, T), nats."""
    symbols = torch.from_numpy(text.symbols)
    with torch.no_grad():
        scores = net(before(symbols))
        return cross_entropy(scores.permute(1, 2, 0), symbols, reduction="none")
