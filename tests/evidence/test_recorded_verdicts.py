"""Every verdict of every card, recomputed from the raw files by other code.

Nothing here uses what computes the verdicts: the cards and the runs are read as TOML and JSON, and
the intervals come from scipy's t distribution. One recorded run is trained again.
"""

from __future__ import annotations

import json
import math
import statistics
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from scipy import stats as scipy_stats

from dropout_demo.config import RunConfig
from dropout_demo.evidence import experiments
from dropout_demo.evidence.experiments import recorded_rows, table
from dropout_demo.evidence.findings import Finding, findings, table_of
from dropout_demo.evidence.known import recorded_table
from dropout_demo.evidence.linear import linear_rows
from dropout_demo.lessons.cards import cards
from dropout_demo.recorded import FOLDER

ROOT = Path(__file__).resolve().parents[2]
RAW_CARDS = {
    raw["number"]: raw
    for path in (ROOT / "dropout_demo" / "lessons" / "claims").glob("*.toml")
    for raw in (tomllib.loads(path.read_text("utf-8")),)
}
TRAINED = sorted(number for number, raw in RAW_CARDS.items() if "arms" in raw)
EPOCHS_AGAIN = 3
"""Epochs trained again: the numbers of an epoch do not depend on those that follow it."""

Value = float | None


@cache
def raw_run(config_hash: str) -> Mapping[str, Any] | None:
    path = FOLDER / "runs" / f"{config_hash}.json"
    raw: dict[str, Any] | None = json.loads(path.read_text("utf-8")) if path.exists() else None
    return raw


def runs_of(raw: Mapping[str, Any], arm: str) -> dict[int, Mapping[str, Any]]:
    told = raw["arms"][arm]
    configs = {
        seed: RunConfig.from_query(f"{told['query']}&seed={seed}".lstrip("&"))
        for seed in range(told.get("seeds", raw.get("seeds", 5)))
    }
    found = {seed: raw_run(config.hash) for seed, config in configs.items()}
    return {seed: run for seed, run in found.items() if run is not None}


def read(run: Mapping[str, Any], name: str) -> Value:
    """A value of a run by its name, or None where it has none."""
    if "." in name and "@" not in name:
        measure, _, key = name.partition(".")
        value: Value = run["measured"].get(measure, {}).get(key)
        return value
    head, _, at = name.partition("@")
    epochs = [event for event in run["events"] if event["kind"] == "epoch"]
    [ended] = [event for event in run["events"] if event["kind"] == "finished"]
    if head in ("test_accuracy", "test_loss"):
        return float(ended["test"][head.removeprefix("test_")])
    if head == "best_epoch":
        return float(ended["best_epoch"])
    if head == "seconds_an_epoch":
        return statistics.median(epoch["seconds"] for epoch in epochs)
    if head == "epochs_to":
        there = [epoch["epoch"] for epoch in epochs if epoch["val"]["accuracy"] >= float(at)]
        return min(there, default=None)
    if at == "best" or (at == "last" and run["config"].get("patience") is not None):
        epoch = epochs[ended["best_epoch"] - 1]
    elif at == "last":
        epoch = epochs[-1]
    else:
        assert at.isdecimal(), name
        if int(at) > len(epochs):
            return None
        epoch = epochs[int(at) - 1]
    val, clean, masked = epoch["val"], epoch["train_clean"], epoch["train_masked"]
    return {
        "val_accuracy": val["accuracy"],
        "val_loss": val["loss"],
        "train_clean_loss": clean["loss"],
        "gap": val["loss"] - clean["loss"],
        "naive_gap": val["loss"] - masked["loss"],
        "noise_tax": masked["loss"] - clean["loss"],
    }[head]


def values(runs: Mapping[int, Mapping[str, Any]], name: str) -> dict[int, float]:
    told = {seed: read(run, name) for seed, run in runs.items()}
    return {seed: value for seed, value in told.items() if value is not None}


def chosen(raw: Mapping[str, Any], group: str) -> str | None:
    told = raw["groups"][group]
    by = {arm: values(runs_of(raw, arm), told.get("by", "val_accuracy@best")) for arm in told["of"]}
    shared = set.intersection(*(set(of) for of in by.values()))
    if not shared:
        return None
    means = {arm: math.fsum(of[s] for s in shared) / len(shared) for arm, of in by.items()}
    best = {"higher": max, "lower": min}[told.get("side", "higher")](means.values())
    return next(arm for arm, mean in means.items() if mean == best)


def values_of(raw: Mapping[str, Any], name: str, value: str) -> dict[int, float]:
    """By seed, of an arm or of a team."""
    if name in raw.get("teams", {}):
        rows = raw_rows(f"teams-{raw['number']:02d}").get(name, {})
        return {seed: row[value] for seed, row in rows.items()}
    return values(runs_of(raw, name), value)


def sides(raw: Mapping[str, Any], one: Mapping[str, Any]) -> list[list[dict[int, float]]]:
    """Values by seed of each arm on the plus side and on the minus side."""
    found = []
    for side, value in (("plus", one["value"]), ("minus", one.get("minus_value", one["value"]))):
        named = one.get(side, [])
        arms = [
            chosen(raw, name) if name in raw.get("groups", {}) else name
            for name in ([named] if isinstance(named, str) else named)
        ]
        found.append([values_of(raw, arm, value) if arm else {} for arm in arms])
    return found


def differences(raw: Mapping[str, Any], one: Mapping[str, Any]) -> list[float]:
    plus, minus = sides(raw, one)
    seeds = sorted(set.intersection(*(set(of) for of in (*plus, *minus))))
    size = math.log if one.get("ratio") else float

    def side(arms: list[dict[int, float]], seed: int) -> float:
        total = math.fsum(size(of[seed]) for of in arms)
        return total / len(arms) if one.get("average") and arms else total

    bound = one.get("against", 0.0)
    bound = math.log(bound or 1) if one.get("ratio") else bound
    return [side(plus, seed) - side(minus, seed) - bound for seed in seeds]


def expected_verdict(apart: list[float], claimed: str) -> tuple[float, float, float, str]:
    """Mean, interval and verdict of differences by the rules of evidence, written anew."""
    mean = math.fsum(apart) / len(apart) if apart else math.nan
    if len(apart) < 2:
        return mean, math.nan, math.nan, "not enough seeds"
    error = statistics.stdev(apart) / math.sqrt(len(apart))
    half = float(scipy_stats.t.ppf(0.975, len(apart) - 1)) * error
    low, high = mean - half, mean + half
    if len(apart) < 3:
        return mean, low, high, "not enough seeds"
    if low > 0:
        return mean, low, high, "supported" if claimed == "higher" else "contradicted"
    if high < 0:
        return mean, low, high, "supported" if claimed == "lower" else "contradicted"
    return mean, low, high, "too close to call"


def check(finding: Finding, apart: list[float], claimed: str) -> None:
    mean, low, high, verdict = expected_verdict(apart, claimed)
    said = finding.comparison.says
    assert finding.verdict == verdict, said
    if not apart:
        assert finding.difference is None, said
        return
    assert finding.difference is not None, said
    assert finding.difference.pairs == len(apart), said
    told = (finding.difference.mean, finding.difference.low, finding.difference.high)
    assert told == pytest.approx((mean, low, high), rel=1e-9, abs=1e-12, nan_ok=True), said


@pytest.mark.parametrize("number", TRAINED)
def test_a_cards_findings_are_those_of_the_raw_files(number: int) -> None:
    raw, card = RAW_CARDS[number], cards()[number]
    told = findings(card, recorded_table(card))
    assert len(told) == len(raw["comparisons"])
    for finding, one in zip(told, raw["comparisons"], strict=True):
        assert finding.comparison.says == one["says"]
        check(finding, differences(raw, one), one["claimed"])


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5])
def test_findings_about_teams_are_those_of_the_raw_rows_however_many_there_are(
    count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The runs are the recorded ones, the teams' rows are made up."""
    raw, card = RAW_CARDS[12], cards()[12]
    named = {"test_accuracy": 0.75, "test_loss": 0.7, "seconds_an_epoch": 20.0}
    rows = [
        {"arm": "five", "seed": seed, "values": {k: v + seed**2 / 500 for k, v in named.items()}}
        for seed in range(count)
    ]
    (tmp_path / "experiments").mkdir()
    whole = {"name": "teams-12", "provenance": {}, "rows": [row | {"curve": []} for row in rows]}
    (tmp_path / "experiments" / "teams-12.json").write_text(json.dumps(whole), "utf-8")
    monkeypatch.setattr(experiments, "FOLDER", tmp_path)
    told = findings(card, recorded_table(card))
    about = [(f, o) for f, o in zip(told, raw["comparisons"], strict=True) if o["plus"] == "five"]
    assert len(about) == 2
    for finding, one in about:
        apart = differences(raw, one)
        assert len(apart) == count
        check(finding, apart, one["claimed"])


@pytest.mark.parametrize("number", TRAINED)
def test_a_group_stands_for_the_arm_that_the_raw_files_make_best(number: int) -> None:
    raw, card = RAW_CARDS[number], cards()[number]
    for finding in findings(card, recorded_table(card)):
        named = {*finding.comparison.plus, *finding.comparison.minus} & set(raw.get("groups", {}))
        best = {group: arm for group in named if (arm := chosen(raw, group))}
        assert dict(finding.chosen) == best


@pytest.mark.parametrize("number", TRAINED)
def test_a_card_none_of_whose_runs_is_recorded_has_no_verdict(number: int) -> None:
    card = cards()[number]
    nothing: dict[str, dict[int, Any]] = {arm: {} for arm in card.arms}
    told = findings(card, table_of(card, nothing))
    assert {finding.verdict for finding in told} == {"not enough seeds"}


def raw_rows(name: str) -> dict[str, dict[int, Mapping[str, float]]]:
    """By arm and seed, what an experiment's file says; what is reckoned at once is reckoned."""
    if name == "linear":
        return {arm: dict(rows) for arm, rows in linear_rows(range(5)).items()}
    path = experiments.FOLDER / "experiments" / f"{name}.json"
    told: dict[str, dict[int, Mapping[str, float]]] = {}
    if path.exists():
        for row in json.loads(path.read_text("utf-8"))["rows"]:
            told.setdefault(row["arm"], {})[row["seed"]] = row["values"]
    return told


@pytest.mark.parametrize("number", sorted(set(RAW_CARDS) - set(TRAINED)))
def test_an_experiments_findings_are_those_of_its_raw_rows(number: int) -> None:
    raw, card = RAW_CARDS[number], cards()[number]
    by_arm, recorded = raw_rows(raw["experiment"]), recorded_rows(raw["experiment"])
    told = findings(card, table(recorded) if recorded else {})
    for finding, one in zip(told, raw["comparisons"], strict=True):
        plus, minus = by_arm.get(one["plus"], {}), by_arm.get(one["minus"], {})
        other = one.get("minus_value", one["value"])
        seeds = sorted(plus.keys() & minus.keys())
        apart = [plus[seed][one["value"]] - minus[seed][other] for seed in seeds]
        check(finding, apart, one["claimed"])


def test_a_recurrent_runs_least_losses_are_those_of_its_curve() -> None:
    path = FOLDER / "experiments" / "sequence.json"
    for row in json.loads(path.read_text("utf-8"))["rows"] if path.exists() else []:
        val = [losses[1] for losses in row["curve"]]
        assert row["values"]["least_val_loss"] == min(val)
        assert row["values"]["last_val_loss"] == val[-1]
        assert row["values"]["best_epoch"] == val.index(min(val)) + 1
        assert row["values"]["least_val_memory_loss"] == min(each[2] for each in row["curve"])


def test_scipys_own_paired_test_gives_the_interval_of_the_second_card() -> None:
    """The formula above against one that is not written here."""
    raw = RAW_CARDS[2]
    one = raw["comparisons"][0]
    [plus], [minus] = sides(raw, one)
    seeds = sorted(plus.keys() & minus.keys())
    assert len(seeds) >= 3, "the article's pair is recorded"
    test = scipy_stats.ttest_rel([plus[s] for s in seeds], [minus[s] for s in seeds])
    interval = test.confidence_interval(0.95)
    _, low, high, _ = expected_verdict(differences(raw, one), one["claimed"])
    assert (low, high) == pytest.approx((interval.low, interval.high))


def cheapest() -> Mapping[str, Any]:
    """The recorded run of least work, on one thread, with 200 steps or more in its first epochs."""
    found = []
    for path in (FOLDER / "runs").glob("*.json"):
        run = raw_run(path.stem)
        assert run is not None
        config = RunConfig.model_validate(run["config"])
        steps = config.steps * EPOCHS_AGAIN / config.epochs
        if steps >= 200 and run["provenance"]["threads a run"] == 1:
            found.append((config.train_size * config.width, config.hash))
    run = raw_run(min(found)[1])
    assert run is not None
    return run


def test_a_recorded_run_trained_again_gives_its_numbers(real_data: Path, one_thread: None) -> None:
    """To the last bit where processor, versions and arithmetic are those of the recording.

    Elsewhere sums are rounded otherwise, and training makes that grow, at most to what another
    seed does: in their first epochs the recorded seeds of one configuration lie within 0.08 of each
    other in accuracy and 0.21 nats in loss. Half as much again is allowed.
    """
    from dropout_demo.events import Epoch, to_json
    from dropout_demo.execution import execute
    from dropout_demo.record import PACKAGES, processor

    run = cheapest()
    config, made = RunConfig.model_validate(run["config"]), run["provenance"]
    kept = [event for event in run["events"] if event["kind"] != "finished"]
    again: list[dict[str, Any]] = []
    events = execute(config, 1, lambda: False)
    for event in events:
        if event.kind in ("started", "epoch"):
            again.append(to_json(event))
        if isinstance(event, Epoch) and event.epoch == EPOCHS_AGAIN:
            events.close()  # type: ignore[attr-defined]
            break
    assert len(again) == EPOCHS_AGAIN + 1, again
    assert again[0]["steps"] == kept[0]["steps"]
    same = again[0] == kept[0] and made["processor"] == processor()
    same = same and all(made[name] == version(name) for name in PACKAGES)
    for told, recorded in zip(again[1:], kept[1:], strict=False):
        for part in ("train_masked", "train_clean", "val"):
            if same:
                assert told[part] == recorded[part], f"{config.hash}, epoch {told['epoch']}"
            else:
                assert told[part]["accuracy"] == pytest.approx(recorded[part]["accuracy"], abs=0.12)
                assert told[part]["loss"] == pytest.approx(recorded[part]["loss"], abs=0.32)
