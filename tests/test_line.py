"""Who begins when, of runs that wait."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropout_demo.config import RunConfig
from dropout_demo.estimates import Progress
from dropout_demo.job import Job
from dropout_demo.line import Line

CONFIG = RunConfig()
numbers = count()


def jobs(owner: str, many: int) -> list[Job]:
    return [Job(f"{owner}{next(numbers)}", owner, CONFIG, Progress(CONFIG)) for _ in range(many)]


def owners(line: Line) -> str:
    return "".join(job.owner for job in line)


def taken(line: Line, many: int) -> str:
    began = [line.take() for _ in range(many)]
    return "".join(job.owner for job in began if job is not None)


def test_one_with_fifty_runs_does_not_hold_up_one_with_one() -> None:
    line = Line()
    line.add(jobs("a", 50))
    assert taken(line, 3) == "aaa"
    line.add(jobs("b", 1))
    assert owners(line) == "b" + 47 * "a"
    assert taken(line, 2) == "ba"


def test_all_who_wait_get_one_run_each_before_anybody_gets_a_second() -> None:
    line = Line()
    for owner in "abc":
        line.add(jobs(owner, 3))
    assert owners(line) == "abcabcabc"
    assert taken(line, 4) == "abca"
    line.add(jobs("d", 2))
    assert owners(line) == "bcdabcd"


def test_who_comes_late_has_nothing_to_catch_up_on() -> None:
    line = Line()
    line.add(jobs("a", 9))
    taken(line, 5)
    line.add(jobs("b", 9))
    assert taken(line, 8) == "babababa"


def test_ones_own_runs_begin_in_the_order_in_which_they_came() -> None:
    line = Line()
    mine = jobs("a", 4)
    line.add(mine[:2])
    line.add(jobs("b", 2))
    line.add(mine[2:])
    assert [job for job in line if job.owner == "a"] == mine


def test_what_leaves_makes_room_and_what_is_put_back_is_its_owners_next() -> None:
    line = Line()
    mine = jobs("a", 3)
    line.add(mine)
    line.add(jobs("b", 1))
    line.remove(mine[0])
    assert next(iter(line)) == mine[1]
    line.put_back(mine[0])
    assert next(iter(line)) == mine[0]
    assert mine[0] in line
    with pytest.raises(ValueError, match="not in"):
        line.remove(jobs("c", 1)[0])


def test_nobody_is_taken_from_an_empty_line() -> None:
    assert Line().take() is None


def test_those_that_are_first_go_before_all_and_cost_their_owner_no_turn() -> None:
    line, waiting = Line(), [jobs("a", 1)[0], jobs("b", 1)[0], *jobs("t", 2)]
    waiting[2].first = True
    line.add(waiting)
    assert [line.take() for _ in waiting] == [waiting[n] for n in (2, 0, 1, 3)]


def of_group(group: str, some: list[Job], *, first: bool = False) -> list[Job]:
    for one in some:
        one.group, one.first = group, first
    return some


def test_the_first_of_a_group_take_its_earliest_turns_and_others_wait_no_longer() -> None:
    line = Line()
    line.add(jobs("x", 2))
    line.add(of_group("class", jobs("a", 2) + jobs("b", 1)))
    line.add(jobs("y", 1))
    assert owners(line) == "xabyxa"
    line.add(of_group("class", jobs("t", 1), first=True))
    assert owners(line) == "txabyxa"
    line.add(of_group("class", jobs("t", 1), first=True))
    assert owners(line) == "ttxayxab"  # one more turn of the class: after what others have now
    assert taken(line, 8) == "ttxayxab"


def test_one_who_is_first_again_and_again_takes_the_groups_turns_and_no_others() -> None:
    line = Line()
    line.add(of_group("class", jobs("a", 1) + jobs("b", 1)))
    line.add(jobs("x", 3))
    for _ in range(3):
        line.add(of_group("class", jobs("t", 1), first=True))
    # In the first round the class has three turns, as before; what they put off, it has later.
    assert taken(line, 8) == "tttx" + "xa" + "xb"


def test_a_first_run_begins_though_its_group_is_on_hold() -> None:
    line = Line()
    line.held.add("class")
    line.add(of_group("class", jobs("a", 1)))
    line.add(of_group("class", jobs("t", 1), first=True))
    assert taken(line, 2) == "t"


def test_a_group_on_hold_keeps_its_places_and_holds_up_nobody() -> None:
    line, waiting = Line(), [*jobs("a", 2), *jobs("b", 1), *jobs("c", 1)]
    for one in waiting[:3]:
        one.group = "class"
    line.add(waiting)
    line.held.add("class")
    assert line.with_more(()) == [waiting[3]]
    assert list(line) == [waiting[n] for n in (3, 0, 1, 2)]
    assert line.take() is waiting[3]
    assert line.take() is None
    assert len(line) == 3
    line.held.clear()
    assert [line.take() for _ in range(3)] == [waiting[n] for n in (0, 2, 1)]


@given(st.lists(st.sampled_from(["a", "b", "c", "t", "x", None]), max_size=60))
def test_in_any_course_of_events_they_begin_as_was_said_and_none_is_lost(
    course: list[str | None],
) -> None:
    """None takes one; a name adds a run of that owner: a, b and c of a class, t first in it."""
    line, came, went = Line(), set(), set()
    for event in course:
        if event is not None:
            new = of_group("class" * (event != "x"), jobs(event, 1), first=event == "t")
            line.add(new)
            came.add(new[0].run)
        elif len(line):
            said = list(line)
            job = line.take()
            assert job is said[0]
            assert list(line) == said[1:]  # the order that was told holds while nobody comes
            went.add(job.run)
    assert came == went | {job.run for job in line}


@given(st.lists(st.integers(1, 9), min_size=2, max_size=6))
def test_while_all_wait_nobody_is_more_than_one_run_ahead(counts: list[int]) -> None:
    line = Line()
    for owner, many in enumerate(counts):
        line.add(jobs(chr(ord("a") + owner), many))
    began = dict.fromkeys("abcdef"[: len(counts)], 0)
    for _ in range(min(counts) * len(counts)):
        began[line.take().owner] += 1
        assert max(began.values()) - min(began.values()) <= 1
