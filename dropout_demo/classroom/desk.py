"""What the teacher alone sees and takes along: names, runs, votes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from dropout_demo.arms import arm_name
from dropout_demo.export.tables import comparison_csv
from dropout_demo.jobs import Jobs
from dropout_demo.lessons.cards import cards
from dropout_demo.store import WAITING, Class, Run, Store

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
    for run, owner in _runs(store, found):
        by_owner.get(owner, own)["runs"].append(_told(run, jobs))
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
    runs: dict[str, list[Run]] = {}
    for run, owner in _runs(store, found):
        runs.setdefault(owner, []).append(run)
    people = [(s.seat + 1, s.nickname, s.owner) for s in store.students(found.code)]
    seated = {owner for *_, owner in people}
    people += [("", "teacher", owner) for owner in runs if owner not in seated]  # type: ignore[misc]
    voted = {number: store.votes(found.code, number) for number in cards()}
    voted = {number: votes for number, votes in voted.items() if votes}
    rows = []
    for seat, nickname, owner in people:
        who: dict[str, Any] = {"student": seat, "nickname": _safe(nickname)}
        for number, votes in voted.items():
            options = cards()[number].guess.options
            who[f"vote on claim {number}"] = options[votes[owner]] if owner in votes else ""
        rows += [who | _row(run) for run in runs.get(owner, [])] or [who]
    columns = ["student", "nickname", *_COLUMNS, *(f"vote on claim {number}" for number in voted)]
    return pd.DataFrame(rows, columns=columns).to_csv(index=False, lineterminator="\n")


def epochs_csv(store: Store, found: Class) -> str:
    """All epochs of all runs, as comparisons export them; the results name whose each run is."""
    runs = [run for run, _ in _runs(store, found)]
    events = store.events_of([run.id for run in runs])
    return comparison_csv([(run, events[run.id]) for run in runs])


def _runs(store: Store, found: Class) -> Sequence[tuple[Run, str]]:
    of_class = store.class_runs(found.code)
    runs = {run.id: run for run in store.some([one.run for one in of_class], put_away=True)}
    return [(runs[one.run], one.owner) for one in of_class if one.run in runs]


def _told(run: Run, jobs: Jobs) -> dict[str, Any]:
    outlook = (jobs.outlook(run.id) if run.status in WAITING else None) or {}
    epoch = run.summary.get("epoch")
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


def _row(run: Run) -> dict[str, Any]:
    epoch, end = run.summary.get("epoch"), run.summary.get("finished")
    config = run.config
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
