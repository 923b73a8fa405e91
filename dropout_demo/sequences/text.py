"""Sequences of the made language to learn from and to be tested on, apart. Without torch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from dropout_demo.sequences.grammar import VERBS, WORDS, State, words

LENGTH = 40
"""Words of one sequence: a few sentences, cut wherever it ends."""

TRAIN, VAL = 60, 200
"""Sequences to learn from, so few that they can be learned by heart, and to be tested on."""

_DRAWS = 1
_SYMBOL = {word: at for at, word in enumerate(WORDS)}
_VERBS = frozenset(VERBS)


@dataclass(frozen=True)
class Text:
    """Symbols int64 (N, 40); `memory` bool (N, 40) marks the verbs, which follow from the subject.

    known: the logarithm of each word's true probability, float64 (N, 40), nats.
    """

    symbols: NDArray[np.int64]
    memory: NDArray[np.bool_]
    known: NDArray[np.float64]

    @property
    def best(self) -> float:
        """Nats a symbol of who knows the language: no model does better but by chance."""
        return float(-self.known.mean())

    def said(self, sequence: int = 0) -> str:
        """A sequence in words."""
        return " ".join(WORDS[symbol] for symbol in self.symbols[sequence])


@cache
def texts() -> tuple[Text, Text]:
    """What is learned from, and what is held out; the same in every run."""
    random = np.random.default_rng(_DRAWS)
    drawn = [list(islice(words(random), LENGTH)) for _ in range(TRAIN + VAL)]
    return _text(drawn[:TRAIN]), _text(drawn[TRAIN:])


def _text(drawn: list[list[str]]) -> Text:
    return Text(
        np.array([[_SYMBOL[word] for word in one] for one in drawn]),
        np.array([[word in _VERBS for word in one] for one in drawn]),
        np.array([_known(one) for one in drawn]),
    )


def _known(sequence: list[str]) -> list[float]:
    state, told = State(), []
    for word in sequence:
        told.append(float(np.log(state.next_words()[word])))
        state = state.after(word)
    return told
