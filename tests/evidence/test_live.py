"""The live versions: equal but for what the card compares, and read as recorded runs are."""

from __future__ import annotations

from typing import Any

import pytest

from dropout_demo.arms import rates_of
from dropout_demo.config import TRAIN_IMAGES, Dataset, RunConfig
from dropout_demo.evidence.findings import findings, table_of
from dropout_demo.evidence.live import (
    live_arms,
    live_card,
    live_config,
    live_configs,
    live_names,
    live_told,
)
from dropout_demo.lessons.cards import Card, cards
from dropout_demo.store import Run
from tests.made_runs import epoch

DATASETS: tuple[Dataset, ...] = ("cifar10", "shapes")
TRAINED = [card for card in cards().values() if card.arms]


def named(card: Card) -> str:
    return card.key


def settings(config: RunConfig) -> dict[str, Any]:
    return config.model_dump(mode="json", exclude={"dropout"})


@pytest.mark.parametrize("dataset", DATASETS)
@pytest.mark.parametrize("card", TRAINED, ids=named)
def test_live_arms_differ_in_nothing_but_what_the_cards_arms_differ_in(
    card: Card, dataset: Dataset
) -> None:
    arms = live_arms(card)
    live = [settings(live_config(card, arm, dataset)) for arm in arms]
    recorded = [settings(card.arms[arm].config) for arm in arms]
    for name in live[0]:
        differs = len({str(told[name]) for told in live}) > 1
        differed = len({str(told[name]) for told in recorded}) > 1
        assert differed or not differs, name


@pytest.mark.parametrize("card", TRAINED, ids=named)
def test_dropout_stands_live_where_it_stands_in_the_recorded_arm(card: Card) -> None:
    for arm in live_arms(card):
        live, recorded = live_config(card, arm, "shapes"), card.arms[arm].config
        assert set(rates_of(live)) == set(rates_of(recorded))


@pytest.mark.parametrize("dataset", DATASETS)
@pytest.mark.parametrize("card", TRAINED, ids=named)
def test_every_arm_is_trained_from_the_same_seeds_and_no_two_are_alike(
    card: Card, dataset: Dataset
) -> None:
    configs = live_configs(card, dataset)
    by_arm = {config.with_seed(0).hash for config in configs}
    assert len(by_arm) == len(live_arms(card)) == len(live_names(card, dataset))
    assert len({config.hash for config in configs}) == len(configs)
    seeds = sorted(config.seed for config in configs)
    assert seeds == sorted([*range(card.live.seeds)] * len(by_arm))
    assert all(config.dataset == dataset for config in configs)
    assert all(config.train_size <= TRAIN_IMAGES[dataset] for config in configs)


@pytest.mark.parametrize("card", cards().values(), ids=named)
def test_every_live_version_has_something_to_compare_and_enough_seeds(card: Card) -> None:
    live = live_card(card)
    known = {*live.arms, *live.groups}
    assert live.comparisons
    assert card.live.seeds >= 3
    if card.arms:
        named_ = {name for one in live.comparisons for name in (*one.plus, *one.minus)}
        assert named_ <= known
        assert all(set(group.of) <= set(live.arms) for group in live.groups.values())


def test_a_change_of_a_rate_leaves_an_arm_without_dropout_without() -> None:
    card = _card(changes="flatten=0.5&fc1=0.5&epochs=2")
    assert rates_of(live_config(card, "none", "shapes")) == {}
    assert rates_of(live_config(card, "dropout", "shapes")) == {"flatten": 0.5, "fc1": 0.5}
    assert live_config(card, "none", "shapes").epochs == 2


def test_a_name_says_the_rate_that_is_trained() -> None:
    card = _card(changes="flatten=0.5&fc1=0.5")
    assert live_names(card, "shapes") == {"none": "no dropout", "dropout": "dropout 0.5"}


def test_without_changes_of_rates_names_stay() -> None:
    assert live_names(_card(), "shapes") == {"none": "no dropout", "dropout": "dropout 0.25"}


def test_stored_runs_give_the_findings_that_their_numbers_say() -> None:
    card = _card(changes="epochs=2&train_size=500")
    runs, events = [], {}
    for place, config in enumerate(live_configs(card, "shapes")):
        run = _run(f"run-{place}", config)
        better = 0.05 if rates_of(config) else 0.0
        runs.append(run)
        events[run.id] = [
            epoch(1, 1.0, 1.0, 0.3),
            epoch(2, 0.9, 0.8, 0.5 + better + 0.01 * config.seed),
            _finished(0.4 + better),
        ]
    told = live_told(card, runs, events, {runs[0].id: {"units": {"correlation": 0.5}}})
    [found] = findings(card, table_of(card, told))
    assert found.verdict == "supported"
    assert found.difference is not None
    assert found.difference.mean == pytest.approx(0.05)
    assert found.difference.pairs == 3
    assert told["none"][0].test == {"loss": 1.0, "accuracy": 0.4}
    assert told["none"][0].measured == {"units": {"correlation": 0.5}}


def test_runs_that_did_not_finish_or_are_of_other_settings_count_for_nothing() -> None:
    card = _card(changes="epochs=2&train_size=500")
    config = live_config(card, "none", "shapes")
    other = RunConfig(dataset="shapes", train_size=500, epochs=3)
    runs = [_run("a", config, "cancelled"), _run("b", other)]
    told = live_told(card, runs, {"b": [epoch(1, 1.0, 1.0, 0.3), _finished(0.4)]}, {})
    assert told == {"none": {}, "dropout": {}}


def test_a_group_of_which_one_arm_is_trained_stands_by_it_only_where_nothing_else_is_left() -> None:
    twelve, eight = live_card(cards()[12]), live_card(cards()[8])
    assert all(len(group.of) == 1 for group in twelve.groups.values())
    assert not eight.groups
    assert all(not {"values", "channels"} & {*one.plus, *one.minus} for one in eight.comparisons)


def test_teams_are_left_out_live_and_so_is_what_names_them() -> None:
    live = live_card(cards()[12])
    assert cards()[12].teams
    assert not live.teams
    assert live.comparisons
    assert not any("five" in (*one.plus, *one.minus) for one in live.comparisons)


def _card(changes: str = "") -> Card:
    """Card 2 with one comparison and its own live changes."""
    card = cards()[2]
    arms = {
        "none": {"name": "no dropout", "query": ""},
        "dropout": {"name": "dropout 0.25", "query": "flatten=0.25&fc1=0.25"},
    }
    one = {"says": "s", "value": "val_accuracy@last", "plus": "dropout", "minus": "none"}
    return Card.model_validate(
        card.model_dump()
        | {"arms": arms, "comparisons": [one | {"claimed": "higher"}], "live": {"changes": changes}}
    )


def _run(id_: str, config: RunConfig, status: str = "finished") -> Run:
    return Run(id_, "owner", "", config, status, 0.0, 0.0, 1.0, {})


def _finished(accuracy: float) -> dict[str, Any]:
    return {"kind": "finished", "best_epoch": 2, "test": {"loss": 1.0, "accuracy": accuracy}}
