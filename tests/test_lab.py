from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from dropout_demo import lab as lab_module
from dropout_demo.config import RunConfig
from dropout_demo.events import Started
from dropout_demo.lab import Lab, close_lab, lab
from dropout_demo.store import Store
from tests.serving import LONG, TINY, gone, prepared_home, until

STARTED = Started(device="cpu", precision="fp32", threads=1, parameters=1, steps=8)
SHORT = RunConfig.parse(TINY)


@dataclass(frozen=True)
class Clock:
    """A clock that stands still."""

    now: float

    def time(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def prepared(
    home: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A home with images, and the backend that needs no process."""
    folder = prepared_home(tmp_path_factory)
    monkeypatch.setenv("DROPOUT_DEMO_HOME", str(folder))
    monkeypatch.setenv("DROPOUT_DEMO_BACKEND", "thread")
    return folder


@pytest.fixture
def made() -> Iterator[list[Lab]]:
    """Laboratories that are closed at the end of the test."""
    labs: list[Lab] = []
    yield labs
    for one in reversed(labs):
        one.close()


def open_lab(made: list[Lab]) -> Lab:
    made.append(Lab())
    made[-1].start()
    return made[-1]


def until_ended(one: Lab, run: str) -> str:
    def status() -> str | None:
        found = one.store.run(run)
        return found.status if found is not None and found.ended is not None else None

    return until(status, what="the end of the run") or ""


def test_a_laboratory_trains_and_the_next_one_remembers(made: list[Lab]) -> None:
    first = open_lab(made)
    assert first.warnings == []
    (run,) = first.jobs.submit([SHORT], "me")
    assert until_ended(first, run) == "finished"
    events = first.store.events(run)
    made.pop().close()
    second = open_lab(made)
    assert second.store.events(run) == events
    assert second.warnings == []


def test_a_start_removes_what_was_deleted_more_than_a_day_ago(
    made: list[Lab], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = open_lab(made)
    runs = [first.jobs.submit([SHORT], "me")[0] for _ in range(2)]
    for run in runs:
        assert until_ended(first, run) == "finished"
    day = lab_module.UNDO_SECONDS
    for run, ago in zip(runs, (day + 60, day - 60), strict=True):
        with monkeypatch.context() as patch:
            patch.setattr("dropout_demo.store.shelf.time", Clock(time.time() - ago))
            first.store.delete("me", [run])
    made.pop().close()
    second = open_lab(made)
    assert [run.id for run in second.store.runs(deleted=True)] == [runs[1]]
    assert second.store.events(runs[0]) == []


def test_starting_twice_does_nothing(made: list[Lab]) -> None:
    one = open_lab(made)
    one.start()
    (run,) = one.jobs.submit([SHORT], "me")
    assert until_ended(one, run) == "finished"


def test_closing_in_the_middle_of_a_run_leaves_it_to_the_next_laboratory(
    made: list[Lab], prepared: Path
) -> None:
    one = open_lab(made)
    (run,) = one.jobs.submit([RunConfig.parse(LONG)], "me")
    until(lambda: one.store.last_seq(run) > 1, what="steps")
    made.pop().close()
    store = Store(f"sqlite:///{prepared / 'runs.db'}")
    (left,) = store.some([run])
    assert left.status == "running"
    assert store.events(run)[-1]["kind"] in ("started", "step", "epoch")
    store.close()


def test_a_database_that_cannot_be_used_gives_a_warning_and_one_for_now(
    made: list[Lab], prepared: Path
) -> None:
    broken = prepared / "runs.db"
    broken.write_bytes(b"this was a database once" * 1_000)
    before = broken.read_bytes()
    one = open_lab(made)
    (warning,) = one.warnings
    assert "not a database" in warning
    assert warning.endswith("Until then, runs are kept only while this server runs.")
    (run,) = one.jobs.submit([SHORT], "me")
    assert until_ended(one, run) == "finished"
    substitute = one.store.file
    assert substitute is not None
    assert substitute.exists()
    made.pop().close()
    assert broken.read_bytes() == before
    assert not substitute.parent.exists()


def test_a_home_that_cannot_be_made_gives_a_warning(
    made: list[Lab], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("a file")
    monkeypatch.setenv("DROPOUT_DEMO_HOME", str(tmp_path / "file" / "home"))
    monkeypatch.setattr("dropout_demo.datajobs.DataJobs.prepare_first", lambda _: None)
    one = open_lab(made)
    assert "name another by DROPOUT_DEMO_HOME" in one.warnings[0]
    assert one.jobs.counts()["running"] == 0


def test_a_second_server_on_one_home_leaves_the_firsts_runs_alone(made: list[Lab]) -> None:
    first = open_lab(made)
    (run,) = first.jobs.submit([RunConfig.parse(LONG)], "me")
    until(lambda: first.store.last_seq(run) > 1, what="steps")
    second = open_lab(made)
    assert second.warnings == []
    assert [found.status for found in second.store.some([run])] == ["running"]
    made.pop().close()
    assert [found.status for found in first.store.some([run])] == ["running"]
    assert not second.jobs.cancel(run)
    assert first.jobs.cancel(run)
    assert until_ended(first, run) == "cancelled"


def test_settings_that_make_no_sense_are_warnings(
    made: list[Lab], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DROPOUT_DEMO_SLOTS", "many")
    one = open_lab(made)
    assert "DROPOUT_DEMO_SLOTS is 'many'" in one.warnings[0]
    assert one.jobs.slots >= 1


def test_everybody_gets_the_same_laboratory_until_it_is_closed() -> None:
    try:
        found: list[Lab] = []
        threads = [threading.Thread(target=lambda: found.append(lab())) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({id(one) for one in found}) == 1
    finally:
        close_lab()
    assert lab_module._lab is None
    close_lab()  # nothing there: nothing happens


def test_no_process_is_left_by_a_laboratory_with_workers(
    made: list[Lab], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DROPOUT_DEMO_BACKEND", "local")
    monkeypatch.setenv("DROPOUT_DEMO_SLOTS", "2")
    before = psutil.Process().children(recursive=True)
    open_lab(made)
    after = psutil.Process().children(recursive=True)
    children = [child for child in after if child not in before]
    assert len(children) == 2
    made.pop().close()
    assert gone(children)
