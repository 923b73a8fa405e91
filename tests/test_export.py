from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from dropout_demo.config import RunConfig
from dropout_demo.data import Data
from dropout_demo.events import to_json
from dropout_demo.export import FORMS, as_csv, as_json, epochs_frame
from dropout_demo.store import Run
from dropout_demo.training import train

COLUMNS = [
    "epoch",
    *("train_masked_loss", "train_masked_accuracy"),
    *("train_clean_loss", "train_clean_accuracy"),
    *("val_loss", "val_accuracy"),
    "seconds",
]


@pytest.fixture
def config(quick: Callable[..., RunConfig]) -> RunConfig:
    return quick(epochs=2)


@pytest.fixture
def events(config: RunConfig, small_data: Data, one_thread: None) -> list[dict[str, Any]]:
    return [
        to_json(event) | {"run": "abc", "seq": seq, "at": 0.5}
        for seq, event in enumerate(train(config, small_data), 1)
    ]


@pytest.fixture
def run(config: RunConfig) -> Run:
    return Run("abc", "owner", "server", config, "finished", 1.0, 2.0, 3.0, {})


def test_a_frame_has_one_row_an_epoch_and_the_three_measures(
    events: list[dict[str, Any]],
) -> None:
    frame = epochs_frame(events)
    assert list(frame.columns) == COLUMNS
    told = [event for event in events if event["kind"] == "epoch"]
    assert list(frame["epoch"]) == [1, 2]
    for row, event in zip(frame.to_dict("records"), told, strict=True):
        for name in ("train_masked", "train_clean", "val"):
            assert row[f"{name}_loss"] == event[name]["loss"]
            assert row[f"{name}_accuracy"] == event[name]["accuracy"]


def test_csv_reads_back_to_the_last_bit(run: Run, events: list[dict[str, Any]]) -> None:
    media_type, text = as_csv(run, events)
    assert media_type == "text/csv"
    rows = list(csv.DictReader(io.StringIO(text)))
    read = [{name: float(text) for name, text in row.items()} for row in rows]
    assert read == epochs_frame(events).to_dict("records")


def test_a_run_without_an_epoch_is_a_header(run: Run) -> None:
    assert as_csv(run, [])[1] == ",".join(COLUMNS) + "\n"


def test_json_holds_everything_and_the_configuration_reads_back(
    run: Run, events: list[dict[str, Any]]
) -> None:
    media_type, text = as_json(run, events)
    assert media_type == "application/json"
    whole = json.loads(text)
    assert whole["events"] == events
    assert (whole["id"], whole["status"], whole["hash"]) == ("abc", "finished", run.config.hash)
    assert RunConfig.model_validate(whole["config"]) == run.config


def test_an_export_does_not_say_whose_run_it_is(run: Run, events: list[dict[str, Any]]) -> None:
    assert all("owner" not in form(run, events)[1] for form in FORMS.values())
