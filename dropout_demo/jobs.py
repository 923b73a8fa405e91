"""The queue: runs wait in line for a slot; one background thread carries each running run."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from dropout_demo import takeups
from dropout_demo.backends import Backend
from dropout_demo.config import MAX_QUEUED, MAX_QUEUED_AN_OWNER, MAX_QUEUED_OUTSIDE, RunConfig
from dropout_demo.estimates import Pace, Progress, seconds_until_done
from dropout_demo.events import Cancelled, Epoch, Event, Failed, Finished, Started
from dropout_demo.job import Job
from dropout_demo.line import Line
from dropout_demo.store import WAITING, Store, StoreError
from dropout_demo.weights import folder_of

log = logging.getLogger(__name__)

PLAN_SECONDS = 0.4
"""How long an estimate of the whole queue is good for; many watchers then share one."""


PROGRAM_ERROR = "An error of the program ended the run; see the server's log."

TAKEN_UP_TOO_OFTEN = (
    f"The server was killed in the middle of the run, and again each of the {takeups.MOST} times "
    "that the run was taken up; it is not taken up once more. Train it again if it was not the "
    "cause."
)

STORE_RETRY_SECONDS = 1.0


def nobody(_: str) -> bool:
    """Of servers: none but this one is alive."""
    return False


class QueueFull(Exception):
    """No more runs are taken for now; says why."""


@dataclass(frozen=True)
class Submission:
    """What became of the configurations that somebody asked for."""

    ids: list[str]  # a run for each configuration, in their order; equal ones share a run
    reused: list[str]  # those of them that had been trained before


class Jobs:
    """All methods may be called from any thread."""

    def __init__(
        self, store: Store, backend: Backend, slots: int, threads: int, server: str = ""
    ) -> None:
        self.store, self.backend, self.slots, self.threads = store, backend, slots, threads
        self.server = server  # the name by which the store knows whose runs these are
        self._lock = threading.RLock()  # of the queue
        self._submitting = threading.Lock()  # one submission at a time: the limits hold
        self._waiting = Line()
        self._running: list[Job] = []
        self._pace = Pace()
        self._plan: tuple[float, dict[str, dict[str, Any]]] = (-1.0, {})
        self._closing = threading.Event()

    def start(self, *, alive: Callable[[str], bool] = nobody) -> None:
        """Start the workers and take up what servers that are not `alive` left in the store.

        What trained goes on before what waited.
        """
        self.backend.start()
        deleted = self.store.runs(status=WAITING, limit=MAX_QUEUED, deleted=True)
        self.store.interrupt([run.id for run in deleted if not alive(run.server)])
        runs = self.store.runs(status=["running"], limit=MAX_QUEUED)
        runs += self.store.runs(status=["queued"], limit=MAX_QUEUED)
        left = [run for run in runs if not alive(run.server)]
        left_by = list({run.server for run in left})
        ours = self.store.hand_over([run.id for run in left], self.server, left_by)
        jobs = [Job.left_by_another(run, self.store) for run in left if run.id in ours]
        groups = self.store.classes_of([job.run for job in jobs])
        for job in jobs:
            job.group, job.first = groups.get(job.run, ("", False))
        go_on = [job for job in jobs if not self._was_cancelled(job)]
        held = [*self.store.paused_classes(), *self.store.waiting_in("ended")]
        with self._lock:
            self._waiting.held.update(held)
            self._waiting.add(go_on)
            self._dispatch()
        self._forget_ended()

    def hold(self, group: str) -> None:
        """Let no waiting run of a group begin until it goes on; those that train go on."""
        with self._lock:
            self._waiting.held.add(group)
            self._forget_plan()

    def go_on(self, group: str) -> None:
        """Let the runs of a group begin again."""
        with self._lock:
            self._waiting.held.discard(group)
            self._dispatch()

    def _was_cancelled(self, job: Job) -> bool:
        """Whether a run was to end when its server did; then it has ended now."""
        if not job.was_cancelled():
            return False
        self._record(job, Cancelled())
        job.tidy()
        return True

    def _forget_ended(self) -> None:
        """Remove what is left of runs whose server was killed after their end.

        Runs of other databases may keep their state in the same home: only old ones go.
        """
        folders = {folder.name: folder for folder in takeups.folders()}
        ended = {run.id: run.ended is not None for run in self.store.some(list(folders))}
        for name, folder in folders.items():
            if ended.get(name, takeups.old(folder)):
                takeups.forget(folder)

    def submit(
        self,
        configs: Sequence[RunConfig],
        owner: str,
        *,
        group: str = "",
        first: bool = False,
    ) -> list[str]:
        """Queue runs, all or none; returns their ids. Raises QueueFull or StoreError.

        group: the code of the class that they are of, which the store keeps with them; first:
        whether they go before all that wait in turn.
        """
        with self._submitting:
            return self._submit(configs, owner, group, first=first)

    def submit_new(
        self, configs: Sequence[RunConfig], owner: str, *, reuse: bool = True
    ) -> Submission:
        """Queue what this owner has not trained to its end yet (with `reuse`), all or none.

        With `reuse`, what already waits or trains is not queued again either: a press too many
        does no harm. Equal configurations are trained once. Raises QueueFull or StoreError.
        """
        wanted = {config.hash: config for config in configs}
        with self._submitting:
            ids = self._under_way(owner) if reuse else {}  # first: one may end meanwhile
            done = self.store.finished(owner, list(wanted)) if reuse else {}
            ids |= {name: run.id for name, run in done.items()}
            new = {name: config for name, config in wanted.items() if name not in ids}
            queued = self._submit(list(new.values()), owner) if new else []
        ids |= dict(zip(new, queued, strict=True))
        reused = [ids[name] for name in wanted if name in done]
        return Submission([ids[config.hash] for config in configs], reused)

    def _under_way(self, owner: str) -> dict[str, str]:
        """This owner's waiting and running runs by the hash of their configuration."""
        with self._lock:
            jobs = [*self._waiting, *self._running]
            return {j.config.hash: j.run for j in jobs if j.owner == owner and not j.stop.is_set()}

    def _submit(
        self, configs: Sequence[RunConfig], owner: str, group: str = "", *, first: bool = False
    ) -> list[str]:
        """As `submit`; `_submitting` is held, not the queue's lock: who looks need not wait."""
        jobs = [
            Job(secrets.token_hex(6), owner, config, Progress(config), group=group, first=first)
            for config in configs
        ]
        with self._lock:
            self._check_room(len(jobs), owner, group)
        new = [(job.run, job.config) for job in jobs]
        self.store.add(new, owner, self.server, of_class=group, first=first)
        with self._lock:
            self._waiting.add(jobs)
            self._dispatch()
        return [job.run for job in jobs]

    def cancel(self, run: str) -> bool:
        """End a waiting or running run; False when it is neither here."""
        with self._lock:
            job = next((job for job in [*self._waiting, *self._running] if job.run == run), None)
            if job is None:
                return False
            waits = job in self._waiting
            if waits:
                self._waiting.remove(job)
            job.cancel()
            self._forget_plan()
        if waits:
            self._record_cancelled(job)
        return True

    def _record_cancelled(self, job: Job) -> None:
        """Keep the end of a run that waited; it waits again if that cannot be kept."""
        try:
            self._record(job, Cancelled())
            job.tidy()
        except StoreError:
            with self._lock:
                job.stop.clear()
                job.cancelled = False
                self._waiting.put_back(job)
                self._dispatch()
            raise

    def outlook(self, run: str) -> dict[str, Any] | None:
        """Status, position (1 is next), seconds left and progress (0..1) of a run not yet ended."""
        with self._lock:
            made_at, plan = self._plan
            if time.monotonic() - made_at > PLAN_SECONDS:
                plan = self._make_plan()
                self._plan = (time.monotonic(), plan)
        return plan.get(run)

    def forecast(self, configs: Sequence[RunConfig], owner: str) -> float:
        """Seconds until these runs would be done if this owner submitted them now."""
        asked = [Job("", owner, config, Progress(config)) for config in configs]
        with self._lock:
            lefts = [job.seconds_left(self._pace) for job in self._running]
            line = self._waiting.with_more(asked)
            takes = [job.seconds_to_take(self._pace) for job in line]
        ends = seconds_until_done(lefts, takes, self.slots)
        ours = {id(job) for job in asked}
        return max((end for job, end in zip(line, ends, strict=True) if id(job) in ours), default=0)

    def counts(self) -> dict[str, int]:
        """Slots, threads a run, and how many runs train and wait."""
        with self._lock:
            return {
                "slots": self.slots,
                "threads": self.threads,
                "running": len(self._running),
                "queued": len(self._waiting),
            }

    def close(self) -> None:
        """Stop all running runs, and end the backend; the next server takes up what is left."""
        with self._lock:
            self._closing.set()
            running = list(self._running)
            for job in running:
                job.stop.set()
        for job in running:
            if job.thread is not None:
                job.thread.join()
        self.backend.close()

    def _check_room(self, count: int, owner: str, group: str) -> None:
        if self._closing.is_set():
            raise QueueFull("The server is ending; try again in a moment.")
        mine = sum(job.owner == owner for job in [*self._waiting, *self._running])
        waiting, most = len(self._waiting), MAX_QUEUED
        outside = sum(not job.group for job in self._waiting)
        if not group and MAX_QUEUED_OUTSIDE - outside < most - waiting:
            waiting, most = outside, MAX_QUEUED_OUTSIDE
        room = min(MAX_QUEUED_AN_OWNER - mine, most - waiting)
        if count <= room:
            return
        left = f"{room} more may be queued now" if room > 0 else "no more may be queued now"
        if mine + count > MAX_QUEUED_AN_OWNER:
            raise QueueFull(
                f"You have {mine} runs waiting or training and asked for {count} more; "
                f"at most {MAX_QUEUED_AN_OWNER} at a time, so {left}. "
                "Wait for some to end, or cancel them."
            )
        raise QueueFull(
            f"{waiting:,} runs are waiting, and {most:,} is the most: {left}. Try again later."
        )

    def _dispatch(self) -> None:
        """Start waiting runs in free slots. The lock is held."""
        while len(self._running) < self.slots and not self._closing.is_set():
            job = self._waiting.take()
            if job is None:
                break
            name = f"run-{job.run}"
            job.thread = threading.Thread(target=self._work, args=(job,), name=name, daemon=True)
            self._running.append(job)
            job.thread.start()
        self._forget_plan()

    def _work(self, job: Job) -> None:
        failure: str | None = None
        try:
            self._relay(job)
        except StoreError as error:
            log.error("run %s ends, because its events cannot be kept: %s", job.run, error)
            failure = f"The run ended, because its events were not kept. {error}"
        except Exception:
            log.exception("run %s ends by an error of the program", job.run)
            failure = PROGRAM_ERROR
        finally:
            if failure is None or job.ended:
                job.tidy()
            with self._lock:
                self._running.remove(job)
                self._dispatch()
        if failure is not None:
            self._record_failure(job, failure)
            job.tidy()

    def _relay(self, job: Job) -> None:
        """Keep every event of a run; its worker is free again at the end, whatever happened."""
        folder, threads = folder_of(job.run), self.threads
        if job.told.started is not None:
            if not job.go_on():
                return self._record(job, Failed(TAKEN_UP_TOO_OFTEN))
            threads = job.told.started.threads  # with others the numbers were others
        events = self.backend.run(job.config, threads, job.stop.is_set, folder)
        try:
            for event in events:
                wrong = job.told.contradicted_by(event)
                self._record(job, event if wrong is None else Failed(wrong))
                if wrong is not None:
                    break
            if not job.ended:
                self._record(job, Failed(PROGRAM_ERROR))
        finally:
            events.close()  # type: ignore[attr-defined]  # both backends' run is a generator

    def _record_failure(self, job: Job, reason: str) -> None:
        """Say why a run ended, unless it said so itself, as soon as the store listens again.

        A run whose end is not stored would seem to train for ever.
        """
        while not (job.ended or self._closing.is_set()):
            try:
                self._record(job, Failed(reason))
            except StoreError:
                self._closing.wait(STORE_RETRY_SECONDS)

    def _record(self, job: Job, event: Event) -> None:
        """Keep an event, unless it was told before; then nobody is told again."""
        if job.told.includes(event):
            return
        if event.kind in ("cancelled", "failed") and self._closing.is_set() and not job.cancelled:
            return  # by our own end; the next server takes the run up
        self.store.append(job.run, event, job.seq + 1)
        job.note(event)
        if isinstance(event, Epoch):
            self._pace.learn_epoch(job.config, event.seconds)
        if isinstance(event, Finished):
            self._pace.learn_end(job.config, event.seconds - job.told.seconds)
        if isinstance(event, Started):
            self._forget_plan()

    def _forget_plan(self) -> None:
        self._plan = (-1.0, {})

    def _make_plan(self) -> dict[str, dict[str, Any]]:
        """The outlook of every run here. The lock is held."""
        plan: dict[str, dict[str, Any]] = {}
        lefts = [job.seconds_left(self._pace) for job in self._running]
        for job, left in zip(self._running, lefts, strict=True):
            plan[job.run] = _outlook("running", None, left, job.progress.done)
        line = self._waiting.with_more(())
        takes = [job.seconds_to_take(self._pace) for job in line]
        ends = seconds_until_done(lefts, takes, self.slots)
        for place, (job, end) in enumerate(zip(line, ends, strict=True), start=1):
            plan[job.run] = _outlook("queued", place, end, job.progress.done)
        for job in self._waiting.waiting_on_hold():
            plan[job.run] = _outlook("queued", None, None, job.progress.done)
        return plan


def _outlook(status: str, place: int | None, left: float | None, done: float) -> dict[str, Any]:
    seconds = None if left is None else round(left, 1)
    return {
        "status": status,
        "position": place,
        "seconds_left": seconds,
        "progress": round(done, 4),
    }
