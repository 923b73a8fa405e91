"""What the teacher alone sees and takes along: names, runs, votes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from dropout_demo.arms import arm_name
from dropout_demo.events import END_KINDS
from dropout_demo.export.tables import comparison_csv
from dropout_demo.jobs import Jobs
from dropout_demo.lessons.cards import cards
from dropout_demo.readings import Result
from dropout_demo.store import WAITING, Class, Run, Store

_TEACHER = ""
"""In the place of an owner: the teacher, who may have a seat as well."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""With what a cell begins that a spreadsheet would compute (OWASP, CSV injection)."""


def desk(store: Store, jobs: Jobs, found: Class) -> dict[str, Any]:
    """Every student with each of their runs, how it stands and what it came to."""
    students = store.students(found.code)
    rows = [
        {"seat": s.seat, "nickname": s.nickname, "hidden": s.hidden, "runs": []} for s in students
    ]
    by_owner = {student.owner: row for student, row in zip(students, rows, strict=True)}
    own: dict[str, Any] = {"seat": None, "nickname": "You", "hidden": False, "runs": []}
    runs = _runs(store, found)
    kept = _kept(store, [run for run, *_ in runs])
    for run, owner, first in runs:
        row = own if first else by_owner.get(owner, own)
        row["runs"].append(_told(run, jobs, kept.get(run.id)))
    votes = store.votes(found.code, found.question) if found.question else {}
    for owner, choice in votes.items():
        if owner in by_owner:
            by_owner[owner]["vote"] = choice
    claims = [{"number": card.number, "claim": card.claim} for card in cards().values()]
    return {
        "students": ([own] if own["runs"] else []) + rows,
        "question": found.question,
        "revealed": found.revealed,
        "claims": claims,
    }


def results_csv(store: Store, found: Class) -> str:
    """One row a student and run (a student without runs has one too), and a column a vote."""
    students = store.students(found.code)
    seated = {student.owner for student in students}
    there = _runs(store, found)
    kept = _kept(store, [run for run, *_ in there])
    runs: dict[str, list[Run]] = {}
    for run, owner, first in there:
        runs.setdefault(_TEACHER if first or owner not in seated else owner, []).append(run)
    people: list[tuple[int | str, str, str]] = [(s.seat + 1, s.nickname, s.owner) for s in students]
    people += [("", "teacher", _TEACHER)] * (_TEACHER in runs)
    voted = {number: store.votes(found.code, number) for number in cards()}
    voted = {number: votes for number, votes in voted.items() if votes}
    rows = []
    for seat, nickname, owner in people:
        who: dict[str, Any] = {"student": seat, "nickname": _safe(nickname)}
        for number, votes in voted.items():
            options = cards()[number].guess.options
            who[f"vote on claim {number}"] = options[votes[owner]] if owner in votes else ""
        rows += [who | _row(run, kept.get(run.id)) for run in runs.get(owner, [])] or [who]
    columns = ["student", "nickname", *_COLUMNS, *(f"vote on claim {number}" for number in voted)]
    table = pd.DataFrame(rows, columns=columns, dtype=object)  # whole numbers beside empty cells
    return table.to_csv(index=False, lineterminator="\n")


def epochs_csv(store: Store, found: Class) -> str:
    """All epochs of all runs, as comparisons export them; the results name whose each run is."""
    runs = [run for run, *_ in _runs(store, found)]
    events = store.events_of([run.id for run in runs], ["started", "epoch", *END_KINDS])
    return comparison_csv([(run, events[run.id]) for run in runs])


def _runs(store: Store, found: Class) -> Sequence[tuple[Run, str, bool]]:
    """Each with its owner, and whether it is the teacher's own."""
    of_class = store.class_runs(found.code)
    runs = {run.id: run for run in store.some([one.run for one in of_class], put_away=True)}
    return [(runs[one.run], one.owner, one.first) for one in of_class if one.run in runs]


def _kept(store: Store, runs: Sequence[Run]) -> dict[str, Mapping[str, Any]]:
    """By run, the epoch that counts: the last, or the best of a run whose patience ended it."""
    found = {run.id: run.summary["epoch"] for run in runs if "epoch" in run.summary}
    patient = {r.id: r.config for r in runs if r.config.patience and r.status == "finished"}
    for run, epochs in store.events_of(list(patient), ["epoch"]).items() if patient else ():
        found[run] = Result(patient[run], tuple(epochs)).kept
    return found


def _told(run: Run, jobs: Jobs, epoch: Mapping[str, Any] | None) -> dict[str, Any]:
    outlook = (jobs.outlook(run.id) if run.status in WAITING else None) or {}
    return {
        "run": run.id,
        "arm": arm_name(run.config),
        "seed": run.config.seed,
        "status": outlook.get("status", run.status),
        "position": outlook.get("position"),
        "seconds_left": outlook.get("seconds_left"),
        "progress": outlook.get("progress", 0.0),
        "accuracy": None if epoch is None else epoch["val"]["accuracy"],
        "why": run.summary.get("failed", {}).get("error"),
    }


_COLUMNS = (
    "run",
    "status",
    "dropout",
    "seed",
    "epochs",
    "train_size",
    "val_accuracy",
    "val_loss",
    "train_clean_accuracy",
    "train_clean_loss",
    "test_accuracy",
    "test_loss",
    "seconds",
    "settings",
)


def _row(run: Run, epoch: Mapping[str, Any] | None) -> dict[str, Any]:
    config, end = run.config, run.summary.get("finished")
    row: dict[str, Any] = {
        "run": run.id,
        "status": run.status,
        "dropout": arm_name(config),
        "seed": config.seed,
        "epochs": config.epochs,
        "train_size": config.train_size,
        "settings": config.to_query(),
    }
    if epoch is not None:
        for group in ("val", "train_clean"):
            row |= {f"{group}_{part}": epoch[group][part] for part in ("accuracy", "loss")}
    if end is not None:
        row |= {f"test_{part}": end["test"][part] for part in ("accuracy", "loss")}
        row["seconds"] = end["seconds"]
    return row


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
