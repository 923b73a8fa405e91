"""`record` makes what a plan names, keeps it, and trains nothing twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from dropout_demo import __main__, record, recorded, recordings
from dropout_demo.evidence import experiments
from dropout_demo.lessons.cards import Card, cards
from dropout_demo.recordings import Plan
from dropout_demo.weights import epochs_in
from tests.serving import prepared_home

QUERY = "dataset=shapes&train_size=256&epochs=2&batch_size=64&width=0.25"


@pytest.fixture
def card() -> Card:
    """Two tiny arms of one seed each, and a team of two."""
    one = {"says": "x", "value": "test_accuracy", "plus": "two", "minus": "a"}
    changes: dict[str, Any] = {
        "arms": {
            "a": {"name": "plain", "query": QUERY, "seeds": 1},
            "b": {"name": "dropout", "query": f"{QUERY}&fc1=0.5&patience=1", "seeds": 1},
        },
        "teams": {"two": {"name": "two", "of": "b", "size": 2, "seeds": 1}},
        "comparisons": [one | {"claimed": "higher"}],
        "groups": {},
        "live": {},
        "measures": ["norms"],
    }
    return Card.model_validate(cards()[2].model_dump(mode="json") | changes)


@pytest.fixture
def folder(
    card: Card,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """Nothing is recorded here, and only "tiny" is planned."""
    first = card.arms["a"].config
    opened = {first.hash: frozenset((2,))}
    plan = Plan("Tiny", card.configs(), opened, card.measures, teams_of=card)
    for module in (recordings, record, recorded):
        monkeypatch.setattr(module, "recordings", lambda: {"tiny": plan})
    for module in (recorded, experiments):
        monkeypatch.setattr(module, "FOLDER", tmp_path / "recorded")
    monkeypatch.setenv("DROPOUT_DEMO_HOME", str(prepared_home(tmp_path_factory)))
    return tmp_path / "recorded"


def test_a_plan_is_made_once_runs_measures_networks_and_teams(card: Card, folder: Path) -> None:
    done = CliRunner().invoke(__main__.app, ["record", "tiny"])
    assert done.exit_code == 0, done.output
    files = sorted(folder.rglob("*.*"))
    configs = card.configs()
    names = {f"{config.hash}.json" for config in configs} | {"epoch-002.pt", "teams-02.json"}
    assert {path.name for path in files} == names
    assert epochs_in(recorded.weights_of(configs[0])) == [2]
    for config in configs:
        run = recorded.recorded_run(config.hash)
        assert run is not None
        assert [event["kind"] for event in run.events][-1] == "finished"
        assert run.measured["norms"]["fc1"] > 0
        assert run.provenance["data"].startswith("drawn shapes")
    [row] = json.loads((folder / "experiments" / "teams-02.json").read_text("utf-8"))["rows"]
    assert (row["arm"], row["seed"]) == ("two", 0)
    before = {path: path.stat().st_mtime_ns for path in files}
    assert CliRunner().invoke(__main__.app, ["record", "tiny"]).exit_code == 0
    assert {path: path.stat().st_mtime_ns for path in sorted(folder.rglob("*.*"))} == before
