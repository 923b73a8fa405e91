from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dropout_demo import execution, takeups
from dropout_demo.backends import WorkerState
from dropout_demo.backends.thread import ThreadBackend
from dropout_demo.config import MAX_QUEUED, MAX_QUEUED_AN_OWNER, RunConfig
from dropout_demo.cores import cores, division
from dropout_demo.data import Data
from dropout_demo.events import (
    Cancelled,
    Epoch,
    Event,
    Failed,
    Finished,
    Measure,
    Started,
    Step,
    to_json,
)
from dropout_demo.execution import execute
from dropout_demo.jobs import Jobs, QueueFull
from dropout_demo.store import Store, StoreError
from dropout_demo.training import never
from dropout_demo.weights import epochs_in, file_of, folder_of
from tests.serving import RUN_LIMIT, TINY, outcome, until

CONFIG = RunConfig(dataset="shapes", train_size=256, epochs=2, batch_size=64)
STARTED = Started(device="cpu", precision="fp32", threads=1, parameters=1, steps=CONFIG.steps)
FINISHED = Finished(Measure(1.0, 0.5), 1, 0.25)
EPOCH = Epoch(1, Measure(2.0, 0.2), Measure(1.9, 0.2), Measure(1.8, 0.3), 0.1)
STEP = Step(5, 2, 1.9, 0.2, 100.0)
LIMIT = 30.0


def seeded(seed: int) -> RunConfig:
    return CONFIG.model_copy(update={"seed": seed})


class Scripted:
    """A backend of this test alone: each run goes on until the test lets it end.

    Training is not what is tested here; the queue and the store are real.
    """

    name = "scripted"

    def __init__(self) -> None:
        self.began: list[int] = []  # seeds, in the order in which runs began
        self.now = 0
        self.most = 0  # runs at a time, ever
        self.closed = False
        self.go = threading.Event()  # every run ends as finished
        self.ends: dict[int, Callable[[], Iterator[Event]]] = {}  # by seed
        self._lock = threading.Lock()

    def start(self) -> None:
        pass

    def run(
        self,
        config: RunConfig,
        threads: int,
        should_stop: Callable[[], bool],
        weights: Path | None = None,
    ) -> Iterator[Event]:
        with self._lock:
            self.began.append(config.seed)
            self.now += 1
            self.most = max(self.most, self.now)
        try:
            yield STARTED
            yield Step(2, 1, 2.0, 0.1, 100.0)
            if config.seed in self.ends:
                yield from self.ends[config.seed]()
                return
            while not self.go.wait(0.005):
                if should_stop():
                    yield Cancelled()
                    return
            yield FINISHED
        finally:
            with self._lock:
                self.now -= 1

    def workers(self) -> list[WorkerState]:
        return []

    def device(self) -> dict[str, Any] | None:
        return None

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path / 'runs.db'}")
    yield store
    store.close()


@pytest.fixture
def backend() -> Scripted:
    return Scripted()


@pytest.fixture
def jobs(store: Store, backend: Scripted) -> Iterator[Jobs]:
    jobs = Jobs(store, backend, slots=2, threads=1)
    jobs.start()
    yield jobs
    jobs.close()
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("run-")] == []


def status(store: Store, run: str) -> str:
    found = store.run(run)
    assert found is not None
    return found.status


def until_status(store: Store, run: str, wanted: str) -> None:
    until(lambda: status(store, run) == wanted, LIMIT, wanted)


def kinds(store: Store, run: str) -> list[str]:
    return [event["kind"] for event in store.events(run)]


def test_runs_begin_in_the_order_in_which_they_came(
    jobs: Jobs, store: Store, backend: Scripted
) -> None:
    ids = [jobs.submit([seeded(k)], owner=f"o{k % 3}")[0] for k in range(20)]
    backend.go.set()
    for run in ids:
        until_status(store, run, "finished")
    assert [run.id for run in store.runs()] == ids
    assert sorted(backend.began) == list(range(20))
    for place, seed in enumerate(backend.began):  # two slots: neighbours may change places
        assert abs(place - seed) <= 1


def test_never_more_than_the_slots_and_no_run_lost_or_twice_under_many_threads(
    store: Store, backend: Scripted
) -> None:
    jobs = Jobs(store, backend, slots=3, threads=1)
    jobs.start()
    backend.go.set()

    def submit(person: int) -> list[str]:
        first = [seeded(person * 10 + k) for k in range(2)]
        second = [seeded(person * 10 + k) for k in range(2, 5)]
        return jobs.submit(first, f"o{person}") + jobs.submit(second, f"o{person}")

    with ThreadPoolExecutor(16) as pool:
        ids = [run for some in pool.map(submit, range(16)) for run in some]
    for run in ids:
        until_status(store, run, "finished")
    jobs.close()
    assert len(set(ids)) == 80
    assert backend.most <= 3
    assert sorted(backend.began) == sorted(p * 10 + k for p in range(16) for k in range(5))
    for run in ids:
        assert kinds(store, run) == ["started", "step", "finished"]
        assert [event["seq"] for event in store.events(run)] == [1, 2, 3]


def test_cancelling_and_submitting_at_once_ends_every_run_exactly_once(
    jobs: Jobs, store: Store, backend: Scripted
) -> None:
    ids = jobs.submit([seeded(k) for k in range(40)], "me")
    backend.go.set()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(jobs.cancel, ids[::-1] * 2))
    until(lambda: store.count(["queued", "running"]) == 0, LIMIT, "the end of all runs")
    for run in ids:
        ends = [kind for kind in kinds(store, run) if kind in ("finished", "cancelled")]
        assert ends == [status(store, run)]
    assert len(backend.began) == len(set(backend.began))


def test_a_waiting_run_is_cancelled_at_once_and_never_begins(
    jobs: Jobs, store: Store, backend: Scripted
) -> None:
    *first, waiting = jobs.submit([seeded(k) for k in range(3)], "me")
    assert jobs.cancel(waiting)
    assert (status(store, waiting), kinds(store, waiting)) == ("cancelled", ["cancelled"])
    backend.go.set()
    for run in first:
        until_status(store, run, "finished")
    assert sorted(backend.began) == [0, 1]


def test_a_running_run_is_cancelled_within_a_second_and_frees_its_slot(
    jobs: Jobs, store: Store
) -> None:
    running, _, waiting = jobs.submit([seeded(k) for k in range(3)], "me")
    until_status(store, running, "running")
    assert jobs.cancel(running)
    until(lambda: status(store, running) == "cancelled", 1.0, "its end")
    until_status(store, waiting, "running")


def test_what_is_not_here_cannot_be_cancelled(jobs: Jobs, store: Store, backend: Scripted) -> None:
    (run,) = jobs.submit([CONFIG], "me")
    backend.go.set()
    until_status(store, run, "finished")
    until(lambda: jobs.counts()["running"] == 0, LIMIT, "the free slot")
    assert not jobs.cancel(run)
    assert not jobs.cancel("nobody")
    assert status(store, run) == "finished"


def test_a_learner_has_a_limit_and_others_are_not_held_by_it(jobs: Jobs, store: Store) -> None:
    jobs.submit([CONFIG] * (MAX_QUEUED_AN_OWNER - 1), "me")
    few = f"at most {MAX_QUEUED_AN_OWNER} at a time, so 1 more may be queued now"
    with pytest.raises(QueueFull, match=few):
        jobs.submit([CONFIG] * 2, "me")
    assert store.count(["queued", "running"], owner="me") == MAX_QUEUED_AN_OWNER - 1
    jobs.submit([CONFIG], "me")
    jobs.submit([CONFIG], "you")


def test_the_queue_has_a_limit(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dropout_demo.jobs.MAX_QUEUED", 5)
    assert MAX_QUEUED > 5
    for owner in range(7):
        jobs.submit([CONFIG], f"o{owner}")
    with pytest.raises(QueueFull, match="5 is the most: no more may be queued now"):
        jobs.submit([CONFIG], "late")
    assert jobs.counts() == {"slots": 2, "threads": 1, "running": 2, "queued": 5}


def test_what_was_trained_before_is_shown_again_and_the_rest_is_trained(
    jobs: Jobs, store: Store, backend: Scripted
) -> None:
    backend.go.set()
    before = jobs.submit([seeded(1), seeded(3)], "me")
    jobs.submit([seeded(2)], "you")
    until(lambda: store.count(["finished"]) == 3, LIMIT, "the end of all runs")
    done = jobs.submit_new([seeded(k) for k in (0, 1, 2, 3)], "me")
    assert [done.ids[1], done.ids[3]] == done.reused == before
    assert len(set(done.ids)) == 4
    for run, seed in zip(done.ids, range(4), strict=True):
        until_status(store, run, "finished")
        assert store.some([run])[0].config.seed == seed
    assert sorted(backend.began) == [0, 1, 2, 2, 3]  # yours is not mine
    assert jobs.submit_new([seeded(0)], "me").reused == [done.ids[0]]


def test_anew_means_anew_and_equal_configurations_are_trained_once(
    jobs: Jobs, store: Store, backend: Scripted
) -> None:
    backend.go.set()
    (before,) = jobs.submit([seeded(1)], "me")
    until_status(store, before, "finished")
    same = seeded(1).model_copy(update={"dropout": {}})
    done = jobs.submit_new([seeded(1), seeded(2), same, seeded(2)], "me", reuse=False)
    assert done.reused == []
    assert before not in done.ids
    assert [done.ids.index(run) for run in done.ids] == [0, 1, 0, 1]
    for run in done.ids:
        until_status(store, run, "finished")
    assert sorted(backend.began) == [1, 1, 2]


def test_a_second_press_queues_nothing_twice(jobs: Jobs, store: Store, backend: Scripted) -> None:
    first = jobs.submit_new([seeded(k) for k in range(4)], "me")  # some train, some wait
    again = jobs.submit_new([seeded(k) for k in range(5)], "me")
    assert again.ids[:4] == first.ids
    assert again.reused == []
    assert jobs.submit_new([seeded(0)], "you").ids[0] not in first.ids
    assert jobs.submit_new([seeded(0)], "me", reuse=False).ids[0] not in first.ids
    assert store.count(["queued", "running"], "me") == 6
    backend.go.set()


def test_only_what_came_to_its_end_and_is_still_there_is_shown_again(
    jobs: Jobs, store: Store, backend: Scripted
) -> None:
    cancelled, deleted, waiting = jobs.submit([seeded(k) for k in (1, 2, 3)], "me")
    assert jobs.cancel(cancelled)
    until_status(store, cancelled, "cancelled")
    backend.go.set()
    until_status(store, waiting, "finished")
    until_status(store, deleted, "finished")
    store.delete("me", [deleted])
    done = jobs.submit_new([seeded(k) for k in (1, 2, 3)], "me")
    assert done.reused == [waiting]
    assert cancelled not in done.ids
    assert deleted not in done.ids


def test_new_runs_are_queued_all_or_none(jobs: Jobs, store: Store) -> None:
    jobs.submit([CONFIG] * (MAX_QUEUED_AN_OWNER - 1), "me")
    with pytest.raises(QueueFull, match="1 more may be queued now"):
        jobs.submit_new([seeded(1), seeded(2)], "me")
    assert store.count(["queued", "running"], "me") == MAX_QUEUED_AN_OWNER - 1
    assert jobs.submit_new([], "me").ids == []


def test_many_threads_that_ask_for_the_same_get_one_run_each_time_it_is_not_there(
    jobs: Jobs, store: Store, backend: Scripted
) -> None:
    backend.go.set()
    configs = [seeded(k) for k in range(4)]
    first = jobs.submit_new(configs, "me")
    for run in first.ids:
        until_status(store, run, "finished")
    with ThreadPoolExecutor(8) as pool:
        asked = list(pool.map(lambda _: jobs.submit_new(configs, "me"), range(24)))
    assert all(done.ids == done.reused == first.ids for done in asked)
    assert len(backend.began) == 4


def test_a_run_deleted_while_it_trained_ends_at_the_next_start(
    store: Store, backend: Scripted
) -> None:
    store.add([("cut", CONFIG), ("waits", seeded(7))], "me")
    store.append("cut", STARTED, 1)
    store.delete("me", ["cut", "waits"])
    jobs = Jobs(store, backend, slots=1, threads=1)
    jobs.start()
    jobs.close()
    assert backend.began == []
    assert [run.status for run in store.runs(deleted=True)] == ["interrupted"] * 2


def test_a_place_in_the_queue_and_the_time_left_are_told(
    jobs: Jobs, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dropout_demo.jobs.PLAN_SECONDS", 0.0)
    ids = jobs.submit([seeded(k) for k in range(5)], "me")
    for run in ids[:2]:
        until(lambda run=run: store.last_seq(run) == 2, LIMIT, "a step")
    told = [jobs.outlook(run) or {} for run in ids]
    assert [one["status"] for one in told] == ["running"] * 2 + ["queued"] * 3
    assert [one["position"] for one in told] == [None, None, 1, 2, 3]
    assert all(0 < one["progress"] < 1 for one in told[:2])
    assert [one["progress"] for one in told[2:]] == [0, 0, 0]
    waits = [one["seconds_left"] for one in told[2:]]
    assert all(seconds >= 0 for seconds in waits)
    assert waits[2] >= waits[0]
    assert jobs.cancel(ids[2])
    assert (jobs.outlook(ids[3]) or {})["position"] == 1
    assert jobs.outlook(ids[2]) is None
    assert jobs.outlook("nobody") is None


def test_a_forecast_grows_with_what_is_asked_and_with_what_waits(jobs: Jobs) -> None:
    long = CONFIG.model_copy(update={"epochs": 20})
    empty = jobs.forecast([CONFIG], "me")
    assert 0 < empty < jobs.forecast([long], "me")
    assert jobs.forecast([], "me") == 0.0
    assert jobs.forecast([CONFIG, CONFIG], "me") == empty  # side by side
    jobs.submit([long] * 4, "me")
    assert jobs.forecast([CONFIG], "me") > empty


def test_who_comes_with_one_run_does_not_wait_for_all_of_anothers(
    jobs: Jobs, store: Store, backend: Scripted
) -> None:
    many = jobs.submit([seeded(k) for k in range(20)], "many")
    assert jobs.forecast([seeded(99)], "one") < jobs.forecast([seeded(99)], "many")
    [one] = jobs.submit([seeded(99)], "one")
    assert (jobs.outlook(one) or {})["position"] == 1
    assert (jobs.outlook(many[-1]) or {})["position"] == 19
    backend.go.set()
    for run in [one, *many]:
        until_status(store, run, "finished")
    assert backend.began.index(99) <= 3  # two trained already, and two begin at once


def test_a_backend_that_raises_fails_the_run_and_the_next_goes_on(
    jobs: Jobs, store: Store, backend: Scripted, caplog: pytest.LogCaptureFixture
) -> None:
    def raises() -> Iterator[Event]:
        raise KeyError("a mistake of ours")
        yield

    backend.ends[1] = raises
    backend.go.set()
    wrong, right = jobs.submit([seeded(1), seeded(2)], "me")
    until_status(store, wrong, "failed")
    until_status(store, right, "finished")
    assert "An error of the program" in store.events(wrong)[-1]["error"]
    assert "a mistake of ours" in caplog.text


def test_a_backend_that_raises_after_the_end_changes_nothing(
    jobs: Jobs, store: Store, backend: Scripted
) -> None:
    def raises_late() -> Iterator[Event]:
        yield FINISHED
        raise OSError("no new worker could be started")

    backend.ends[1] = raises_late
    (run,) = jobs.submit([seeded(1)], "me")
    until(lambda: jobs.counts()["running"] == 0, LIMIT, "the free slot")
    assert (status(store, run), kinds(store, run)) == ("finished", ["started", "step", "finished"])


def test_a_backend_that_stops_without_an_end_fails_the_run(
    jobs: Jobs, store: Store, backend: Scripted
) -> None:
    backend.ends[1] = lambda: iter(())
    (run,) = jobs.submit([seeded(1)], "me")
    until_status(store, run, "failed")


def test_a_run_whose_events_cannot_be_kept_fails_and_frees_its_slot(
    jobs: Jobs, store: Store, backend: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = store.append
    full = threading.Event()

    def append_once_in_vain(run: str, what: Event, seq: int) -> dict[str, Any]:
        if what.kind == "finished" and not full.is_set():
            full.set()
            raise StoreError("The disk is full.")
        return append(run, what, seq)

    monkeypatch.setattr(store, "append", append_once_in_vain)
    backend.go.set()
    (run,) = jobs.submit([CONFIG], "me")
    until_status(store, run, "failed")
    until(lambda: jobs.counts()["running"] == 0, LIMIT, "the free slot")
    assert kinds(store, run) == ["started", "step", "failed"]
    assert store.last_seq(run) == 3
    assert "The disk is full." in store.events(run)[-1]["error"]


def test_closing_leaves_what_runs_and_what_waits_to_the_next_server(
    store: Store, backend: Scripted
) -> None:
    jobs = Jobs(store, backend, slots=2, threads=1)
    jobs.start()
    ids = jobs.submit([seeded(k) for k in range(4)], "me")
    for run in ids[:2]:
        until(lambda run=run: store.last_seq(run) == 2, LIMIT, "a step")
    jobs.close()
    assert backend.closed
    assert [status(store, run) for run in ids] == ["running"] * 2 + ["queued"] * 2
    assert kinds(store, ids[0]) == ["started", "step"]
    with pytest.raises(QueueFull, match="ending"):
        jobs.submit([CONFIG], "me")

    after = Scripted()
    after.go.set()
    following = Jobs(store, after, slots=1, threads=1)
    following.start()
    for run in ids:
        until_status(store, run, "finished")
    following.close()
    assert after.began == [0, 1, 2, 3]  # what trained before what waited
    for run in ids:  # what was told is not told again
        assert kinds(store, run) == ["started", "step", "finished"]
        assert [event["seq"] for event in store.events(run)] == [1, 2, 3]


def test_a_run_that_somebody_cancels_while_the_server_ends_is_cancelled(
    store: Store, backend: Scripted
) -> None:
    jobs = Jobs(store, backend, slots=1, threads=1)
    jobs.start()
    (run,) = jobs.submit([CONFIG], "me")
    until_status(store, run, "running")
    jobs.cancel(run)
    jobs.close()
    assert status(store, run) == "cancelled"


def half_told(store: Store, run: str, started: Started = STARTED, seed: int = 0) -> None:
    """A run of which a server told an epoch and a step before it was killed."""
    store.add([(run, seeded(seed))], "me", "killed")
    for seq, event in enumerate((started, Step(2, 1, 2.0, 0.1, 100.0), EPOCH, STEP), start=1):
        store.append(run, event, seq)


class Resuming(Scripted):
    """Goes through a whole run of two epochs, as a backend that found no state does."""

    def __init__(self) -> None:
        super().__init__()
        self.threads: list[int] = []
        self.started = STARTED

    def run(
        self,
        config: RunConfig,
        threads: int,
        should_stop: Callable[[], bool],
        weights: Path | None = None,
    ) -> Iterator[Event]:
        self.began.append(config.seed)
        self.threads.append(threads)
        yield self.started
        for epoch in (1, 2):
            for step in range(4 * epoch - 3, 4 * epoch + 1):
                yield Step(step, epoch, 2.0, 0.1, 100.0)
            yield replace(EPOCH, epoch=epoch)
        yield FINISHED


def start_again(store: Store, backend: Scripted, run: str, wanted: str) -> None:
    """A new server on the store of a killed one, until a run of it has this status."""
    jobs = Jobs(store, backend, slots=1, threads=7, server="new")
    jobs.start()
    until_status(store, run, wanted)
    jobs.close()


def test_what_a_killed_server_left_goes_on_with_what_was_not_told(store: Store) -> None:
    half_told(store, "cut", replace(STARTED, threads=3))
    store.add([("waits", seeded(7))], "me", "killed")
    backend = Resuming()
    backend.started = replace(STARTED, threads=3)
    start_again(store, backend, "cut", "finished")
    events = store.events("cut")
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert [event["kind"] for event in events].count("started") == 1
    assert [event["epoch"] for event in events if event["kind"] == "epoch"] == [1, 2]
    assert [event["step"] for event in events if event["kind"] == "step"] == [2, 5, 6, 7, 8]
    assert backend.threads[0] == 3  # those with which it began
    assert backend.began[0] == 0
    (run,) = store.some(["cut"])
    assert run.server == "new"


def test_a_run_that_began_elsewhere_otherwise_fails_with_a_sentence(store: Store) -> None:
    half_told(store, "cut", replace(STARTED, device="cuda", precision="bf16"))
    start_again(store, Resuming(), "cut", "failed")
    error = store.events("cut")[-1]["error"]
    assert "began on cuda in bf16 with 1 thread and can only go on on cpu in fp32" in error
    assert kinds(store, "cut") == ["started", "step", "epoch", "step", "failed"]


def test_a_run_that_was_to_end_when_its_server_was_killed_is_cancelled(store: Store) -> None:
    half_told(store, "cut")
    takeups.note_cancelled(folder_of("cut"))
    backend = Resuming()
    start_again(store, backend, "cut", "cancelled")
    assert backend.began == []
    assert not folder_of("cut").exists()


def test_a_run_is_cancelled_with_a_note_for_the_next_server(
    jobs: Jobs, store: Store, backend: Scripted
) -> None:
    def waits() -> Iterator[Event]:
        go_on.wait(LIMIT)
        yield Cancelled()

    go_on = threading.Event()
    backend.ends[1] = waits
    (run,) = jobs.submit([seeded(1)], "me")
    until_status(store, run, "running")
    assert jobs.cancel(run)
    assert takeups.cancelled(folder_of(run))
    go_on.set()
    until_status(store, run, "cancelled")
    until(lambda: not folder_of(run).exists(), LIMIT, "the end of its files")


def test_a_run_is_not_taken_up_for_ever(store: Store) -> None:
    half_told(store, "cut")
    for _ in range(takeups.MOST):
        assert takeups.count(folder_of("cut"))
    backend = Resuming()
    start_again(store, backend, "cut", "failed")
    assert backend.began == []
    assert "is not taken up once more" in store.events("cut")[-1]["error"]


def test_servers_that_end_in_order_may_do_so_often(store: Store) -> None:
    half_told(store, "cut")
    for _ in range(takeups.MOST + 2):
        backend = Scripted()
        jobs = Jobs(store, backend, slots=1, threads=1)
        jobs.start()
        until(lambda backend=backend: backend.began, LIMIT, "the beginning")
        jobs.close()
    assert status(store, "cut") == "running"


def test_of_two_servers_that_start_at_once_one_takes_a_run_up(store: Store) -> None:
    half_told(store, "cut")
    backends = [Resuming(), Resuming()]
    both = [Jobs(store, b, slots=1, threads=1, server=f"s{k}") for k, b in enumerate(backends)]
    here = threading.Barrier(2)

    def start(jobs: Jobs) -> None:
        jobs.start(alive=lambda server: here.wait() < 0)  # both have looked before one takes

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(start, both))
    until_status(store, "cut", "finished")
    for jobs in both:
        jobs.close()
    assert sorted(len(backend.began) for backend in backends) == [0, 1]


def test_a_run_to_be_taken_up_waits_with_its_place_and_its_progress(
    store: Store, backend: Scripted
) -> None:
    half_told(store, "first")
    half_told(store, "second", seed=1)
    jobs = Jobs(store, backend, slots=1, threads=1)
    jobs.start()
    told = jobs.outlook("second") or {}
    assert (told["status"], told["position"], told["progress"]) == ("queued", 1, 0.5)
    assert jobs.cancel("second")
    assert status(store, "second") == "cancelled"
    assert (jobs.outlook("first") or {})["progress"] >= 0.5
    jobs.close()


def test_what_a_run_left_goes_when_it_has_ended_also_when_its_server_was_killed_then(
    store: Store, backend: Scripted
) -> None:
    half_told(store, "done")
    store.append("done", FINISHED, 5)
    folder = folder_of("done")
    folder.mkdir(parents=True)
    network = file_of(folder, 2)
    for file in (takeups.state_file(folder), folder / ".1234.part", network):
        file.write_bytes(b"something")
    elsewhere, gone = folder_of("elsewhere"), folder_of("gone")  # of other databases
    for other, age in ((elsewhere, 0.0), (gone, takeups.OLD_SECONDS + 60)):
        other.mkdir()
        takeups.state_file(other).touch()
        os.utime(takeups.state_file(other), (time.time() - age,) * 2)
    jobs = Jobs(store, backend, slots=1, threads=1)
    jobs.start()
    jobs.close()
    assert list(folder.iterdir()) == [network]
    assert list(takeups.folders()) == [elsewhere]


@pytest.mark.parametrize("end", ["finished", "failed"])
def test_a_run_leaves_its_networks_if_it_finished_and_nothing_if_not(
    jobs: Jobs, store: Store, backend: Scripted, end: str
) -> None:
    folders: list[Path] = []

    def ends() -> Iterator[Event]:
        (run,) = store.runs()
        folders.append(folder_of(run.id))
        folders[0].mkdir(parents=True)
        file_of(folders[0], 1).write_bytes(b"network")
        takeups.state_file(folders[0]).write_bytes(b"state")
        yield FINISHED if end == "finished" else Failed("No reason.")

    backend.ends[1] = ends
    (run,) = jobs.submit([seeded(1)], "me")
    until_status(store, run, end)
    (folder,) = folders
    until(lambda: not takeups.state_file(folder).exists(), LIMIT, "the end of its state")
    assert file_of(folder, 1).exists() == (end == "finished")


def test_runs_of_a_server_that_lives_are_left_alone(store: Store, backend: Scripted) -> None:
    store.add([("theirs", CONFIG), ("waits", CONFIG)], "me", "theirs")
    store.append("theirs", STARTED, 1)
    jobs = Jobs(store, backend, slots=1, threads=1, server="ours")
    jobs.start(alive=lambda server: server == "theirs")
    (mine,) = jobs.submit([seeded(3)], "you")
    until_status(store, mine, "running")
    jobs.close()
    assert (status(store, "theirs"), status(store, "waits")) == ("running", "queued")
    assert backend.began == [3]


@pytest.mark.parametrize("slots", [None, 1, 2, 7])
def test_slots_and_threads_share_the_cores(slots: int | None) -> None:
    given, threads = division(slots)
    assert given >= 1
    assert threads >= 1
    assert slots is None or given == slots
    if given <= cores():
        assert given * threads <= cores()


def test_a_forecast_is_of_the_runs_it_is_asked_about_not_of_those_that_wait(jobs: Jobs) -> None:
    jobs.submit([CONFIG, seeded(1)], "me")  # both slots
    jobs.submit([RunConfig()], "me")  # waits, and will take minutes in the first slot
    assert jobs.forecast([CONFIG], "me") < 60 < jobs.forecast([RunConfig()], "me")


def test_a_restart_with_other_threads_gives_the_numbers_of_the_first_threads(
    store: Store, small_data: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "load", lambda name: small_data)
    config = RunConfig.parse(TINY | {"width": 0.125, "epochs": 4, "dropout": {"fc1": 0.5}})
    with closing(Jobs(store, ThreadBackend(), slots=1, threads=1)) as first:
        first.start()
        (run,) = first.submit([config], "me")
        until(lambda: "epoch" in kinds(store, run), RUN_LIMIT, "an epoch")
    assert status(store, run) == "running"
    assert takeups.state_file(folder_of(run)).exists()
    with closing(Jobs(store, ThreadBackend(), slots=1, threads=2)) as second:
        second.start()
        until(lambda: status(store, run) == "finished", RUN_LIMIT, "the end")
    assert outcome(store.events(run)) == outcome(map(to_json, execute(config, 1, never)))
    assert not takeups.state_file(folder_of(run)).exists()
    assert epochs_in(folder_of(run)) == [1, 2, 3, 4]
