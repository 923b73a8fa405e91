"""Codes and guesses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropout_demo.class_rules.codes import ALPHABET, LENGTH, new_code, read_code, spoken
from dropout_demo.throttle import MOST_KEPT, Throttle


def test_codes_are_of_the_alphabet_and_differ() -> None:
    codes = {new_code() for _ in range(1_000)}
    assert len(codes) > 990
    assert all(len(code) == LENGTH and set(code) <= set(ALPHABET) for code in codes)
    assert not set("01ILO") & set(ALPHABET)


def test_a_code_is_read_as_people_write_it() -> None:
    code = new_code()
    for text in (code, code.lower(), spoken(code), f" {spoken(code)} ", "-".join(code)):
        assert read_code(text) == code


@given(st.text())
def test_what_is_no_code_is_none(text: str) -> None:
    code = read_code(text)
    assert code is None or (len(code) == LENGTH and set(code) <= set(ALPHABET))


@pytest.mark.parametrize("text", ["", "ABCDE", "ABCDEFG", "ABCDE0", "' OR 1", "A" * 10_000])
def test_rubbish_is_no_code(text: str) -> None:
    assert read_code(text) is None


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_who_guesses_waits_and_the_others_do_not() -> None:
    clock = Clock()
    throttle = Throttle(3, 10.0, clock)
    assert [throttle.spend("a") for _ in range(3)] == [0, 0, 0]
    assert throttle.spend("a") == pytest.approx(10)
    assert throttle.spend("a") == pytest.approx(10)  # asking does not make the wait longer
    assert throttle.spend("b") == 0
    clock.now = 9.5
    assert throttle.wait("a") == pytest.approx(0.5)
    clock.now = 10.5
    assert throttle.spend("a") == 0
    assert throttle.spend("a") == pytest.approx(9.5)
    clock.now = 1_000.0
    assert [throttle.spend("a") for _ in range(4)] == [0, 0, 0, pytest.approx(10)]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 30)), max_size=60))
def test_nobody_gets_more_tries_than_time_gave(asked: list[tuple[str, float]]) -> None:
    clock = Clock()
    throttle = Throttle(3, 10.0, clock)
    granted = {"a": 0, "b": 0}
    for asker, later in asked:
        clock.now += later
        granted[asker] += throttle.spend(asker) == 0
    assert all(count <= 3 + clock.now / 10 + 1e-6 for count in granted.values())


def test_many_askers_take_no_more_room_than_is_kept() -> None:
    throttle = Throttle(3, 10.0, Clock())
    for asker in range(MOST_KEPT + 5):
        throttle.spend(str(asker))
    assert len(throttle._full_at) == MOST_KEPT
