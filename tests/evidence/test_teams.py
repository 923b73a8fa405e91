"""Teams: who is in them, what their mean says, and how they are recorded and told."""

from __future__ import annotations

import json
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from rich.progress import Progress

from dropout_demo import checkpoints
from dropout_demo.cores import division
from dropout_demo.data import load
from dropout_demo.evidence import experiments
from dropout_demo.evidence.experiments import Row, Rows, file_of_experiment
from dropout_demo.evidence.findings import findings
from dropout_demo.evidence.known import recorded_table, recorded_told
from dropout_demo.evidence.teams import (
    TEAM_VALUES,
    members,
    recorded_teams,
    rows_name,
    team_table,
)
from dropout_demo.evidence.values import Told
from dropout_demo.execution import execute
from dropout_demo.inside.workbench import ready
from dropout_demo.lessons.cards import Card, Team, cards
from dropout_demo.record_experiments import keep_rows
from dropout_demo.record_teams import Member, record_teams, shares_of, values_of_team
from dropout_demo.recorded import recorded_run, weights_of
from dropout_demo.recordings import recordings
from dropout_demo.ui.claims.charts import CHARTS
from dropout_demo.ui.claims.seen import seen_of
from dropout_demo.ui.claims.taking import everything, table_csv
from tests.made_runs import result
from tests.serving import prepared_home

QUERY = "dataset=shapes&train_size=256&epochs=2&batch_size=64&width=0.25&precision=fp32"
TEAMS = {"two": {"name": "two together", "of": "none", "size": 2, "seeds": 2}}


def card(teams: dict[str, Any] | None = None, query: str = QUERY) -> Card:
    """Of tiny networks: a team against one of its arm."""
    arms = {"none": {"name": "alone", "query": query}}
    one = {"says": "x", "value": "test_accuracy", "plus": "two", "minus": "none"}
    plain = cards()[2].model_dump(mode="json") | {"groups": {}, "live": {}, "measures": []}
    changes = {"arms": arms, "teams": teams or TEAMS, "comparisons": [one | {"claimed": "higher"}]}
    return Card.model_validate(plain | changes)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing is recorded here yet."""
    monkeypatch.setattr(experiments, "FOLDER", tmp_path / "recorded")
    return tmp_path / "recorded"


@pytest.fixture
def images(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawn shapes are ready, here and for the workers."""
    monkeypatch.setenv("DROPOUT_DEMO_HOME", str(prepared_home(tmp_path_factory)))


def row(seed: int, accuracy: float = 0.8) -> Row:
    return Row("two", seed, dict.fromkeys(TEAM_VALUES, 0.5) | {"test_accuracy": accuracy})


@given(st.integers(2, 20), st.integers(1, 10))
def test_no_network_stands_in_two_teams_and_a_team_begins_with_its_own_seed(
    size: int, seeds: int
) -> None:
    team = Team(name="t", of="none", size=size, seeds=seeds)
    found = [team.member_seeds(seed) for seed in range(seeds)]
    assert [len(own) for own in found] == [size] * seeds
    assert [own[0] for own in found] == list(range(seeds))
    assert sorted(chain(*found)) == list(range(size * seeds))


def test_the_five_ensembles_of_card_12_are_its_plain_networks_of_25_seeds() -> None:
    twelve = cards()[12]
    team = twelve.teams["five"]
    found = [members(twelve, team, seed) for seed in range(team.seeds)]
    assert [config.seed for config in found[0]] == [0, 5, 6, 7, 8]
    assert [config.seed for config in found[4]] == [4, 21, 22, 23, 24]
    assert len({config.hash for config in chain(*found)}) == 25
    assert {config.with_seed(0) for config in chain(*found)} == {twelve.arms["none"].config}
    assert not any(config.dropout for config in chain(*found))


def test_the_recording_of_a_card_with_teams_makes_them_and_no_other_does() -> None:
    made = [name for name, plan in recordings().items() if plan.teams_of is not None]
    assert made == ["card-12"]
    assert recordings()["card-12"].teams_of == cards()[12]


def test_a_team_says_the_mean_of_its_softmax_as_numpy_reckons_it() -> None:
    random = np.random.default_rng(0)
    scores = random.normal(0, 2, (3, 50, 10))
    shares = np.exp(scores) / np.exp(scores).sum(2, keepdims=True)
    labels = random.integers(0, 10, 50)
    config = card().arms["none"].config
    team = [
        Member(config, torch.tensor(one, dtype=torch.float32), seconds, {})
        for one, seconds in zip(shares, (1.0, 2.0, 4.5), strict=True)
    ]
    told = values_of_team(team, torch.tensor(labels))
    mean = shares.mean(0)
    assert tuple(told) == TEAM_VALUES
    assert told["test_accuracy"] == pytest.approx((mean.argmax(1) == labels).mean())
    assert told["test_loss"] == pytest.approx(-np.log(mean[range(50), labels]).mean(), abs=1e-5)
    alone = np.mean([(one.argmax(1) == labels).mean() for one in shares])
    assert told["member_test_accuracy"] == pytest.approx(alone, abs=1e-6)
    assert told["seconds_an_epoch"] == pytest.approx(7.5)
    by_member = -np.log(shares[:, range(50), labels]).mean()
    assert told["test_loss"] <= by_member, "the logarithm is concave"


def by_hand(one: Card, seed: int, folder: Path) -> tuple[float, float]:
    """Accuracy and loss of a team, its members trained here and averaged in numpy."""
    test = load("shapes").test
    batch = ready(test.images, test.labels)
    shares = []
    for config in members(one, one.teams["two"], seed):
        where = folder / config.hash
        where.mkdir()
        for _ in execute(config, division()[1], lambda: False, where):
            pass
        net = checkpoints.load(where, config.epochs, config)
        with torch.inference_mode():
            scores = net(batch.images).double().numpy()
        exact = np.exp(scores - scores.max(1, keepdims=True))
        shares.append(exact / exact.sum(1, keepdims=True))
    mean = np.mean(shares, axis=0)
    truth = mean[range(len(mean)), test.labels]
    return float((mean.argmax(1) == test.labels).mean()), float(-np.log(truth).mean())


def test_teams_are_made_once_kept_row_by_row_and_say_what_their_networks_say(
    folder: Path, images: None, tmp_path: Path
) -> None:
    one = card()
    with Progress(disable=True) as progress:
        assert record_teams(one, progress)
        rows = recorded_teams(one)
        assert rows is not None
        assert [(told.arm, told.seed) for told in rows.rows] == [("two", 0), ("two", 1)]
        assert rows.provenance["data"].startswith("drawn shapes")
        assert rows.provenance["precision"] == "fp32"
        file = file_of_experiment(rows_name(one))
        raw = json.loads(file.read_text("utf-8"))
        cut = raw | {"rows": raw["rows"][:1]}  # as if it had been stopped
        file.write_text(json.dumps(cut), "utf-8")
        assert record_teams(one, progress)
        again = json.loads(file.read_text("utf-8"))
    assert again["rows"][0] == raw["rows"][0]
    for told, before in zip(again["rows"], raw["rows"], strict=True):
        assert told["values"].keys() == set(TEAM_VALUES)
        for name in set(TEAM_VALUES) - {"seconds_an_epoch"}:
            assert told["values"][name] == before["values"][name]
        assert told["values"]["seconds_an_epoch"] > 0
    accuracy, loss = by_hand(one, 1, tmp_path)
    assert again["rows"][1]["values"]["test_accuracy"] == pytest.approx(accuracy, abs=2e-3)
    assert again["rows"][1]["values"]["test_loss"] == pytest.approx(loss, abs=1e-3)
    assert [path.name for path in folder.rglob("*.*")] == [file.name], "no network is kept"
    written = file.stat().st_mtime_ns
    with Progress(disable=True) as progress:
        assert record_teams(one, progress)
    assert file.stat().st_mtime_ns == written, "what is there is not made again"


def test_a_kept_network_asked_alone_says_what_its_recorded_run_says(
    real_data: Path, one_thread: None
) -> None:
    """On all test images. It was trained and measured in bf16, and is opened in fp32."""
    [config] = [one for one in recordings()["article-pair"].configs[:2] if not one.dropout]
    run = recorded_run(config.hash)
    assert run is not None
    net = checkpoints.load(weights_of(config), config.epochs, config)
    labels = torch.tensor(load("cifar10").test.labels)
    told = values_of_team([Member(config, shares_of(net, config), 1.0, {})], labels)
    test = run.events[-1]["test"]
    assert config == cards()[12].arms["none"].config, "one of the first ensemble"
    assert told["test_accuracy"] == pytest.approx(test["accuracy"], abs=1e-3)
    assert told["test_loss"] == pytest.approx(test["loss"], abs=2e-3)


def test_a_team_whose_networks_fail_is_left_out_and_the_others_are_kept(
    folder: Path, images: None
) -> None:
    teams = {
        "bad": {"name": "diverging", "of": "wild", "size": 2, "seeds": 1},
        "two": TEAMS["two"] | {"seeds": 1},
    }
    plain = card().model_dump(mode="json")
    arms = plain["arms"] | {
        "wild": {"name": "wild", "query": f"{QUERY}&optimizer=sgd&momentum=0.9&learning_rate=10"}
    }
    one = Card.model_validate(plain | {"arms": arms, "teams": teams})
    with Progress(disable=True) as progress:
        assert not record_teams(one, progress)
    rows = recorded_teams(one)
    assert rows is not None
    assert [(told.arm, told.seed) for told in rows.rows] == [("two", 0)]


def test_the_chart_and_the_files_of_card_12_have_the_ensembles_that_are_there(
    folder: Path,
) -> None:
    twelve = cards()[12]
    told = recorded_told(twelve)
    names = {key: one.name for key, one in twelve.arms.items()}
    names["five"] = twelve.teams["five"].name

    def points() -> list[tuple[str, list[float]]]:
        seen = seen_of(twelve, names, told, recorded_table(twelve, told))
        assert everything(seen)["teams"]["five"]["seeds"][1] == (1, 9, 10, 11, 12)
        return [(one.name, list(one.y)) for one in CHARTS[12](seen).series if len(one.x)]

    before = points()
    assert names["five"] not in dict(before)
    five = tuple(Row("five", seed, row(seed, 0.75 + seed / 50).values) for seed in range(2))
    keep_rows(Rows(rows_name(twelve), five, {}))
    assert points() == [*before, (names["five"], [pytest.approx(0.76)])]
    seen = seen_of(twelve, names, told, recorded_table(twelve, told))
    assert "\nfive,1," in table_csv(seen.table)
    assert seen.runs == sum(map(len, told.values())), "a team is no run"


def test_a_table_has_runs_and_teams_and_a_finding_pairs_them(folder: Path) -> None:
    one = card()
    told = {
        "none": {
            seed: Told(result(one.arms["none"].config, seed, 0.1, 0.7), {"accuracy": 0.7}, {})
            for seed in range(3)
        }
    }
    assert recorded_table(one, told)["two"] == {}
    [finding] = findings(one, recorded_table(one, told))
    assert finding.difference is None
    assert finding.missing == ("Seeds 0, 1, 2 are left out: no value of two together.",)
    keep_rows(Rows(rows_name(one), (row(1, 0.9), row(0)), {}))
    table = recorded_table(one, told)
    assert [list(table), list(table["two"])] == [["none", "two"], [0, 1]]
    [finding] = findings(one, table)
    assert finding.difference is not None
    assert finding.difference.pairs == 2
    assert finding.difference.mean == pytest.approx(0.15)
    assert finding.missing == ("Seed 2 is left out: no value of two together.",)


def test_rows_that_the_card_does_not_ask_for_are_left_aside(folder: Path) -> None:
    one = card()
    keep_rows(Rows(rows_name(one), (row(0), row(7), Row("other", 0, {})), {}))
    assert {key: list(rows) for key, rows in team_table(one).items()} == {"two": [0]}


def test_a_card_without_teams_has_no_rows(folder: Path) -> None:
    assert recorded_teams(cards()[2]) is None
    assert team_table(cards()[2]) == {}


def test_what_is_recorded_of_card_12s_ensembles_is_whole() -> None:
    rows = recorded_teams(cards()[12])
    for told in rows.rows if rows else ():
        assert told.values.keys() == set(TEAM_VALUES)
        assert told.values["test_accuracy"] >= told.values["member_test_accuracy"] - 0.01
        assert 0 < told.values["test_loss"] < np.log(10)
    found = [(told.arm, told.seed) for told in rows.rows] if rows else []
    assert len(set(found)) == len(found)
    assert {arm for arm, _ in found} <= {"five"}
