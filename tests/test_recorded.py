from __future__ import annotations

import json
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dropout_demo import recorded
from dropout_demo.config import RunConfig
from dropout_demo.contrasts import contrasts
from dropout_demo.data import Data
from dropout_demo.events import from_json, to_json
from dropout_demo.recorded import FOLDER, recorded_run, recording
from dropout_demo.recordings import Plan, recordings
from dropout_demo.training import train

NAMES = sorted(recordings())
FILES = sorted((FOLDER / "runs").glob("*.json"))
MOST_BYTES = 15_000_000
"""What all assets together may take in a clone."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of recordings of this test's own."""
    monkeypatch.setattr(recorded, "FOLDER", tmp_path)
    (tmp_path / "runs").mkdir()
    return tmp_path


@pytest.fixture
def made(
    folder: Path,
    small_data: Data,
    quick: Callable[..., RunConfig],
    one_thread: None,
    monkeypatch: pytest.MonkeyPatch,
) -> list[dict[str, Any]]:
    """The two runs of a recording called "pair", and a third that is planned but not made."""
    config = quick(dropout={"flatten": 0.5, "fc1": 0.5})
    pair = (config.without_dropout(), config)
    plan = Plan("A pair", (*pair, config.with_seed(1)))
    monkeypatch.setattr(recorded, "recordings", lambda: {"pair": plan})
    runs = [
        {
            "hash": arm.hash,
            "config": arm.model_dump(mode="json"),
            "provenance": {"processor": "an abacus", "date": f"2026-11-2{place}"},
            "events": [to_json(e) for e in train(arm, small_data) if e.kind != "step"],
            "measured": {"norms": {"fc1": 1.5}},
        }
        for place, arm in enumerate(pair)
    ]
    for run in runs:
        (folder / "runs" / f"{run['hash']}.json").write_text(json.dumps(run), "utf-8")
    return runs


def test_a_recording_that_was_not_made_is_none(folder: Path) -> None:
    assert recording("article-pair") is None
    assert recording("nonsense") is None


def test_a_recording_comes_back_as_it_was_made(made: list[dict[str, Any]]) -> None:
    read = recording("pair")
    assert read is not None
    assert (read.name, read.title) == ("pair", "A pair")
    assert read.provenance == {"processor": "an abacus", "date": "2026-11-20 or 2026-11-21"}
    assert [run.config.hash for run in read.runs] == [run["hash"] for run in made]
    assert [list(run.events) for run in read.runs] == [run["events"] for run in made]
    assert [run.measured for run in read.runs] == [run["measured"] for run in made]
    assert [run.to_json() for run in read.runs] == made


def test_what_is_planned_but_not_made_is_counted(made: list[dict[str, Any]]) -> None:
    read = recording("pair")
    assert read is not None
    assert read.missing == 1


def test_a_run_that_is_made_anew_is_read_anew(made: list[dict[str, Any]], folder: Path) -> None:
    first = recorded_run(made[0]["hash"])
    assert first is not None
    assert recorded_run(made[0]["hash"]) is first, "an unchanged file is read once"
    path = folder / "runs" / f"{made[0]['hash']}.json"
    written = path.stat().st_mtime_ns
    path.write_text(json.dumps(made[0] | {"provenance": {"date": "later"}}), "utf-8")
    os.utime(path, ns=(written + 10**9, written + 10**9))
    again = recorded_run(made[0]["hash"])
    assert again is not None
    assert again.provenance == {"date": "later"}


@pytest.mark.parametrize("name", ["", "../secret", "0" * 15, "0" * 17, "G" * 16, "0" * 16])
def test_a_name_that_no_run_has_is_none_and_never_becomes_a_path(folder: Path, name: str) -> None:
    (folder / "secret.json").write_text("{}", "utf-8")
    assert recorded_run(name) is None


def test_a_recorded_pair_compares_as_live_runs_do(made: list[dict[str, Any]]) -> None:
    read = recording("pair")
    assert read is not None
    (contrast,) = contrasts([run.result for run in read.runs])
    assert contrast.twins
    assert contrast.name == "dropout 0.5"
    last = made[1]["events"][-2]
    assert read.runs[1].result.accuracy == last["val"]["accuracy"]


def test_recorded_runs_have_names_of_their_own(made: list[dict[str, Any]]) -> None:
    read = recording("pair")
    assert read is not None
    ids = [run.id for run in read.runs]
    assert len(set(ids)) == 2
    assert all(run.startswith("recorded-") for run in ids)


@pytest.mark.parametrize("name", NAMES)
def test_a_recording_of_this_repository_is_its_plan_and_says_where_it_comes_from(name: str) -> None:
    read, plan = recording(name), recordings()[name]
    there = [config for config in plan.configs if recorded_run(config.hash) is not None]
    if read is None:
        assert there == []
        return
    assert [run.config for run in read.runs] == there
    assert len(read.runs) + read.missing == len(plan.configs)
    assert {"date", "processor", "system", "torch", "precision", "threads a run", "data"} <= set(
        read.provenance
    )
    has_both_arms = len({bool(run.config.dropout) for run in read.runs}) == 2
    if name.startswith("article"):
        assert bool(contrasts([run.result for run in read.runs])) == has_both_arms


def test_the_article_on_which_the_app_opens_is_recorded_whole() -> None:
    read = recording("article-pair")
    assert read is not None
    assert (len(read.runs), read.missing) == (10, 0)


def whole(path: Path) -> bool:
    """Whether a file is one finished run of its own name, with nothing left out."""
    raw = json.loads(path.read_text("utf-8"))
    run = recorded_run(path.stem)
    if run is None or not raw["hash"] == run.config.hash == path.stem:
        return False
    kinds = [from_json(event).kind for event in run.events]
    epochs, patience = len(kinds) - 2, run.config.patience
    ended = raw["events"][-1]
    stopped = patience is not None and epochs == ended["best_epoch"] + patience
    return (
        kinds == ["started", *["epoch"] * epochs, "finished"]
        and (epochs == run.config.epochs or stopped)
        and ended["best_epoch"] == run.result.best["epoch"]
        and 0 <= ended["test"]["accuracy"] <= 1
        and all(
            math.isfinite(epoch[part]["loss"])
            for epoch in run.result.epochs
            for part in ("train_masked", "train_clean", "val")
        )
        and all(raw["provenance"].values())
    )


def test_every_recorded_run_is_whole() -> None:
    assert FILES
    assert [path.name for path in FILES if not whole(path)] == []


def test_every_recorded_run_belongs_to_a_recording() -> None:
    planned = {config.hash for plan in recordings().values() for config in plan.configs}
    assert [path.name for path in FILES if path.stem not in planned] == []


def test_all_assets_together_stay_small() -> None:
    files = [path for path in FOLDER.parent.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < MOST_BYTES
