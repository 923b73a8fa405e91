"""Training the recurrent network: pairs, repetition, and losses that mean what they say."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from dropout_demo.sequences import training
from dropout_demo.sequences.grammar import WORDS
from dropout_demo.sequences.model import SequenceNet
from dropout_demo.sequences.setting import SEQUENCE_ARMS, SequenceArm
from dropout_demo.sequences.text import texts
from dropout_demo.sequences.training import Losses, before, losses, train
from dropout_demo.streams import generator

pytestmark = pytest.mark.usefixtures("one_thread")


def run(arm: SequenceArm, seed: int = 0, **changes: Any) -> list[Losses]:
    changes = {"units": 8, "epochs": 1} | changes
    return [told for told in train(arm, seed, **changes) if told is not None]


def test_the_same_seed_gives_the_same_numbers_to_the_last_bit() -> None:
    told = run("every_step", epochs=2)
    assert told == run("every_step", epochs=2)
    assert told[:1] != run("every_step", seed=1)


@pytest.mark.parametrize("arm", SEQUENCE_ARMS)
def test_at_a_rate_of_zero_all_arms_train_alike(arm: SequenceArm) -> None:
    assert run(arm, rate=0.0) == run("none")


def test_arms_share_their_weights_batches_and_size(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, list[Any]] = {}

    class Watched(SequenceNet):
        def forward(self, symbols: Any, arm: Any = "none", *more: Any) -> Any:
            if self.training and torch.is_grad_enabled():
                said = seen.setdefault(arm, [[p.detach().clone() for p in self.parameters()]])
                said.append(symbols)
            return super().forward(symbols, arm, *more)

    monkeypatch.setattr(training, "SequenceNet", Watched)
    for arm in SEQUENCE_ARMS:
        run(arm)
    first, *others = (seen[arm] for arm in SEQUENCE_ARMS)
    for other in others:
        assert all(map(torch.equal, first[0], other[0]))
        assert all(map(torch.equal, first[1:], other[1:]))


def test_losses_are_means_over_symbols_without_masks() -> None:
    net = SequenceNet(len(WORDS), 8, generator(0, "weights"))
    with torch.no_grad():
        net.scores.zero_()  # every symbol alike
    text = texts()[1]
    found = losses(net, text)
    assert found.shape == text.symbols.shape
    torch.testing.assert_close(found, torch.full_like(found, math.log(len(WORDS))))


def test_each_symbol_is_foretold_from_those_before_it_the_first_from_a_full_stop() -> None:
    assert before(torch.tensor([[3, 4, 5]])).tolist() == [[training.STOP, 3, 4]]
    assert WORDS[training.STOP] == "."


def test_learning_comes_near_the_known_bound_and_never_beats_it_by_more_than_noise() -> None:
    best = texts()[1].best
    told = run("none", units=32, epochs=6)
    assert all(one.val > best - 0.02 for one in told)  # 8,000 symbols: standard error about 0.01
    assert told[-1].val < best + 1 < told[0].val
    assert all(one.val_memory >= 0 for one in told)
