from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dropout_demo import recorded
from dropout_demo.config import RunConfig
from dropout_demo.contrasts import contrasts
from dropout_demo.data import Data
from dropout_demo.events import from_json, to_json
from dropout_demo.recorded import FOLDER, recording
from dropout_demo.training import train

NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of recordings of this test's own."""
    monkeypatch.setattr(recorded, "FOLDER", tmp_path)
    recording.cache_clear()
    yield tmp_path
    recording.cache_clear()


@pytest.fixture
def made(
    folder: Path, small_data: Data, quick: Callable[..., RunConfig], one_thread: None
) -> dict[str, Any]:
    config = quick(dropout={"flatten": 0.5, "fc1": 0.5})
    whole = {
        "title": "A pair",
        "runs": [
            {
                "hash": arm.hash,
                "config": arm.model_dump(mode="json"),
                "provenance": {"processor": "an abacus", "date": f"2026-11-2{place}"},
                "events": [to_json(e) for e in train(arm, small_data) if e.kind != "step"],
            }
            for place, arm in enumerate((config.without_dropout(), config))
        ],
    }
    (folder / "pair.json").write_text(json.dumps(whole), "utf-8")
    return whole


def test_a_recording_that_was_not_made_is_none(folder: Path) -> None:
    assert recording("article-pair") is None


def test_a_recording_comes_back_as_it_was_made(made: dict[str, Any]) -> None:
    read = recording("pair")
    assert read is not None
    assert (read.name, read.title) == ("pair", "A pair")
    assert read.provenance == {"processor": "an abacus", "date": "2026-11-20 or 2026-11-21"}
    assert [run.config.hash for run in read.runs] == [run["hash"] for run in made["runs"]]
    assert [list(run.events) for run in read.runs] == [run["events"] for run in made["runs"]]


def test_a_recorded_pair_compares_as_live_runs_do(made: dict[str, Any]) -> None:
    read = recording("pair")
    assert read is not None
    (contrast,) = contrasts([run.result for run in read.runs])
    assert contrast.twins
    assert contrast.name == "dropout 0.5"
    last = made["runs"][1]["events"][-2]
    assert read.runs[1].result.accuracy == last["val"]["accuracy"]


def test_recorded_runs_have_names_of_their_own(made: dict[str, Any]) -> None:
    read = recording("pair")
    assert read is not None
    ids = [run.id for run in read.runs]
    assert len(set(ids)) == 2
    assert all(run.startswith("recorded-") for run in ids)


@pytest.mark.parametrize("name", NAMES)
def test_a_recording_of_this_repository_is_whole_and_says_where_it_comes_from(name: str) -> None:
    read = recording(name)
    assert read is not None
    assert {"date", "processor", "system", "torch", "precision", "threads a run", "data"} <= set(
        read.provenance
    )
    raw = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    assert [run.config.hash for run in read.runs] == [run["hash"] for run in raw["runs"]]
    for run in read.runs:
        events = [from_json(event) for event in run.events]
        assert [event.kind for event in events] == [
            "started", *["epoch"] * run.config.epochs, "finished"
        ]  # fmt: skip
        assert all(
            math.isfinite(epoch[part]["loss"])
            for epoch in run.result.epochs
            for part in ("train_masked", "train_clean", "val")
        )
    has_both_arms = len({bool(run.config.dropout) for run in read.runs}) == 2
    assert bool(contrasts([run.result for run in read.runs])) == has_both_arms
