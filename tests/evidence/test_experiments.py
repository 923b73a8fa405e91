"""Experiments as rows: what is read off them, kept, made anew, and judged."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from rich.progress import Progress
from scipy.stats import ttest_rel

from dropout_demo import record_experiments
from dropout_demo.evidence import experiments
from dropout_demo.evidence.experiments import (
    EXPERIMENTS,
    Rows,
    curves,
    file_of_experiment,
    recorded_rows,
    sequence_row,
    table,
)
from dropout_demo.evidence.findings import findings
from dropout_demo.lessons.cards import cards
from dropout_demo.record_experiments import record_experiment
from dropout_demo.sequences.setting import EPOCHS, SEQUENCE_ARMS, SequenceArm
from dropout_demo.sequences.text import texts

CURVE = [(1.0, 3.0, 2.0), (0.5, 2.0, 1.5), (0.25, 2.5, 1.0)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing is recorded here yet."""
    monkeypatch.setattr(experiments, "FOLDER", tmp_path)
    return tmp_path


def few(arm: SequenceArm, seed: int) -> Rows:
    return Rows("sequence", (sequence_row(arm, seed, CURVE),))


def test_values_are_read_off_the_curve() -> None:
    values = sequence_row("none", 0, CURVE).values
    assert values == {
        "least_val_loss": 2.0,
        "last_val_loss": 2.5,
        "least_val_memory_loss": 1.0,
        "val_memory_loss_at_best": 1.5,
        "best_epoch": 2.0,
    }


def test_rows_become_the_table_and_the_findings_of_the_card() -> None:
    rows = [
        sequence_row(arm, seed, [(1.0, 2.0 - 0.1 * place - 0.01 * seed * place, 1.0)])
        for seed in range(4)
        for place, arm in enumerate(SEQUENCE_ARMS)
    ]
    found = findings(cards()[19], table(Rows("sequence", tuple(rows))))[0]
    assert found.difference is not None
    assert found.difference.mean == pytest.approx(-0.115)
    assert (found.difference.pairs, found.verdict, found.unit) == (4, "supported", "nats")
    missing = table(few("none", 0))
    assert findings(cards()[19], missing)[0].verdict == "not enough seeds"


def test_every_comparison_of_an_experiments_card_names_its_arms_and_values() -> None:
    for card in cards().values():
        if not card.experiment:
            continue
        rows = recorded_rows(card.experiment)
        assert rows is not None
        assert set(table(rows)) == set(EXPERIMENTS[card.experiment].arms)
        assert all(found.difference is not None for found in findings(card, table(rows)))


def test_the_recorded_result_repeats_under_independent_code() -> None:
    raw = json.loads(file_of_experiment("sequence").read_text("utf-8"))
    least = {(row["arm"], row["seed"]): min(v for _, v, _ in row["curve"]) for row in raw["rows"]}
    between, none = ([least[arm, seed] for seed in range(5)] for arm in ("between", "none"))
    test = ttest_rel(between, none)
    low, high = test.confidence_interval(0.95)
    rows = recorded_rows("sequence")
    assert rows is not None
    found = findings(cards()[19], table(rows))[0]
    assert found.difference is not None
    assert (found.difference.low, found.difference.high) == pytest.approx((low, high))


def test_what_is_recorded_is_whole_says_where_it_is_from_and_keeps_to_the_known_bound() -> None:
    rows = recorded_rows("sequence")
    assert rows is not None
    assert {(row.arm, row.seed) for row in rows.rows} == {
        (arm, seed) for arm in SEQUENCE_ARMS for seed in range(5)
    }
    assert {"date", "processor", "python", "torch", "threads a run", "data"} <= set(rows.provenance)
    for row in rows.rows:
        assert len(row.curve) == EPOCHS
        assert row.values["least_val_loss"] > texts()[1].best
        assert all(math.isfinite(loss) for losses in row.curve for loss in losses)
    by_arm = curves(rows)
    assert tuple(by_arm) == SEQUENCE_ARMS
    assert all(set(found) == {0, 1, 2, 3, 4} for found in by_arm.values())


def test_what_is_not_there_is_made_once_and_kept_row_by_row(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert recorded_rows("sequence") is None
    monkeypatch.setattr(record_experiments, "RECORDED_SEEDS", 1)
    with Progress(disable=True) as progress:
        assert record_experiment("sequence", progress, epochs=1)
        file = file_of_experiment("sequence")
        first = file.read_text("utf-8")
        raw = json.loads(first)
        raw["rows"] = raw["rows"][:2]  # as if it had been stopped
        file.write_text(json.dumps(raw), "utf-8")
        assert record_experiment("sequence", progress, epochs=1)
    assert json.loads(file.read_text("utf-8")) == json.loads(first)
    assert [row["arm"] for row in json.loads(first)["rows"]] == list(SEQUENCE_ARMS)
    assert not list(folder.rglob("*.part"))


def test_linear_regression_needs_no_file_and_an_unknown_name_has_nothing(folder: Path) -> None:
    rows = recorded_rows("linear")
    assert rows is not None
    assert set(table(rows)) == {"sgd"}
    assert set(table(rows)["sgd"]) == {0, 1, 2, 3, 4}
    assert recorded_rows("../article") is None
    with pytest.raises(ValueError, match="no experiment"), Progress(disable=True) as progress:
        record_experiment("linear", progress)
