"""Who asks too often is told how long to wait; others do not notice."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dropout_demo.brakes import Brakes
from dropout_demo.refusal import Refusal


def times_until_refused(act: Callable[[], None]) -> int:
    """How often it went well before it was refused with a sentence."""
    went_well: list[None] = []
    with pytest.raises(Refusal, match="try again in") as caught:
        went_well.extend(act() for _ in range(5_000))
    assert caught.value.status == 429
    return len(went_well)


def test_starts_changes_and_questions_are_counted_apart_by_learner() -> None:
    brakes = Brakes()
    assert 60 <= times_until_refused(lambda: brakes.start("a", "here")) <= 61
    assert 60 <= times_until_refused(lambda: brakes.change("a", "here")) <= 61
    assert 60 <= times_until_refused(lambda: brakes.question("a")) <= 70
    brakes.start("b", "here")
    brakes.change("b", "here")
    brakes.question("b")


def test_a_class_behind_one_address_starts_at_once_and_a_flood_does_not() -> None:
    brakes = Brakes()
    for student in range(300):
        brakes.start(f"student {student}", "school")
        brakes.start(f"student {student}", "school")
    names = iter(range(10_000))
    assert times_until_refused(lambda: brakes.start(f"forged {next(names)}", "school")) < 50
    with pytest.raises(Refusal, match="faster than"):
        brakes.start("anybody", "school")
    brakes.start("anybody", "elsewhere")


def test_of_an_address_runs_are_counted_and_not_the_requests_that_bring_them() -> None:
    brakes = Brakes()
    names = iter(range(10_000))
    flood = times_until_refused(lambda: brakes.start(f"forged {next(names)}", "house", 120))
    assert flood == 5
    brakes.start("anybody", "elsewhere", 120)


def test_a_guesser_in_the_house_does_not_keep_those_out_who_have_a_code() -> None:
    brakes = Brakes()
    brakes.guess("school", "ABCDEF", right=True, known=False)
    assert 60 <= times_until_refused(
        lambda: brakes.guess("school", None, right=False, known=False)
    ) <= 61  # fmt: skip
    brakes.guess("school", "ABCDEF", right=True, known=False)  # found before
    brakes.guess("school", "GHJKMN", right=True, known=True)  # in the class
    for code, right in (("GHJKMP", True), ("GHJKMQ", False)):
        with pytest.raises(Refusal, match="Too many wrong codes"):
            brakes.guess("school", code, right=right, known=False)
    brakes.guess("elsewhere", "GHJKMP", right=True, known=False)
