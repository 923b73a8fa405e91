from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import dropout_demo.data
from dropout_demo import execution
from dropout_demo.__main__ import Exit, app
from dropout_demo.config import PRESETS, RunConfig
from dropout_demo.data import Data
from dropout_demo.events import Event, Finished, from_json

ROOT = Path(__file__).resolve().parents[1]
QUICK = [
    *("--set", "dataset=shapes", "--set", "train_size=512", "--set", "width=0.25"),
    *("--set", "epochs=1", "--set", "precision=fp32", "--threads", "1"),
]


def said(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


def events(result: Result) -> list[Event]:
    return [from_json(json.loads(line)) for line in result.stdout.splitlines()]


@pytest.fixture
def images(monkeypatch: pytest.MonkeyPatch, small_data: Data) -> None:
    """Small images under any name."""
    monkeypatch.setattr(execution, "load", lambda name: small_data)
    monkeypatch.setattr(dropout_demo.data, "load", lambda name: small_data)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch, images: None) -> list[tuple[RunConfig, int]]:
    """What would be trained, without training it."""
    seen: list[tuple[RunConfig, int]] = []

    def execute(config: RunConfig, threads: int, _: Callable[[], bool]) -> Iterator[Event]:
        seen.append((config, threads))
        yield Finished(dropout_demo.events.Measure(1.0, 0.5), 1, 1.0)

    monkeypatch.setattr(execution, "execute", execute)
    return seen


def test_training_prints_one_event_a_line_and_ends_well(images: None) -> None:
    result = said("train", "--preset", "article", *QUICK, "--json")
    assert result.exit_code == Exit.DONE == 0
    kinds = [event.kind for event in events(result) if event.kind != "step"]
    assert kinds == ["started", "epoch", "finished"]
    assert "epoch 1 of 1: train loss" in result.stderr
    assert "test accuracy" in result.stderr


def test_without_json_nothing_is_printed_to_standard_output(images: None) -> None:
    result = said("train", *QUICK)
    assert result.exit_code == 0
    assert result.stdout == ""
    assert "epoch 1 of 1" in result.stderr


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_is_trained_as_it_is(taken: list[Any], preset: str) -> None:
    assert said("train", "--preset", preset, "--threads", "3").exit_code == 0
    assert taken == [(RunConfig.preset(preset), 3)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (["dropout.fc1=0.5"], {"dropout": {"flatten": 0.25, "fc1": 0.5}}),
        (["dropout.fc1.p=0.5"], {"dropout": {"flatten": 0.25, "fc1": 0.5}}),
        (["dropout.fc1.kind=element"], {}),
        (["dropout.input=0.1"], {"dropout": {"input": 0.1, "flatten": 0.25, "fc1": 0.25}}),
        (['dropout={"conv1": 0.5}'], {"dropout": {"conv1": 0.5}}),
        (["epochs=3", "seed=7", "optimizer=sgd"], {"epochs": 3, "seed": 7, "optimizer": "sgd"}),
        (["max_norm=null", "learning_rate=1e-2"], {"learning_rate": 0.01}),
    ],
)
def test_set_changes_one_thing_and_leaves_the_rest_of_the_preset(
    taken: list[Any], changes: list[str], expected: dict[str, Any]
) -> None:
    pairs = [word for change in changes for word in ("--set", change)]
    assert said("train", *pairs).exit_code == 0
    assert taken[0][0] == RunConfig.parse({"preset": "article"} | expected)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--preset", "nope"], "preset is 'nope'; allowed: article"),
        (["--set", "epochs=0"], "epochs is 0; allowed: a whole number >= 1 and <= 500."),
        (["--set", "epochs=NaN"], "epochs is nan"),
        (["--set", "epochs=many"], "epochs is 'many'"),
        (["--set", "dropout.fc1=1"], "dropout.fc1.p is 1; allowed: a rate p with 0 <= p < 1."),
        (["--set", "dropout.fc9=0.5"], "dropout.fc9 is 'fc9'"),
        (["--set", "dropout.fc1.q=0.5"], "dropout.fc1"),
        (["--set", "epochs"], "--set is 'epochs'; allowed: FIELD=VALUE."),
        (["--set", "=3"], "--set is '=3'"),
        (["--set", "colour=red"], "colour is 'red'; allowed: one of the fields dataset"),
        (["--set", "epochs=0", "--set", "width=9"], "width is 9"),
    ],
)
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_arguments_that_make_no_sense_end_with_2_and_a_sentence(
    taken: list[Any], arguments: list[str], named: str, form: list[str]
) -> None:
    result = said("train", *arguments, *form)
    assert result.exit_code == Exit.USAGE == 2
    assert named in result.stderr
    assert "Traceback" not in result.output
    assert result.stdout == ""
    assert not taken


@pytest.mark.parametrize(
    "arguments",
    [["fly"], ["train", "--colour"], ["train", "--threads", "-1"], ["train", "--threads", "x"],
     ["bench", "nope"], ["record", "nope"]],
)  # fmt: skip
def test_unknown_commands_options_and_names_end_with_2(arguments: list[str]) -> None:
    result = said(*arguments)
    assert result.exit_code == 2
    assert result.stderr


def test_missing_images_end_with_3_and_a_sentence_that_says_what_to_do() -> None:
    result = said("train", "--preset", "article", "--json")
    assert result.exit_code == Exit.NO_DATA == 3
    (only,) = events(result)
    assert only.kind == "failed"
    assert "CIFAR-10 is not here yet" in only.error  # type: ignore[union-attr]
    assert "DROPOUT_DEMO_DATA" in result.stderr


def test_data_says_what_is_missing_and_ends_with_3() -> None:
    result = said("data", "--json")
    assert result.exit_code == 3
    assert "CIFAR-10 is not here yet" in json.loads(result.stdout)["error"]
    result = said("data", "mnist")
    assert result.exit_code == 3
    assert "There is no data set 'mnist'" in result.stderr


def test_a_download_is_fetched_only_when_asked_for_and_of_use(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[bool] = []

    def fetch(progress: Callable[[str, int, int], None]) -> None:
        progress("download", 0, 0)
        progress("download", 170, 170)
        asked.append(True)

    monkeypatch.setattr(dropout_demo.data, "download", fetch)
    assert said("data").exit_code == 3
    assert not asked
    assert said("data", "--download").exit_code == 3  # fetched, as far as this test goes
    assert asked == [True]
    monkeypatch.setenv("DROPOUT_DEMO_DATA", str(tmp_path))
    result = said("data", "--download")
    assert result.exit_code == 3
    assert "a download would not be used" in result.stderr
    assert asked == [True]


def test_a_run_that_fails_ends_with_1_and_its_reason(images: None) -> None:
    rate = ["--set", "optimizer=sgd", "--set", "learning_rate=10", "--set", "batch_size=16"]
    run = ["--preset", "article-baseline", *QUICK, *rate, "--set", "epochs=20"]
    result = said("train", *run, "--json")
    assert result.exit_code == Exit.FAILED == 1
    assert events(result)[-1].kind == "failed"
    assert "stopped being finite at step" in result.stderr


def test_ctrl_c_ends_with_130_and_says_cancelled(
    images: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def execute(*_: Any) -> Iterator[Event]:
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr(execution, "execute", execute)
    result = said("train", *QUICK, "--json")
    assert result.exit_code == Exit.CANCELLED == 130
    assert [event.kind for event in events(result)] == ["cancelled"]


def test_help_names_every_command() -> None:
    text = said("--help").stdout
    assert all(command in text for command in ("train", "data", "bench", "record"))


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is another thing there")
def test_a_process_trains_on_shapes_that_it_draws_itself_and_ends_at_ctrl_c(home: Path) -> None:
    words = ["-m", "dropout_demo", "train", "--preset", "quick", "--set", "dataset=shapes"]
    command = [sys.executable, *words, "--set", "epochs=200", "--threads", "1", "--json"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        kinds = [json.loads(process.stdout.readline())["kind"] for _ in range(2)]
        process.send_signal(signal.SIGINT)
        begun = time.monotonic()
        rest, _ = process.communicate(timeout=30)
    assert kinds[0] == "started"
    assert json.loads(rest.splitlines()[-1])["kind"] == "cancelled"
    assert process.returncode == 130
    assert time.monotonic() - begun < 20
    assert home.is_dir()
