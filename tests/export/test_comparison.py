from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scipy import stats

from dropout_demo.arms import arm_names
from dropout_demo.config import RunConfig
from dropout_demo.contrasts import contrasts
from dropout_demo.export import comparison_file, run_file
from dropout_demo.export.experiment import Experiment
from dropout_demo.export.script import MAX_LINES
from dropout_demo.readings import Result
from dropout_demo.sweeps import SWEEPS, suggested, sweep
from tests.export.runs import Events, as_run, numbers, script_of, tiny_config
from tests.export.test_notebook import executed
from tests.export.test_script import check, started

DENSE = {"flatten": 0.25, "fc1": 0.5}
CHANNELS = {"conv1": {"p": 0.2, "kind": "channel"}, "conv2": {"p": 0.2, "kind": "channel"}}
BLOCKS = {"conv1": {"p": 0.2, "kind": "block"}}
CONNECT = {"fc1": {"p": 0.3, "kind": "connect"}}
ARMS: dict[str, list[dict[str, Any]]] = {
    "pair": [{}, {"dropout": DENSE}],
    "places": [{}, {"dropout": DENSE}, {"dropout": {"conv1": 0.2, "conv2": 0.2}}],
    "kinds": [{}, {"dropout": DENSE}, {"dropout": CHANNELS}, {"dropout": CONNECT}],
    "blocks": [{}, {"dropout": BLOCKS}, {"dropout": DENSE}],
    "rates": [{"dropout": {"fc1": rate}} for rate in (0.1, 0.5, 0.9)],
    "schedules of dropout": [
        {"dropout": DENSE, "dropout_schedule": name}
        for name in ("always", "early", "late", "growing")
    ],
    "schedules": [{"schedule": name} for name in ("constant", "cosine", "step")],
    "optimisers": [{"optimizer": name} for name in ("adam", "adamw", "sgd")],
    "batch norm": [{"batch_norm": name} for name in ("none", "before", "after")],
    "augmentation": [{"augmentation": name} for name in ("none", "flip", "crop", "flip-crop")],
    "padding": [{"padding": 0}, {"padding": 1, "batch_norm": "after"}],
    "width": [{"width": 0.125}, {"width": 0.25}],
    "numbers": [{}, {"max_norm": 1.0}, {"weight_decay": 0.01}, {"label_noise": 0.3}],
    "noise": [{}, {"input_noise": 0.3}],
    "patience": [{"epochs": 3}, {"epochs": 3, "patience": 1, "learning_rate": 0.02}],
}


@pytest.mark.parametrize("kind", ARMS)
def test_each_arm_of_a_comparison_reaches_the_numbers_of_its_run(
    kind: str,
    trained: Callable[[RunConfig], Events],
    repeated: Callable[..., list[dict[str, Any]]],
) -> None:
    configs = [tiny_config(**{"epochs": 1, **changes}) for changes in ARMS[kind]]
    # A second seed of the first arm, so that a single arm is a comparison too.
    source = script_of(*configs, configs[0].with_seed(7))
    check(source)
    for config, arm in zip(configs, arm_names(configs), strict=True):
        assert repeated(source, arm, 0) == numbers(trained(config))


@pytest.mark.parametrize("kind", ARMS)
@pytest.mark.parametrize("dataset", ["cifar10", "shapes"])
@pytest.mark.parametrize("seeds", [1, 3, 10])
def test_the_script_of_a_comparison_is_short(kind: str, dataset: str, seeds: int) -> None:
    configs = [tiny_config(dataset=dataset, **changes) for changes in ARMS[kind]]
    source = script_of(*[config.with_seed(seed) for seed in range(seeds) for config in configs])
    assert source.count("\n") <= MAX_LINES


@pytest.mark.parametrize("field", SWEEPS)
def test_the_script_of_a_sweep_is_short(field: str) -> None:
    base = RunConfig.preset("quick", patience=3, max_norm=3.0, augmentation="flip")
    arms = sweep(field, suggested(field, base), base)
    source = script_of(*[arm.with_seed(seed) for seed in range(3) for arm in arms])
    check(source)
    assert source.count("\n") <= MAX_LINES


def test_a_script_says_the_paired_difference_and_its_interval(
    trained: Callable[[RunConfig], Events], shapes_file: Path, tmp_path: Path
) -> None:
    configs = [tiny_config(dropout=d, epochs=1) for d in ({}, DENSE)]
    runs = [config.with_seed(seed) for seed in (0, 1, 2) for config in configs]
    events = [trained(config) for config in runs]
    (tmp_path / "script.py").write_text(script_of(*runs, events=events), "utf-8")
    said = started(tmp_path, str(shapes_file))
    reached = [100 * e[-2]["val"]["accuracy"] for e in events]
    test = stats.ttest_rel(reached[1::2], reached[::2])
    low, high = test.confidence_interval(0.95)
    mean = sum(reached[1::2]) / 3 - sum(reached[::2]) / 3
    assert f"validation accuracy {mean:+.2f} points" in said[-1]
    half = float(said[-1].partition("+- ")[2])
    assert half == pytest.approx((high - low) / 2, abs=0.006)
    assert math.isfinite(half)


STOPPING = [
    tiny_config(epochs=5, patience=2, learning_rate=rate, seed=seed)
    for seed in (0, 1, 2)
    for rate in (0.001, 0.02)
]


def kept(config: RunConfig, events: Events) -> Result:
    return Result(config, tuple(event for event in events if event["kind"] == "epoch"))


def test_code_counts_a_run_with_patience_by_the_epoch_it_went_back_to_as_the_lab_does(
    trained: Callable[[RunConfig], Events],
    shapes_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    events = [trained(config) for config in STOPPING]
    results = [kept(config, told) for config, told in zip(STOPPING, events, strict=True)]
    (contrast,) = contrasts(results)
    at_last = [100 * result.last["val"]["accuracy"] for result in results]
    points = (sum(at_last[1::2]) - sum(at_last[::2])) / 3
    assert abs(points - 100 * contrast.accuracy.mean) > 0.1  # or the test would show nothing
    said = f"validation accuracy {100 * contrast.accuracy.mean:+.2f} points"
    source = script_of(*STOPPING, events=events)
    (tmp_path / "script.py").write_text(source, "utf-8")
    assert said in started(tmp_path, str(shapes_file))[-1]
    mean = sum(100 * result.accuracy for result in results[::2]) / 3
    opening = " ".join(source.split())
    assert "Mean validation accuracy of the networks that the Lab kept:" in opening
    assert f"{mean:.2f} %" in opening
    monkeypatch.chdir(shapes_file.parent)
    runs = [(as_run(c, id=f"r{n}"), events[n]) for n, c in enumerate(STOPPING)]
    assert said in executed(comparison_file("ipynb", runs)[1])[1].splitlines()[-1]


def test_the_code_of_a_run_with_patience_says_the_epoch_it_went_back_to(
    trained: Callable[[RunConfig], Events],
) -> None:
    for config in STOPPING[:2]:
        events = trained(config)
        read = kept(config, events).kept
        said = " ".join(script_of(config, events=[events]).split())
        assert (
            f"After epoch {read['epoch']}, to which early stopping went back, the run had "
            f"validation loss {read['val']['loss']:.4f}" in said
        )


def test_a_comparison_of_runs_on_different_images_is_code_too() -> None:
    check(script_of(tiny_config(), tiny_config(dataset="cifar10")))


def test_csv_has_a_row_a_run_and_epoch_exact_to_the_last_bit(
    trained: Callable[[RunConfig], Events],
) -> None:
    configs = [tiny_config(), tiny_config(dropout=DENSE, seed=4)]
    events = [trained(config) for config in configs]
    told = [(as_run(c, id=f"r{n}"), events[n]) for n, c in enumerate(configs)]
    media_type, text = comparison_file("csv", told)
    assert media_type == "text/csv"
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["run"] for row in rows] == ["r0", "r0", "r1", "r1"]
    assert [row["arm"] for row in rows[1:3]] == arm_names(configs)
    assert [row["seed"] for row in rows[1:3]] == ["0", "4"]
    single = list(csv.DictReader(io.StringIO(run_file("csv", told[0][0], events[0])[1])))
    assert [{k: row[k] for k in single[0]} for row in rows[:2]] == single
    assert float(rows[3]["val_loss"]) == numbers(events[1])[1]["val"]["loss"]


def test_json_holds_the_address_and_each_run_as_alone() -> None:
    told = [(as_run(tiny_config(seed=n), id=f"r{n}"), []) for n in range(2)]
    whole = json.loads(comparison_file("json", told, "compare=pair")[1])
    assert whole["query"] == "compare=pair"
    assert whole["runs"] == [json.loads(run_file("json", *one)[1]) for one in told]


@pytest.mark.parametrize("form", ["py", "ipynb"])
def test_code_of_no_runs_is_refused(form: str) -> None:
    with pytest.raises(ValueError, match="no runs"):
        comparison_file(form, [])


def test_runs_of_one_arm_are_grouped_by_seed() -> None:
    configs = [tiny_config(dropout=d, seed=s) for s in (5, 2) for d in ({}, DENSE)]
    experiment = Experiment.of(configs)
    assert experiment.seeds == (5, 2)
    assert list(experiment.arms) == ["no dropout", "dropout 0.25 and 0.5"]
