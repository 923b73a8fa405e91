from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import URL

from dropout_demo.config import RunConfig
from dropout_demo.events import (
    Cancelled,
    Epoch,
    Event,
    Failed,
    Finished,
    Interrupted,
    Measure,
    Started,
    Step,
    to_json,
)
from dropout_demo.store import Store, StoreError

ROOT = Path(__file__).resolve().parents[1]
CONFIG = RunConfig(dataset="shapes", train_size=256, epochs=2)
STARTED = Started(device="cpu", precision="fp32", threads=1, parameters=361_034, steps=4)
EPOCH = Epoch(1, Measure(2.3, 0.1), Measure(2.2, 0.15), Measure(2.25, 0.125), 0.5)
FINISHED = Finished(Measure(2.125, 0.2), 1, 1.5)


def step(number: int) -> Step:
    return Step(step=number, epoch=1, loss=0.1 + 0.2, accuracy=1 / 3, images_per_second=1e3)


def url(path: Path) -> str:
    return f"sqlite:///{path}"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    store = Store(url(path))
    yield store
    store.close()


@pytest.fixture
def other(store: Store, path: Path) -> Iterator[Store]:
    """A second window on the same file."""
    other = Store(url(path))
    yield other
    other.close()


def test_what_append_returned_is_already_committed_for_others(store: Store, other: Store) -> None:
    store.add([("a", CONFIG)], "me")
    for seq, event in enumerate([STARTED, step(1), EPOCH, FINISHED], start=1):
        shown = store.append("a", event, seq)
        assert other.events("a")[-1] == shown
        assert other.last_seq("a") == seq


def test_an_event_is_stored_with_run_seq_time_and_its_own_fields_to_the_last_bit(
    store: Store,
) -> None:
    store.add([("a", CONFIG)], "me")
    before = store.append("a", STARTED, 1)["at"]
    shown = store.append("a", step(3), 2)
    assert shown == {"run": "a", "seq": 2, "at": shown["at"], **to_json(step(3))}
    assert shown["at"] >= before
    assert store.events("a", after=1) == [shown]


def test_events_after_a_seq_are_those_that_follow_it(store: Store) -> None:
    store.add([("a", CONFIG), ("b", CONFIG)], "me")
    for seq in range(1, 8):
        store.append("a", step(seq), seq)
    assert [event["seq"] for event in store.events("a", after=4)] == [5, 6, 7]
    assert store.events("a", after=7) == []
    assert store.events("b") == []
    assert store.events("nobody") == []
    assert store.last_seq("b") == 0


def test_no_seq_can_be_given_twice(store: Store) -> None:
    store.add([("a", CONFIG)], "me")
    first = store.append("a", step(1), 1)
    with pytest.raises(StoreError):
        store.append("a", step(2), 1)
    assert store.events("a") == [first]


def test_many_threads_append_without_loss_and_every_run_counts_from_one(store: Store) -> None:
    runs = [f"run{k}" for k in range(12)]
    store.add([(run, CONFIG) for run in runs], "me")

    def live(run: str) -> None:
        for seq in range(1, 31):
            store.append(run, step(seq), seq)

    with ThreadPoolExecutor(len(runs)) as pool:
        list(pool.map(live, runs))
    for run in runs:
        events = store.events(run)
        assert [event["seq"] for event in events] == list(range(1, 31))
        assert [event["step"] for event in events] == list(range(1, 31))


def test_two_processes_write_one_file_without_loss(store: Store, path: Path) -> None:
    count = 60
    store.add([("mine", CONFIG), ("theirs", CONFIG)], "me")
    script = f"""
from dropout_demo.events import Step
from dropout_demo.store import Store
store = Store({url(path)!r})
for seq in range(1, {count + 1}):
    store.append("theirs", Step(seq, 1, 0.5, 0.5, 1.0), seq)
store.close()
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": str(ROOT)}
    ) as process:
        for seq in range(1, count + 1):
            store.append("mine", step(seq), seq)
        assert process.wait(60) == 0
    for run in ("mine", "theirs"):
        assert [event["seq"] for event in store.events(run)] == list(range(1, count + 1))


def test_many_may_open_one_new_file_at_the_same_moment(path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        stores = list(pool.map(Store, [url(path)] * 8))
    stores[0].add([("a", CONFIG)], "me")
    assert [[run.id for run in store.runs()] for store in stores] == [["a"]] * 8
    for store in stores:
        store.close()


def test_a_restart_shows_everything_there_was(path: Path) -> None:
    first = Store(url(path))
    config = RunConfig.preset("quick", dataset="shapes", seed=7)
    first.add([("a", config), ("b", CONFIG)], "me")
    events = [first.append("a", what, k) for k, what in enumerate([STARTED, EPOCH, FINISHED], 1)]
    told = first.runs()
    first.close()
    second = Store(url(path))
    assert second.runs() == told
    assert second.events("a") == events
    assert [run.config for run in second.runs()] == [config, CONFIG]
    second.close()


@pytest.mark.parametrize(
    ("end", "status"),
    [
        (FINISHED, "finished"),
        (Failed("why"), "failed"),
        (Cancelled(), "cancelled"),
        (Interrupted(), "interrupted"),
    ],
)
def test_events_move_a_run_through_its_states(store: Store, end: Event, status: str) -> None:
    store.add([("a", CONFIG)], "me")
    run = store.run("a")
    assert run is not None
    assert (run.status, run.began, run.ended) == ("queued", None, None)
    began = store.append("a", STARTED, 1)["at"]
    run = store.run("a")
    assert run is not None
    assert (run.status, run.began, run.ended) == ("running", began, None)
    ended = store.append("a", end, 2)["at"]
    run = store.run("a")
    assert run is not None
    assert (run.status, run.began, run.ended) == (status, began, ended)


def test_the_summary_holds_the_last_epoch_and_the_end(store: Store) -> None:
    store.add([("a", CONFIG)], "me")
    second = Epoch(2, Measure(1.0, 0.5), Measure(0.9, 0.6), Measure(1.1, 0.4), 0.5)
    for seq, event in enumerate([STARTED, EPOCH, second, FINISHED], start=1):
        store.append("a", event, seq)
    run = store.run("a")
    assert run is not None
    assert run.summary == {"epoch": to_json(second), "finished": to_json(FINISHED)}


def test_runs_are_told_in_the_order_they_came_by_owner_and_state(store: Store) -> None:
    store.add([("a", CONFIG), ("b", CONFIG)], "me")
    store.add([("c", CONFIG)], "you")
    store.append("b", STARTED, 1)
    assert [run.id for run in store.runs()] == ["a", "b", "c"]
    assert [run.id for run in store.runs(owner="me")] == ["a", "b"]
    assert [run.id for run in store.runs(status=["queued"])] == ["a", "c"]
    assert [run.id for run in store.runs(limit=2)] == ["b", "c"]
    assert [run.id for run in store.some(["c", "nobody", "a"])] == ["c", "a"]
    assert store.count(["queued"]) == 2
    assert store.count(["queued", "running"], owner="me") == 2
    assert store.run("nobody") is None


def test_runs_are_added_all_or_none(store: Store) -> None:
    store.add([("a", CONFIG)], "me")
    with pytest.raises(StoreError):
        store.add([("b", CONFIG), ("a", CONFIG)], "me")
    assert [run.id for run in store.runs()] == ["a"]


def test_interrupting_touches_what_was_running_and_nothing_else(store: Store) -> None:
    store.add([(name, CONFIG) for name in ("waits", "runs", "done")], "me")
    for name in ("runs", "done"):
        store.append(name, STARTED, 1)
    store.append("runs", step(1), 2)
    store.append("done", FINISHED, 2)
    store.interrupt(["runs"])
    assert {run.id: run.status for run in store.runs()} == {
        "waits": "queued",
        "runs": "interrupted",
        "done": "finished",
    }
    assert [event["kind"] for event in store.events("runs")] == ["started", "step", "interrupted"]
    assert store.last_seq("runs") == 3


def test_text_of_a_visitor_is_kept_as_it_is(store: Store) -> None:
    name = "'; DROP TABLE runs; --"
    store.add([("a", CONFIG)], name)
    store.append("a", Failed("Größe \u2028 'x' \"y\" \0 z"), 1)
    assert [run.owner for run in store.runs(owner=name)] == [name]
    assert store.events("a")[0]["error"] == "Größe \u2028 'x' \"y\" \0 z"
    assert store.runs(owner="' OR 1=1 --") == []


def refusal(address: str) -> str:
    """Why a store cannot be opened; one sentence or two, on one line."""
    with pytest.raises(StoreError) as caught:
        Store(address)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert "Traceback" not in sentence
    assert "DROPOUT_DEMO_DATABASE" in sentence
    return sentence


def test_a_file_that_is_no_database_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear Sir or Madam, this is no database.\n" * 200)
    before = letter.read_bytes()
    assert "not a database" in refusal(url(letter))
    assert letter.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["letter.txt"]


def test_a_database_cut_off_in_the_middle_is_refused_and_left_as_it_was(path: Path) -> None:
    store = Store(url(path))
    store.add([(f"run{k}", CONFIG) for k in range(200)], "me")
    store.close()
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 3])
    before = path.read_bytes()
    assert refusal(url(path))
    assert path.read_bytes() == before


def test_a_read_only_database_is_refused_and_left_as_it_was(path: Path) -> None:
    # By SQLite's own mode=ro: a file's permissions do not bind the superuser.
    store = Store(url(path))
    store.add([("a", CONFIG)], "me")
    store.close()
    before = path.read_bytes()
    assert "read-only" in refusal(f"sqlite:///file:{path}?mode=ro&uri=true")
    assert path.read_bytes() == before


def test_a_file_without_write_permission_is_refused_and_left_as_it_was(path: Path) -> None:
    store = Store(url(path))
    store.close()
    path.chmod(0o444)
    if os.access(path, os.W_OK):
        pytest.skip("permissions do not bind this user")
    before = path.read_bytes()
    assert "read-only" in refusal(url(path))
    assert path.read_bytes() == before


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert "cannot be opened" in refusal(url(tmp_path))


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    assert "cannot be opened" in refusal(url(tmp_path / "no" / "such" / "runs.db"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full here")
def test_a_full_disk_is_named(tmp_path: Path) -> None:
    assert "disk is full" in refusal("sqlite:////dev/full")


@pytest.mark.parametrize(
    "address",
    [
        "rubbish",
        "",
        "oracle-of-delphi://x",
        "sqlite3://x",
        "postgresql+no_such_driver://u:s3cret@h/db",
        "postgresql://u:s3cret@h:port/db",
        "mysql+no_such_driver://u:s3cret@h/db",
    ],
)
def test_an_address_that_means_nothing_is_refused_without_telling_its_password(
    address: str,
) -> None:
    assert "s3cret" not in refusal(address)


def test_a_database_of_another_version_is_refused_and_left_as_it_was(path: Path) -> None:
    store = Store(url(path))
    store.add([("a", CONFIG)], "me")
    store.close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE about SET version = 99")
    connection.close()
    before = path.read_bytes()
    assert "another version" in refusal(url(path))
    assert path.read_bytes() == before


def test_who_holds_the_file_for_a_moment_makes_others_wait_and_not_fail(
    store: Store, path: Path
) -> None:
    store.add([("a", CONFIG)], "me")
    holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(store.append, "a", STARTED, 1)
        assert store.events("a") == []  # readers do not wait
        assert not waiting.done()
        holder.execute("COMMIT")
        assert waiting.result(30)["seq"] == 1
    holder.close()


def test_a_store_that_fails_later_says_so_in_a_sentence(path: Path) -> None:
    store = Store(url(path))
    store.add([("a", CONFIG)], "me")
    store.close()
    for file in path.parent.glob("runs.db*"):
        file.unlink()
    shutil.rmtree(path.parent)
    with pytest.raises(StoreError, match=r"cannot be opened.*\.$"):
        store.events("a")
    store.close()


def test_the_database_of_another_program_is_refused_and_left_as_it_was(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()
    assert "belongs to another program" in refusal(url(path))
    connection = sqlite3.connect(path)
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master")]
    connection.close()
    assert tables == ["recipes"]


def test_a_run_that_another_version_wrote_is_left_out_and_harms_no_other(
    store: Store, path: Path
) -> None:
    store.add([("old", RunConfig()), ("new", RunConfig(seed=1))], "me")
    connection = sqlite3.connect(path)
    connection.execute("UPDATE runs SET config = '{\"rate_of_tomorrow\": 1}' WHERE id = 'old'")
    connection.commit()
    connection.close()
    assert [run.id for run in store.runs()] == ["new"]
    assert store.run("old") is None


def test_runs_can_be_handed_to_another_server(store: Store) -> None:
    store.add([("a", CONFIG), ("b", CONFIG)], "me", "first")
    store.hand_over(["b"], "second")
    assert [run.server for run in store.runs()] == ["first", "second"]


def test_a_database_in_memory_is_refused() -> None:
    assert "in memory" in refusal("sqlite://")


def test_a_path_may_hold_any_character(tmp_path: Path) -> None:
    path = tmp_path / "a?b %20#c" / "runs.db"
    path.parent.mkdir()
    store = Store(URL.create("sqlite", database=str(path)))
    store.close()
    assert path.stat().st_size > 0
