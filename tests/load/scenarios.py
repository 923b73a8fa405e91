"""What a class does to a server, and what it came to; nothing here asserts a time."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import psutil

from tests.load.client import MOST_SECONDS, MOST_STUDENTS, Place, Watcher, ask

TEACHER = "the-teacher-of-a-load-test"
JOIN_SECONDS = 30.0  # over which students join
START_SECONDS = 10.0  # over which they press "Train"


@dataclass
class Class:
    """A class on a server, and its students' tokens."""

    place: Place
    code: str
    setting: Mapping[str, Any]
    tokens: list[str] = field(default_factory=list)

    @property
    def path(self) -> str:
        return f"/api/classes/{self.code}"

    @classmethod
    async def open(cls, place: Place, setting: Mapping[str, Any], runs_each: int) -> Class:
        rules = {"mode": "seeds", "runs_each": runs_each}
        body = {"name": "Load", "setting": dict(setting), "rules": rules}
        answer = await ask(place, "POST", "/api/classes", TEACHER, body)
        assert answer.status == 201, answer
        return cls(place, answer.body["code"], setting)

    async def join(self, students: int, seconds: float = JOIN_SECONDS) -> list[float]:
        """So many join, spread over so many seconds; how long each waited for the answer."""
        assert students <= MOST_STUDENTS
        self.tokens = [f"load-student-{self.code}-{place}" for place in range(students)]

        async def one(place: int) -> float:
            await asyncio.sleep(seconds * place / students)
            page = await ask(self.place, "GET", f"/class/{self.code}")
            assert page.status == 200, page
            body = {"nickname": f"Student {place}"}
            answer = await ask(self.place, "POST", f"{self.path}/join", self.tokens[place], body)
            assert answer.status == 201, answer
            return page.seconds + answer.seconds

        return list(await asyncio.gather(*map(one, range(students))))

    async def start(self, place: int) -> dict[str, Any]:
        """A student's first run; asked twice, as an impatient person does."""
        token = self.tokens[place]
        first = await ask(self.place, "POST", f"{self.path}/runs", token, {"number": 0})
        again = await ask(self.place, "POST", f"{self.path}/runs", token, {"number": 0})
        assert first.status == 201, first
        assert (again.status, again.body["run"]) == (200, first.body["run"]), again
        return dict(first.body) | {"asked": time.time(), "seconds": first.seconds}

    async def run(self, run: str) -> dict[str, Any]:
        return dict((await ask(self.place, "GET", f"/api/runs/{run}")).body)

    async def until_ended(self, runs: Sequence[str], seconds: float) -> list[dict[str, Any]]:
        """The runs once all have ended."""
        deadline = time.monotonic() + min(seconds, MOST_SECONDS)
        while True:
            told = [await self.run(runs[-1])]
            if told[0]["ended"]:
                told = [await self.run(run) for run in runs]
                if all(run["ended"] for run in told):
                    return told
            assert time.monotonic() < deadline, "the runs did not end in time"
            await asyncio.sleep(0.5)


@dataclass(frozen=True)
class Watched:
    """What came of a class that watches while two networks train."""

    delays: list[float]  # seconds from an epoch's being written to a watcher's having it
    clicks: list[float]  # seconds until the answer to a press
    lost: int  # connections
    epoch_seconds: float  # median, while all watch
    alone_seconds: float  # median, while nobody watches
    memory_each: float  # bytes of the server for a watcher
    agree: bool  # whether a watcher that was cut had in the end what the others had


async def watch(here: Class, server: psutil.Process, seconds: float, quiet: float) -> Watched:
    """All students watch for so many seconds; before and after, nobody does for `quiet` each."""
    assert seconds <= MOST_SECONDS
    runs = [str(run["run"]) for run in [await here.start(0), await here.start(1)]]
    await asyncio.sleep(3)
    marks = [time.time()]
    await asyncio.sleep(quiet)
    marks.append(time.time())
    before = server.memory_info().rss
    seen: list[tuple[str, int, float]] = []

    def note(parts: Mapping[str, Any], now: float) -> None:
        for run in runs:
            part = parts.get(f"r/{run}")
            if part is not None:
                seen.append((run, len(part["accuracy"]), now))

    path = f"{here.path}/stream"
    watchers = [Watcher(here.place, path, note) for _ in here.tokens]
    cut = [Watcher(here.place, path, lambda *_: None, keeps_parts=True) for _ in range(2)]
    tasks = [asyncio.create_task(one.watch()) for one in (*watchers, *cut)]
    await asyncio.gather(*(one.ready.wait() for one in (*watchers, *cut)))
    await asyncio.sleep(3)
    memory = server.memory_info().rss - before
    marks.append(time.time())
    clicks = await _press(here, seconds, tasks[-1], cut[-1])
    marks.append(time.time())
    tasks[-1] = asyncio.create_task(cut[-1].watch())
    await asyncio.sleep(2)
    agree = cut[0].parts == cut[1].parts
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(1)
    marks.append(time.time())
    await asyncio.sleep(quiet)
    marks.append(time.time())
    epochs = {run: await _epochs(here, run) for run in runs}
    written = {(run, place + 1): at for run in runs for place, at in enumerate(epochs[run])}
    first: dict[tuple[str, int], int] = {}
    delays = []
    for run, count, now in seen:
        if (run, count) in written and marks[2] <= written[run, count] <= marks[3]:
            key = (run, count)
            first[key] = first.get(key, 0) + 1
            if first[key] <= len(watchers):  # told again when the run ends: not an update
                delays.append(now - written[key])
    alone = _lengths(epochs, marks[0], marks[1]) + _lengths(epochs, marks[4], marks[5])
    await _cancel(here, runs)
    return Watched(
        delays,
        clicks,
        sum(one.lost for one in watchers),
        median(_lengths(epochs, marks[2], marks[3])),
        median(alone),
        memory / len(watchers),
        agree,
    )


async def _press(
    here: Class, seconds: float, task: asyncio.Task[None], cut: Watcher
) -> list[float]:
    """Presses all over the class, five a second, while one watcher is cut and comes again."""
    clicks = []
    chance = random.Random(0)
    end = time.monotonic() + seconds
    halfway = time.monotonic() + seconds / 2
    while time.monotonic() < end:
        token = chance.choice(here.tokens)
        kind = chance.random()
        if kind < 0.4:
            answer = await ask(here.place, "GET", here.path, token)
        elif kind < 0.8:
            body = {"nickname": f"Student {here.tokens.index(token)}"}
            answer = await ask(here.place, "POST", f"{here.path}/join", token, body)
        else:
            answer = await ask(here.place, "GET", f"/class/{here.code}", token)
        assert answer.status in (200, 201), answer
        clicks.append(answer.seconds)
        if not task.done() and time.monotonic() > halfway:
            task.cancel()  # cut; it will ask for what it has missed
            cut.messages = 0
        await asyncio.sleep(0.2)
    task.cancel()
    return clicks


async def _epochs(here: Class, run: str) -> list[float]:
    """When each epoch of a run was written, unix seconds."""
    answer = await ask(here.place, "GET", f"/api/runs/{run}/events")
    return [event["at"] for event in answer.body["events"] if event["kind"] == "epoch"]


def _lengths(epochs: Mapping[str, Sequence[float]], first: float, last: float) -> list[float]:
    """Seconds of the epochs that lie between two times."""
    return [
        after - at
        for ends in epochs.values()
        for at, after in itertools.pairwise(ends)
        if first <= at and after <= last
    ]


async def _cancel(here: Class, runs: Sequence[str]) -> None:
    for run, token in zip(runs, here.tokens, strict=False):
        await ask(here.place, "DELETE", f"/api/runs/{run}", token)
    await here.until_ended(runs, 60)


@dataclass(frozen=True)
class Served:
    """What came of everybody starting one run."""

    answers: list[float]  # seconds until the answer to a start
    runs: int  # different ones
    finished: int
    in_order: float  # share of runs that began after the one that came before them, see `_in_order`
    errors: list[float]  # |said - true| / true, of the seconds until a run's end
    seconds: float  # from the first start to the last end
    work: float  # seconds of all runs together, by their slots
    slots: int


async def start_all(here: Class, slots: int, limit: float, within: float = START_SECONDS) -> Served:
    """Every student starts one run, all within so many seconds, and waits for its end."""

    async def one(place: int) -> dict[str, Any]:
        await asyncio.sleep(within * place / len(here.tokens))
        return await here.start(place)

    began = time.time()
    told = list(await asyncio.gather(*(one(place) for place in range(len(here.tokens)))))
    runs = [str(run["run"]) for run in told]
    ended = await here.until_ended(runs, limit)
    errors = []
    for said, run in zip(told, ended, strict=True):
        if said["status"] == "queued" and said["seconds_left"] is not None:
            true = run["ended"] - said["asked"]
            errors.append(abs(said["seconds_left"] - true) / true)
    queued = {run["run"] for run in told if run["position"] is not None}
    return Served(
        [run["seconds"] for run in told],
        len(set(runs)),
        sum(run["status"] == "finished" for run in ended),
        _in_order([run for run in ended if run["id"] in queued], slots),
        errors,
        max(run["ended"] for run in ended) - began,
        sum(run["ended"] - run["began"] for run in ended),
        slots,
    )


def _in_order(runs: Sequence[dict[str, Any]], slots: int) -> float:
    """The share of runs that began no sooner than the run as many places before as there are slots.

    By the server's order of arrival. Neighbours may begin at once, in as many slots, and whose
    worker says so first is chance.
    """
    began = [run["began"] for run in sorted(runs, key=lambda run: run["created"])]
    pairs = [before <= after for before, after in zip(began, began[slots:], strict=False)]
    return sum(pairs) / len(pairs) if pairs else 1.0


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which a share (0..1) of them lies; nan for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")
