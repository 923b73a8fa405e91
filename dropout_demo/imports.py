"""Runs from an exported file: checked from end to end, for other hands may have written them."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from dropout_demo.config import (
    MAX_NAME_CHARACTERS,
    MAX_PROBLEMS_TOLD,
    MAX_RUNS_A_REQUEST,
    RunConfig,
)
from dropout_demo.event_checks import problems_of_events
from dropout_demo.events import from_json, to_json
from dropout_demo.marks import clean_text
from dropout_demo.problems import ConfigError, Problem, shown
from dropout_demo.store import Store

_READING = threading.Lock()
"""A large file takes a second and a hundred megabytes to check: one at a time."""


class ImportRefused(ConfigError):
    """A file that is no export, or whose runs cannot have been; `problems` says why."""


@dataclass(frozen=True)
class ImportedRun:
    """A whole run of a file. Its events have `seq`, `at` and their own fields, but no run's id."""

    config: RunConfig
    name: str
    events: tuple[Mapping[str, Any], ...]


def import_runs(store: Store, owner: str, whole: Any) -> list[str]:
    """Keep the runs of a decoded export under new ids as this owner's, all or none; the ids.

    Raises ImportRefused, StoreFull or StoreError.
    """
    with _READING:
        runs = [(secrets.token_hex(6), run) for run in read_export(whole)]
    store.add_imported([(i, run.config, run.name, run.events) for i, run in runs], owner)
    return [i for i, _ in runs]


def read_export(whole: Any) -> list[ImportedRun]:
    """The runs of an exported run or comparison, already decoded from JSON.

    All of them are right, or ImportRefused is raised with the first MAX_PROBLEMS_TOLD problems.
    What the store adds to a run, and fields that this version does not know, are left out; within
    an event no foreign field is taken.
    """
    if not isinstance(whole, Mapping):
        raise ImportRefused([Problem("body", shown(whole), "an exported run or comparison")])
    several = "runs" in whole
    raws = whole["runs"] if several else [whole]
    if not isinstance(raws, list) or not 1 <= len(raws) <= MAX_RUNS_A_REQUEST:
        count = f"{len(raws)} runs" if isinstance(raws, list) else shown(raws)
        raise ImportRefused([Problem("runs", count, f"a list of 1 to {MAX_RUNS_A_REQUEST} runs")])
    places = [f"runs.{place}." if several else "" for place in range(len(raws))]
    found = (p for raw, at in zip(raws, places, strict=True) for p in _problems(raw, at))
    problems = list(islice(found, MAX_PROBLEMS_TOLD))
    if problems:
        raise ImportRefused(problems)
    return [_run(raw) for raw in raws]


def _run(raw: Mapping[str, Any]) -> ImportedRun:
    """A run that was checked."""
    events = [{"seq": e["seq"], "at": e["at"], **to_json(from_json(e))} for e in raw["events"]]
    name = clean_text(raw.get("name") or "")
    return ImportedRun(RunConfig.parse(raw["config"]), name, tuple(events))


def _problems(raw: Any, at: str) -> Iterator[Problem]:
    """All that is wrong with one run; `at` goes before every field's name."""
    if not isinstance(raw, Mapping):
        yield Problem(at.rstrip("."), shown(raw), "an exported run")
        return
    name = raw.get("name")
    if name is not None and not (
        isinstance(name, str) and len(clean_text(name)) <= MAX_NAME_CHARACTERS
    ):
        yield Problem(f"{at}name", shown(name), f"text of at most {MAX_NAME_CHARACTERS} characters")
    try:
        config = RunConfig.parse(raw.get("config"))
    except ConfigError as error:
        for problem in error.problems:
            field = problem.field if problem.field == "config" else f"config.{problem.field}"
            yield Problem(at + field, problem.value, problem.allowed)
        return
    if raw.get("hash", config.hash) != config.hash:
        yield Problem(f"{at}hash", shown(raw["hash"]), f"{config.hash}, by the configuration")
    yield from problems_of_events(raw, config, at)
