"""What a class sees: one picture, read once for all who watch it."""

from __future__ import annotations

import json
import math
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from statistics import fmean, stdev
from typing import Any

from dropout_demo.arms import arm_name, arm_of
from dropout_demo.config import RunConfig
from dropout_demo.events import END_KINDS
from dropout_demo.evidence.findings import findings
from dropout_demo.evidence.known import recorded_table
from dropout_demo.evidence.words import sentence
from dropout_demo.jobs import Jobs
from dropout_demo.lessons.cards import cards
from dropout_demo.map import arms_of_map, filled
from dropout_demo.map_board import name_of
from dropout_demo.stats import mean_interval
from dropout_demo.store import Class, ClassRun, Store

DATASETS: Mapping[str, str] = {"cifar10": "CIFAR-10", "shapes": "drawn shapes"}

LINE_SECONDS = 3.0
"""How often the times in the queue are told anew while nobody comes or goes."""

MEASURE = "val_accuracy"

DIGITS = 7
"""Of what is drawn: far finer than any screen."""

Band = list[tuple[float, float | None, int]]


@dataclass
class _Seen:
    """What was read of a run."""

    config: RunConfig
    seat: int | None  # None: the teacher's
    number: int | None  # of this student's runs, from 0; None: the teacher's
    cell: str | None  # of the map of the class's setting
    arm: str  # the short name of its arm
    status: str = "queued"
    seq: int = 0
    epochs: list[dict[str, Any]] = field(default_factory=list)
    accuracies: list[float] = field(default_factory=list)  # on validation images; fractions
    kept: int | None = None  # the epoch that counts as the last, 1-based, once it finished

    @property
    def final(self) -> float | None:
        """Validation accuracy at the end; None before a run has finished."""
        return None if self.kept is None else self.accuracies[self.kept - 1]


class ClassBoard:
    """The state of a class in named parts, for `boards.Board`; one reader at a time uses it.

    Only what may have changed is read again: a run that has ended is read once.
    """

    def __init__(self, store: Store, jobs: Jobs, code: str) -> None:
        self.store, self.jobs, self.code = store, jobs, code
        self._runs: dict[str, _Seen] = {}
        self._line: tuple[float, list[str], dict[str, Any]] = (-math.inf, [], {})
        self._band: Band = []
        self._drawn: dict[str, Any] = {}  # what is computed from all runs together

    def parts(self) -> dict[str, Any]:
        """By name, as JSON values. Raises StoreError."""
        found = self.store.class_(self.code)
        if found is None:
            return {"class": {"state": "deleted"}}
        students = self.store.students(self.code)
        runs = self.store.class_runs(self.code)
        if self._take(found, runs, {student.owner: student.seat for student in students}):
            self._drawn = self._computed(found)
        counts = Counter(run.status for run in runs)
        parts: dict[str, Any] = {"class": _about(found, len(students), counts)}
        parts["line"] = self._in_line(runs, found)
        parts["question"] = self._question(found)
        for student in students:
            parts[f"s/{student.seat}"] = "" if student.hidden else student.nickname
        for run, seen in self._runs.items():
            parts[f"r/{run}"] = _told(seen)
        return parts | self._drawn

    def _cell(self, found: Class, config: RunConfig) -> str | None:
        cell = arms_of_map(found.setting).get(arm_of(config))
        return None if cell is None else name_of(cell)

    def _take(self, found: Class, runs: Sequence[ClassRun], seats: Mapping[str, int]) -> bool:
        """Read what is new of the runs; whether anything is."""
        new = [run.run for run in runs if run.run not in self._runs]
        configs = {run.id: run.config for run in self.store.some(new, put_away=True)} if new else {}
        numbers: Counter[str] = Counter()
        after: dict[str, int] = {}
        told: dict[str, str] = {}
        changed = bool(configs)
        for run in runs:
            seen = self._runs.get(run.run)
            if seen is None:
                if run.run not in configs:
                    continue  # of another version
                config, seat = configs[run.run], None if run.first else seats.get(run.owner)
                where = (self._cell(found, config), arm_name(config))
                number = None if run.first else numbers[run.owner]
                seen = self._runs[run.run] = _Seen(config, seat, number, *where)
            numbers[run.owner] += not run.first
            if run.status == "running" or run.status != seen.status:
                after[run.run] = seen.seq
                told[run.run] = run.status
        news = self.store.news(after)
        for run_id, status in told.items():  # not before the news are there: they are read once
            seen = self._runs[run_id]
            changed |= status != seen.status
            seen.status = status
            changed |= self._note(seen, news.get(run_id, ()))
        return changed

    def _note(self, seen: _Seen, texts: Sequence[str]) -> bool:
        """Whether these events say more than how a step went."""
        said = False
        for text in texts:
            event = json.loads(text)
            seen.seq = event["seq"]
            if event["kind"] == "epoch":
                seen.epochs.append(event)
                seen.accuracies.append(float(event["val"]["accuracy"]))
                said = True
            elif event["kind"] == "started":
                seen.status, said = "running", True
            elif event["kind"] in END_KINDS:
                seen.status, said = event["kind"], True
                if event["kind"] == "finished" and seen.epochs:
                    patient = seen.config.patience is not None
                    seen.kept = event["best_epoch"] if patient else len(seen.epochs)
        return said

    def _computed(self, found: Class) -> dict[str, Any]:
        """What is told of all runs together: a map's cells, or the band over epochs."""
        done = [(name, seen) for name, seen in self._runs.items() if seen.final is not None]
        if found.rules.mode == "cells":
            return self._cells(found, done)
        if found.rules.mode != "seeds":
            return {}
        curves = [seen.accuracies for seen in self._runs.values() if seen.seat is not None]
        finals = [seen.final for _, seen in done if seen.seat is not None]
        self._band = _band(curves, self._band)
        return {"band": self._band, "finals": _spread([v for v in finals if v is not None])}

    def _cells(self, found: Class, done: Sequence[tuple[str, _Seen]]) -> dict[str, Any]:
        rows = [(name, seen.config, seen.epochs[(seen.kept or 0) - 1]) for name, seen in done]
        parts = {}
        for cell, value in filled(MEASURE, found.setting, rows).items():
            interval = [value.low, value.high] if math.isfinite(value.low) else None
            parts[f"c/{name_of(cell)}"] = {
                "mean": value.mean,
                "interval": interval,
                "seeds": value.seeds,
            }
        return parts

    def _in_line(self, runs: Sequence[ClassRun], found: Class) -> dict[str, Any]:
        """Who waits, in their order, each with its place in the server's queue and its end.

        Ends in unix seconds. Told again when somebody came or went, and every few seconds.
        """
        under_way = [run.run for run in runs if run.status in ("queued", "running")]
        state = [found.state, *under_way]
        made_at, before, told = self._line
        now = time.time()
        if state == before and (not under_way or now - made_at < LINE_SECONDS):
            return told
        told = {}
        for run in under_way:
            outlook = self.jobs.outlook(run)
            if outlook is not None:
                left = outlook["seconds_left"]
                told[run] = [outlook["position"], None if left is None else round(now + left)]
        self._line = (now, state, told)
        return told

    def _question(self, found: Class) -> dict[str, Any] | None:
        """What is voted on; the votes and the answer only once they are revealed."""
        card = cards().get(found.question)
        if card is None:
            return None
        votes = self.store.votes(self.code, found.question)
        told: dict[str, Any] = {
            "number": card.number,
            "claim": card.claim,
            "question": card.guess.question,
            "options": list(card.guess.options),
            "votes": len(votes),
            "revealed": found.revealed,
        }
        if found.revealed:
            counts = Counter(votes.values())
            told["counts"] = [counts[choice] for choice in range(len(card.guess.options))]
            told["answer"] = recorded_answer(card.number)
        return told


@lru_cache(maxsize=32)
def recorded_answer(number: int) -> str:
    """What the recorded runs say to a claim, in one sentence. Raises KeyError for no claim."""
    card = cards()[number]
    return sentence(findings(card, recorded_table(card))[0])


def words_of(setting: RunConfig) -> str:
    """Such as "5,000 images of CIFAR-10, 12 epochs"."""
    plural = "s" * (setting.epochs != 1)
    images = f"{setting.train_size:,} images of {DATASETS[setting.dataset]}"
    return f"{images}, {setting.epochs:,} epoch{plural}"


def _about(found: Class, students: int, counts: Mapping[str, int]) -> dict[str, Any]:
    ended = sum(counts.get(status, 0) for status in ("failed", "cancelled", "interrupted"))
    return {
        "name": found.name,
        "state": found.state,
        "mode": found.rules.mode,
        "runs_each": found.rules.runs_each,
        "budget": found.rules.budget,
        "setting": words_of(found.setting),
        "arm": arm_name(found.setting),
        "epochs": found.setting.epochs,
        "students": students,
        "waiting": counts.get("queued", 0),
        "running": counts.get("running", 0),
        "finished": counts.get("finished", 0),
        "failed": ended,
    }


def _told(seen: _Seen) -> dict[str, Any]:
    return {
        "seat": seen.seat,
        "number": seen.number,
        "status": seen.status,
        "cell": seen.cell,
        "arm": seen.arm,
        "seed": seen.config.seed,
        "epochs": seen.config.epochs,
        "accuracy": [round(value, 5) for value in seen.accuracies],
        "final": seen.final,
    }


def _band(curves: Sequence[Sequence[float]], known: Band) -> Band:
    """By epoch: mean and standard deviation (n - 1; null for one run) of accuracy, how many.

    known: what was told before of the same growing curves; only epochs that have more values since
    are computed again.
    """
    lengths = Counter(map(len, curves))
    left, told = len(curves) - lengths[0], []
    for epoch in range(max(lengths, default=0)):
        if epoch < len(known) and known[epoch][2] == left:
            told.append(known[epoch])
        else:
            values = [curve[epoch] for curve in curves if len(curve) > epoch]
            sd = round(stdev(values), DIGITS) if len(values) > 1 else None
            told.append((round(fmean(values), DIGITS), sd, len(values)))
        left -= lengths[epoch + 1]
    return told


def _spread(values: Sequence[float]) -> dict[str, Any]:
    """Mean, its 95 % interval by Student's t, standard deviation, ends and number of values."""
    if not values:
        return {"count": 0}
    mean, low, high = mean_interval(values)
    return {
        "count": len(values),
        "mean": mean,
        "interval": [low, high] if math.isfinite(low) else None,
        "sd": stdev(values) if len(values) > 1 else None,
        "least": min(values),
        "most": max(values),
    }
