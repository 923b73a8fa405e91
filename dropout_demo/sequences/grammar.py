"""A small made language in which a verb depends on a noun far before it. Without torch.

A sentence is: the (adjective) noun, any number of "preposition the (adjective) noun", an adverb,
a verb, a full stop. Each noun, singular or plural, has a verb of its own; which one comes follows
from the first noun alone. All else is drawn from fixed tables, so that the probability of every
word after every history is known exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from immutabledict import immutabledict

_KINDS = (
    *("dog/dogs barks/bark", "cat/cats purrs/purr"),
    *("bird/birds flies/fly", "king/kings rules/rule"),
)
_PAIRS = tuple(tuple(part.split("/") for part in kind.split()) for kind in _KINDS)
NOUNS = tuple(noun for number in (0, 1) for noun in (pair[0][number] for pair in _PAIRS))
VERBS = tuple(verb for number in (0, 1) for verb in (pair[1][number] for pair in _PAIRS))
ADJECTIVES = (
    "old",
    "young",
    "red",
    "small",
    "tall",
    "quiet",
    "quick",
    "brave",
    "lost",
    "kind",
    "wild",
    "cold",
)
PREPOSITIONS = ("by", "near", "with", "behind", "for")
ADVERBS = ("often", "never", "always", "now", "still", "once")
THE, STOP = "the", "."
WORDS: tuple[str, ...] = (STOP, THE, *NOUNS, *VERBS, *ADJECTIVES, *PREPOSITIONS, *ADVERBS)
"""The vocabulary; a word's place is its symbol."""

VERB_OF: Mapping[str, str] = immutabledict(zip(NOUNS, VERBS, strict=True))
WITH_ADJECTIVE = 0.6
"""How likely an adjective stands before a noun."""

ONE_MORE = 0.5
"""How likely another "preposition the noun" follows a noun."""

_TABLES = 2_026  # the seed of the language's tables: part of the language, never a run's

Node = Literal["start", "the", "adjective", "noun", "preposition", "adverb", "verb"]


@dataclass(frozen=True)
class State:
    """All of the past that matters: the last word's part of speech, itself, and the subject."""

    node: Node = "start"
    last: str = ""
    subject: str = ""

    def after(self, word: str) -> State:
        """The state once `word` has come."""
        if word == STOP:
            return State()
        if word == THE:
            return State("the", "", self.subject)
        node = _NODE_OF[word]
        subject = self.subject or word if node == "noun" else self.subject
        return State(node, word if node in ("adjective", "noun") else "", subject)

    def next_words(self) -> Mapping[str, float]:
        """Every word that may come now, with its probability; they add up to 1."""
        if self.node in ("start", "preposition"):
            return {THE: 1.0}
        if self.node == "verb":
            return {STOP: 1.0}
        if self.node == "adverb":
            return {VERB_OF[self.subject]: 1.0}
        if self.node == "the":
            return _tables()[THE]
        return _tables()[self.last]


_NODE_OF: Mapping[str, Node] = immutabledict(
    {
        **dict.fromkeys(NOUNS, "noun"),
        **dict.fromkeys(VERBS, "verb"),
        **dict.fromkeys(ADJECTIVES, "adjective"),
        **dict.fromkeys(PREPOSITIONS, "preposition"),
        **dict.fromkeys(ADVERBS, "adverb"),
    }
)


@cache
def _tables() -> Mapping[str, Mapping[str, float]]:
    """What may follow "the", each adjective and each noun; drawn once, the same for ever."""
    random = np.random.default_rng(_TABLES)

    def some(words: tuple[str, ...], share: float = 1.0) -> dict[str, float]:
        drawn = random.exponential(size=len(words)) ** 2  # a few are common, many are rare
        return dict(zip(words, (share * drawn / drawn.sum()).tolist(), strict=True))

    tables: dict[str, Mapping[str, float]] = {
        THE: some(ADJECTIVES, WITH_ADJECTIVE) | some(NOUNS, 1 - WITH_ADJECTIVE)
    }
    tables |= {adjective: some(NOUNS) for adjective in ADJECTIVES}
    adverbs = some(ADVERBS, 1 - ONE_MORE)
    return immutabledict(tables | {n: some(PREPOSITIONS, ONE_MORE) | adverbs for n in NOUNS})


def words(random: np.random.Generator) -> Iterator[str]:
    """Sentence after sentence, without end."""
    state = State()
    while True:
        chances = state.next_words()
        places = np.cumsum(list(chances.values()))
        at = int(np.searchsorted(places, random.random() * places[-1], side="right"))
        word = list(chances)[min(at, len(chances) - 1)]
        yield word
        state = state.after(word)
