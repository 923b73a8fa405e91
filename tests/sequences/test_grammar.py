"""The made language: its probabilities, its memory, and what no model can beat."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from dropout_demo.sequences.grammar import NOUNS, STOP, VERB_OF, VERBS, WORDS, State, words
from dropout_demo.sequences.text import LENGTH, TRAIN, VAL, texts


def states() -> list[State]:
    """Every state that can be reached."""
    found, left = {State()}, [State()]
    while left:
        state = left.pop()
        for word in state.next_words():
            after = state.after(word)
            if after not in found:
                found.add(after)
                left.append(after)
    return list(found)


STATES = states()


def test_every_state_gives_probabilities_that_add_up_to_one() -> None:
    for state in STATES:
        chances = state.next_words()
        assert sum(chances.values()) == pytest.approx(1, abs=1e-12)
        assert all(chance > 0 for chance in chances.values())
        assert set(chances) <= set(WORDS)


def test_every_word_can_come_and_stands_once_in_the_vocabulary() -> None:
    assert {word for state in STATES for word in state.next_words()} == set(WORDS)
    assert len(set(WORDS)) == len(WORDS)


def test_each_verb_follows_from_the_first_noun_of_its_sentence_alone() -> None:
    text = list(islice(words(np.random.default_rng(5)), 5_000))
    sentences = " ".join(text).split(f" {STOP}")[:-1]
    far = 0
    for sentence in sentences:
        said = sentence.split()
        nouns = [word for word in said if word in NOUNS]
        assert said[-1] == VERB_OF[nouns[0]]
        far += nouns[-1] != nouns[0]
    assert far > len(sentences) / 4  # remembering the nearest noun would not do


def test_the_entropy_of_the_language_agrees_with_what_its_own_sequences_cost() -> None:
    entropy = exact_entropy(LENGTH)
    for text in texts():
        each = -text.known.mean(1)
        assert text.best == pytest.approx(entropy, abs=4 * each.std() / len(each) ** 0.5)


def exact_entropy(length: int) -> float:
    """Nats a symbol over a sequence's first `length` words, by the chances of all states."""
    places = {state: at for at, state in enumerate(STATES)}
    moves, costs = np.zeros((len(STATES), len(STATES))), np.zeros(len(STATES))
    for state, at in places.items():
        for word, chance in state.next_words().items():
            moves[at, places[state.after(word)]] += chance
            costs[at] -= chance * np.log(chance)
    there, total = np.zeros(len(STATES)), 0.0
    there[places[State()]] = 1
    for _ in range(length):
        total += float(there @ costs)
        there = there @ moves
    return total / length


def test_what_is_learned_and_what_is_held_out_are_apart_and_marked_rightly() -> None:
    learned, held_out = texts()
    assert learned.symbols.shape == (TRAIN, LENGTH)
    assert held_out.symbols.shape == (VAL, LENGTH)
    seen = {tuple(one) for one in learned.symbols.tolist()}
    assert not seen & {tuple(one) for one in held_out.symbols.tolist()}
    for text in (learned, held_out):
        verbs = np.isin(text.symbols, [WORDS.index(verb) for verb in VERBS])
        assert (verbs == text.memory).all()
        assert (text.known[text.memory] == 0).all()
