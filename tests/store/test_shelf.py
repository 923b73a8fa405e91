from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropout_demo.config import MAX_ARMS, MAX_NAME_CHARACTERS, RunConfig
from dropout_demo.events import Cancelled, Event, Finished, Measure, Started
from dropout_demo.marks import clean_text, marks_from
from dropout_demo.problems import ConfigError
from dropout_demo.store import Run, Store

CONFIG = RunConfig(dataset="shapes", train_size=256, epochs=2)
STARTED = Started(device="cpu", precision="fp32", threads=1, parameters=1, steps=4)
FINISHED = Finished(Measure(2.125, 0.2), 1, 1.5)


@pytest.fixture
def shelf(store: Store) -> Store:
    """Three runs of mine and one of yours, all of them finished."""
    store.add([(name, CONFIG.with_seed(seed)) for seed, name in enumerate("abc")], "me")
    store.add([("yours", CONFIG)], "you")
    for run in ("a", "b", "c", "yours"):
        end(store, run, FINISHED)
    return store


def end(store: Store, run: str, event: Event) -> None:
    store.append(run, STARTED, 1)
    store.append(run, event, 2)


def one(store: Store, run: str) -> Run:
    found = store.run(run)
    assert found is not None
    return found


def test_marks_are_kept_and_those_not_named_stay(shelf: Store) -> None:
    assert shelf.mark("me", ["a", "b"], name="warm", colour=0, pinned=True) == 2
    assert shelf.mark("me", ["a"], hidden=True) == 1
    assert shelf.mark("me", ["b"], colour=None, pinned=False) == 1
    a, b, c = shelf.runs("me")
    assert (a.name, a.colour, a.pinned, a.hidden) == ("warm", 0, True, True)
    assert (b.name, b.colour, b.pinned, b.hidden) == ("warm", None, False, False)
    assert (c.name, c.colour, c.pinned, c.hidden) == ("", None, False, False)
    assert shelf.mark("me", ["a"], name="") == 1
    assert one(shelf, "a").name == ""


def test_nobody_changes_anothers_runs(shelf: Store) -> None:
    before = shelf.runs()
    assert shelf.mark("you", ["a", "b"], name="mine now", pinned=True) == 0
    assert shelf.delete("you", ["a", "b", "nobody"]) == 0
    assert shelf.runs() == before
    assert shelf.delete("me", ["a"]) == 1
    assert shelf.restore("you", ["a"]) == 0
    assert shelf.run("a") is None


def test_a_call_for_several_touches_those_that_are_ones_own(shelf: Store) -> None:
    assert shelf.mark("me", ["a", "yours", "nobody"], hidden=True) == 1
    assert shelf.mark("me", ["a", "yours"]) == 1
    assert [run.hidden for run in shelf.some(["a", "yours"])] == [True, False]


@pytest.mark.parametrize(
    "marks",
    [
        {"name": "x" * (MAX_NAME_CHARACTERS + 1)},
        {"name": 3},
        {"colour": MAX_ARMS},
        {"colour": -1},
        {"colour": True},
        {"colour": "red"},
        {"pinned": 1},
        {"hidden": None},
        {"status": "finished"},
    ],
)
def test_marks_that_make_no_sense_are_refused_and_change_nothing(
    shelf: Store, marks: dict[str, Any]
) -> None:
    before = shelf.runs()
    with pytest.raises(ConfigError) as caught:
        shelf.mark("me", ["a"], **marks)
    assert str(caught.value).startswith(next(iter(marks)))
    assert shelf.runs() == before


def test_all_that_is_wrong_with_marks_is_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        marks_from({"name": 1, "colour": 99, "pinned": "yes", "x": 0})
    assert [p.field for p in caught.value.problems] == ["name", "colour", "pinned", "x"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  two \n words\t", "two words"),
        ("\u202egnirts\u202c \u2066x\u2069", "gnirts x"),
        ("a\u0000b\u001b[31mc\u200b\ufeff", "ab[31mc"),
        ("half \ud800 of it", "half of it"),
        ("line\u2028separator", "line separator"),
        ("e\u0301", "é"),
        ("👩\u200d🔬", "👩\u200d🔬"),
        ("<b>'; DROP TABLE runs; --</b>", "<b>'; DROP TABLE runs; --</b>"),
    ],
)
def test_a_name_is_plain_text_on_one_line(shelf: Store, typed: str, kept: str) -> None:
    shelf.mark("me", ["a"], name=typed)
    assert one(shelf, "a").name == kept


@given(st.text(st.characters(codec=None)))
def test_cleaned_text_can_be_stored_is_printable_and_stays_as_it_is(text: str) -> None:
    clean = clean_text(text)
    clean.encode()
    assert clean == clean_text(clean)
    assert clean.replace("\u200c", "").replace("\u200d", "").isprintable()


def test_a_deleted_run_is_not_there_until_it_is_restored(shelf: Store) -> None:
    told = shelf.runs("me")
    events = shelf.events("b")
    before = time.time()
    assert shelf.delete("me", ["b", "c"]) == 2
    assert shelf.delete("me", ["b"]) == 0
    assert shelf.run("b") is None
    assert [run.id for run in shelf.runs("me")] == ["a"]
    assert [run.id for run in shelf.some(["a", "b"])] == ["a"]
    assert shelf.count(["finished"], "me") == shelf.count_on_shelf("me") == 1
    assert shelf.mark("me", ["b"], name="x") == 0
    away = shelf.runs("me", deleted=True)
    assert [run.id for run in away] == ["b", "c"]
    assert all(run.deleted is not None and run.deleted >= before for run in away)
    assert shelf.restore("me", ["b", "c", "a"]) == 2
    assert shelf.runs("me") == told
    assert shelf.events("b") == events


def test_purging_removes_what_was_deleted_before_a_time_and_its_events(
    shelf: Store, path: Path
) -> None:
    shelf.delete("me", ["a"])
    between = time.time()
    time.sleep(0.01)
    shelf.delete("me", ["b"])
    assert len(shelf.purge(between)) == 1
    assert shelf.purge(between) == []
    assert shelf.restore("me", ["a", "b"]) == 1
    connection = sqlite3.connect(path)
    kept = {run for (run,) in connection.execute("SELECT run FROM events")}
    connection.close()
    assert kept == {"b", "c", "yours"}
    assert [run.id for run in shelf.runs()] == ["b", "c", "yours"]


def test_purging_spares_a_run_whose_worker_still_writes(store: Store) -> None:
    store.add([("a", CONFIG)], "me")
    store.append("a", STARTED, 1)
    store.delete("me", ["a"])
    assert store.purge(time.time() + 1) == []
    store.append("a", Cancelled(), 2)
    assert len(store.purge(time.time() + 1)) == 1


def test_finished_gives_the_newest_run_trained_to_its_end_by_its_owner(shelf: Store) -> None:
    config = CONFIG.with_seed(1)  # b's
    hashes = [config.hash, CONFIG.hash, "0" * 16]
    assert {run.id for run in shelf.finished("me", hashes).values()} == {"a", "b"}
    assert shelf.finished("stranger", hashes) == {}
    shelf.add([("again", config), ("cut", config), ("waits", config)], "me")
    end(shelf, "again", FINISHED)
    end(shelf, "cut", Cancelled())
    assert shelf.finished("me", [config.hash])[config.hash].id == "again"
    shelf.delete("me", ["again"])
    assert shelf.finished("me", [config.hash])[config.hash].id == "b"
    assert shelf.finished("me", []) == {}


def test_an_imported_run_is_on_the_shelf_but_never_in_place_of_training(store: Store) -> None:
    events = [
        {"seq": 1, "at": 5.0, "kind": "started", "device": "cpu"},
        {"seq": 2, "at": 6.0, "kind": "epoch", "epoch": 1},
        {"seq": 3, "at": 7.0, "kind": "finished", "best_epoch": 1},
    ]
    store.add_imported([("a", CONFIG, "named", events)], "me")
    run = one(store, "a")
    assert (run.imported, run.status, run.began, run.ended) == (True, "finished", 5.0, 7.0)
    assert (run.name, run.server) == ("named", "")
    assert run.summary == {
        "epoch": {"kind": "epoch", "epoch": 1},
        "finished": {"kind": "finished", "best_epoch": 1},
    }
    assert [event["run"] for event in store.events("a")] == ["a"] * 3
    assert store.finished("me", [CONFIG.hash]) == {}


def test_a_visitors_text_in_an_id_or_owner_finds_nothing(shelf: Store) -> None:
    before = shelf.runs()
    assert shelf.delete("' OR 1=1 --", ["a"]) == 0
    assert shelf.mark("me", ["' OR 1=1 --"], name="x") == 0
    assert shelf.finished("me", ["%"]) == {}
    assert shelf.runs() == before
