"""The regularisers' data: equal budgets, configurations that train, sources that there are."""

from __future__ import annotations

from collections import Counter

import pytest

from dropout_demo.arms import rates_of
from dropout_demo.config import RunConfig
from dropout_demo.evidence.values import unit_of
from dropout_demo.lessons.regularisers import CHOSEN_BY, regularisers
from dropout_demo.lessons.sources import source

DATA = regularisers()
KEYS = [one.key for one in DATA.regularisers]


def test_the_articles_alternatives_are_all_there() -> None:
    assert " ".join(KEYS) == (
        "early-stopping weight-decay max-norm input-noise flips-and-crops batch-norm"
    )


@pytest.mark.parametrize("key", KEYS)
def test_each_has_as_many_tries_alone_as_with_dropout_and_as_dropout_has(key: str) -> None:
    groups = Counter(name.partition("-")[0] for name in DATA.arms(key))
    assert groups["alone"] == groups["both"] == len(DATA[key].settings)
    assert groups["dropout"] == 3
    assert groups["alone"] == (2 if key == "batch-norm" else 3)  # it has no strength to tune


@pytest.mark.parametrize("key", KEYS)
def test_arms_differ_from_their_base_in_nothing_but_what_they_are_called_for(key: str) -> None:
    arms = {name: arm.config for name, arm in DATA.arms(key).items()}
    none = arms["none"]
    assert not rates_of(none)
    for name, config in arms.items():
        kind, _, place = name.partition("-")
        assert config.without_dropout() == (arms.get(f"alone-{place}") if place else none) or (
            kind == "dropout" and config.without_dropout() == none
        )
        assert bool(rates_of(config)) == (kind in ("dropout", "both"))
        if kind == "both":
            assert rates_of(config) == {"flatten": 0.25, "fc1": 0.25}
        assert (config.train_size, config.epochs) == (10_000, 15)


def test_what_is_recorded_is_each_run_once_and_early_seeds_first() -> None:
    configs = DATA.configs()
    assert len({config.hash for config in configs}) == len(configs)
    seeds = [config.seed for config in configs]
    assert seeds == sorted(seeds)
    assert set(Counter(seeds).values()) == {len(configs) // DATA.seeds}
    asked = {c.hash for key in KEYS for c in DATA.card(key).configs()}
    assert asked == {config.hash for config in configs}


@pytest.mark.parametrize("key", KEYS)
def test_comparisons_name_values_that_there_are_and_settings_are_never_chosen_by_test_images(
    key: str,
) -> None:
    card = DATA.card(key)
    assert [unit_of(one.value) for one in card.comparisons] == ["fraction"] * 3 + ["nats"] * 3
    assert {group.by for group in card.groups.values()} == {CHOSEN_BY}
    assert CHOSEN_BY.startswith("val_")


@pytest.mark.parametrize("key", KEYS)
def test_the_live_version_has_four_arms_of_one_size_and_is_short(key: str) -> None:
    card = DATA.live_card(key)
    configs = [arm.config for arm in card.arms.values()]
    assert list(card.arms) == ["none", "dropout", "alone", "both"]
    assert len({(c.train_size, c.epochs, c.batch_size) for c in configs}) == 1
    images = sum(config.train_size * config.epochs for config in card.configs())
    assert images <= 240_000  # of 6,000 a second on two cores
    shapes = DATA.live_card(key, "shapes")
    assert {arm.config.dataset for arm in shapes.arms.values()} == {"shapes"}


@pytest.mark.parametrize("key", KEYS)
def test_words_are_short_and_sources_are_there(key: str) -> None:
    one = DATA[key]
    assert one.does.count(". ") == 1
    assert one.does.endswith(".")
    for name in one.sources:
        assert source(name).label


def test_max_norm_has_plain_sgd_as_its_base() -> None:
    none = DATA.arms("max-norm")["none"].config
    assert none == RunConfig.from_query(
        "train_size=10000&optimizer=sgd&learning_rate=0.02&momentum=0.9"
    )
    for place in (1, 2, 3):
        config = DATA.arms("max-norm")[f"alone-{place}"].config
        assert config.schedule == "cosine"
        assert config.learning_rate > none.learning_rate
        assert config.momentum > none.momentum


def test_a_name_that_is_none_is_refused() -> None:
    with pytest.raises(KeyError):
        DATA.card("hope")
