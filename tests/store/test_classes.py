"""Classes, students, runs and votes in a real database."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from dropout_demo.class_rules.modes import MAX_STUDENTS, Rules
from dropout_demo.config import Dropout, RunConfig
from dropout_demo.problems import ConfigError
from dropout_demo.store import Store, StoreFull
from dropout_demo.store.classes import MAX_CLASSES_AN_OWNER, ClassRun

SETTING = RunConfig(dataset="shapes", train_size=500, epochs=3, dropout={"fc1": Dropout(0.5)})
RULES = Rules("contest", 3, 60, ("dropout", "epochs"))
CODE = "ABCDEF"


def add(store: Store, code: str = CODE, owner: str = "teacher") -> bool:
    return store.add_class(code, owner, "hash", "Tuesday", SETTING, RULES)


def test_a_class_is_kept_as_it_was_made(store: Store) -> None:
    before = time.time()
    assert add(store)
    found = store.class_(CODE)
    assert found is not None
    assert (found.code, found.owner, found.key, found.name) == (CODE, "teacher", "hash", "Tuesday")
    assert (found.setting, found.rules, found.state) == (SETTING, RULES, "open")
    assert before <= found.created == found.used <= time.time()
    assert store.class_("XXXXXX") is None
    assert store.classes("teacher") == [found]
    assert store.classes("other") == []


def test_a_code_is_given_once(store: Store) -> None:
    assert add(store)
    assert not add(store, owner="other")
    assert [one.owner for one in (store.class_(CODE),) if one] == ["teacher"]


def test_a_teacher_keeps_so_many_classes_and_no_more(store: Store) -> None:
    for count in range(MAX_CLASSES_AN_OWNER):
        assert add(store, f"A{count:05}")
    with pytest.raises(StoreFull, match="delete an old one"):
        add(store, "BBBBBB")
    assert store.delete_class("A00000")
    assert add(store, "BBBBBB")


def test_seats_are_given_in_order_and_kept(store: Store) -> None:
    add(store)
    ada, bo = store.join(CODE, "a", "Ada"), store.join(CODE, "b", "Bo")
    assert (ada.seat, bo.seat) == (0, 1)
    again = store.join(CODE, "a", "Countess")
    assert (again.seat, again.nickname, again.joined) == (0, "Countess", ada.joined)
    assert store.students(CODE) == [again, bo]
    assert store.student(CODE, "b") == bo
    assert store.student(CODE, "c") is None


def test_two_of_one_nickname_are_told_apart_and_nobody_loses_the_own(store: Store) -> None:
    add(store)
    assert store.join(CODE, "a", "Ada").nickname == "Ada"
    assert store.join(CODE, "b", "ADA").nickname == "ADA 2"
    assert store.join(CODE, "a", "Ada").nickname == "Ada"
    with pytest.raises(ConfigError):
        store.join(CODE, "c", "\u202e")
    assert len(store.students(CODE)) == 2


def test_a_full_class_takes_nobody_else_but_lets_its_own_in(store: Store) -> None:
    add(store)
    for count in range(MAX_STUDENTS):
        store.join(CODE, f"o{count}", f"S{count}")
    with pytest.raises(StoreFull, match=f"{MAX_STUDENTS} students"):
        store.join(CODE, "late", "Late")
    assert store.join(CODE, "o7", "S7").seat == 7


def test_all_who_join_at_one_moment_get_a_seat_of_their_own(store: Store) -> None:
    add(store)
    with ThreadPoolExecutor(8) as pool:
        joined = list(pool.map(lambda n: store.join(CODE, f"o{n}", "Ada"), range(40)))
    assert sorted(student.seat for student in joined) == list(range(40))
    assert len({student.nickname for student in joined}) == 40


def test_a_hidden_student_stays(store: Store) -> None:
    add(store)
    store.join(CODE, "a", "Rude")
    assert store.hide_student(CODE, 0, hidden=True)
    assert not store.hide_student(CODE, 1, hidden=True)
    assert [student.hidden for student in store.students(CODE)] == [True]
    assert store.hide_student(CODE, 0, hidden=False)


def test_runs_and_votes_belong_to_their_class(store: Store) -> None:
    add(store)
    add(store, "GHJKMN")
    store.add([("r1", SETTING), ("r2", SETTING)], "a", of_class=CODE)
    store.add([("r3", SETTING)], "b", of_class=CODE, first=True)
    store.add([("r4", SETTING)], "a", of_class="GHJKMN")
    store.add([("r5", SETTING)], "a")
    mine = [ClassRun("r1", "a", "queued"), ClassRun("r2", "a", "queued")]
    assert store.class_runs(CODE) == [*mine, ClassRun("r3", "b", "queued", first=True)]
    assert store.class_runs(CODE, "a") == mine
    assert store.class_runs(CODE, "b") == []  # a teacher's own run is nobody's turn
    assert store.classes_of(["r1", "r3", "r5"]) == {"r1": (CODE, False), "r3": (CODE, True)}
    assert store.paused_classes() == []
    store.change_class(CODE, state="paused")
    assert store.paused_classes() == [CODE]
    assert store.waiting_in("paused") == [CODE]
    assert store.waiting_in("open") == ["GHJKMN"]
    assert store.waiting_in("ended") == []
    store.vote(CODE, 0, "a", 1)
    store.vote(CODE, 0, "a", 2)
    store.vote(CODE, 0, "b", 0)
    store.vote(CODE, 1, "b", 3)
    assert store.votes(CODE, 0) == {"a": 2, "b": 0}
    assert store.votes(CODE, 1) == {"b": 3}
    assert store.votes("GHJKMN", 0) == {}


def test_a_class_goes_with_all_that_belongs_to_it(store: Store) -> None:
    for code in (CODE, "GHJKMN"):
        add(store, code)
        store.join(code, "a", "Ada")
        store.add([(f"run-{code}", SETTING)], "a", of_class=code)
        store.vote(code, 0, "a", 1)
    assert store.delete_class(CODE)
    assert not store.delete_class(CODE)
    assert store.students(CODE) == []
    assert not store.class_runs(CODE)
    assert not store.votes(CODE, 0)
    assert len(store.students("GHJKMN")) == 1


def test_old_classes_go_and_used_ones_stay(store: Store) -> None:
    add(store)
    later = time.time() + 1
    assert store.purge_classes(time.time() - 60) == 0
    add(store, "GHJKMN")
    found = store.class_("GHJKMN")
    assert found is not None
    assert store.purge_classes(found.used) == 1
    assert store.class_(CODE) is None
    assert store.purge_classes(later + 60) == 1


def test_a_class_is_paused_ended_renamed_and_opened_again(store: Store) -> None:
    add(store)
    for state in ("paused", "ended", "open"):
        assert store.change_class(CODE, state=state)
        found = store.class_(CODE)
        assert found is not None
        assert found.state == state
    assert store.change_class(CODE, name="Wednesday")
    assert not store.change_class("XXXXXX", state="paused")


def test_a_class_of_many_runs_is_read_whole(store: Store) -> None:
    add(store)
    runs = [f"r{count}" for count in range(1_200)]
    store.add([(run, SETTING) for run in runs], "a", of_class=CODE)
    assert [run.run for run in store.class_runs(CODE)] == runs
    assert [run.id for run in store.some(runs)] == runs
