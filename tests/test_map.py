"""The map against its definition: which runs fill which cell, and with what."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from dropout_demo.arms import arm_of
from dropout_demo.config import LAYERS, Dropout, RunConfig
from dropout_demo.map import (
    CELLS,
    NONE,
    PLACE_WORDS,
    PLACES,
    RATES,
    SHOWN,
    Cell,
    arms_of_map,
    config_at,
    filled,
    next_seed,
)
from dropout_demo.readings import MEASURES

SETTING = RunConfig(dataset="shapes", train_size=500, epochs=3)
DENSE = Cell("dense", 0.25)


def epoch(accuracy: float, loss: float = 1.0, clean: float = 0.5) -> dict[str, Any]:
    return {
        "val": {"accuracy": accuracy, "loss": loss},
        "train_clean": {"accuracy": 0.9, "loss": clean},
    }


def run(name: str, cell: Cell, seed: int, accuracy: float) -> tuple[str, RunConfig, dict[str, Any]]:
    return name, config_at(cell, SETTING).with_seed(seed), epoch(accuracy)


def test_every_cell_is_an_arm_of_its_own() -> None:
    assert len(CELLS) == 1 + len(PLACES) * len(RATES) == len(arms_of_map(SETTING))


def test_every_place_has_words_and_layers_in_the_order_of_the_network() -> None:
    assert set(PLACE_WORDS) == set(PLACES)
    for layers in PLACES.values():
        assert list(layers) == sorted(layers, key=LAYERS.index)


def test_the_articles_network_is_on_the_map() -> None:
    article = RunConfig.preset("article", dataset="shapes", train_size=500, epochs=3)
    assert arms_of_map(article)[arm_of(article)] == DENSE


@pytest.mark.parametrize("cell", CELLS)
def test_a_cell_drops_at_its_layers_alone(cell: Cell) -> None:
    loaded = SETTING.model_copy(update={"dropout": {"conv1": Dropout(0.9)}})
    config = RunConfig.model_validate(config_at(cell, loaded).model_dump(mode="json"))
    assert tuple(config.dropout) == (() if cell.place == NONE else PLACES[cell.place])
    assert {drop.p for drop in config.dropout.values()} <= {cell.rate}


def test_means_and_intervals_are_over_seeds() -> None:
    values = [0.5, 0.56, 0.61]
    runs = [run(f"r{seed}", DENSE, seed, value) for seed, value in enumerate(values)]
    told = filled("val_accuracy", SETTING, runs)
    assert set(told) == {DENSE}
    found = told[DENSE]
    assert (found.seeds, found.runs) == (3, ("r0", "r1", "r2"))
    expected = stats.t.interval(0.95, 2, sum(values) / 3, stats.sem(values))
    assert found.mean == pytest.approx(sum(values) / 3)
    assert (found.low, found.high) == pytest.approx(expected)


def test_a_seed_counts_once_and_a_single_one_has_no_interval() -> None:
    runs = [run("mine", DENSE, 4, 0.5), run("yours", DENSE, 4, 0.5)]
    found = filled("val_accuracy", SETTING, runs)[DENSE]
    assert (found.mean, found.runs) == (0.5, ("mine",))
    assert math.isnan(found.low)
    assert math.isnan(found.high)


def test_runs_of_other_settings_and_diverged_ones_are_passed_over() -> None:
    other = config_at(DENSE, SETTING.model_copy(update={"epochs": 4}))
    runs = [("other", other, epoch(0.5)), run("diverged", DENSE, 0, math.nan)]
    assert filled("val_accuracy", SETTING, runs) == {}


@pytest.mark.parametrize(
    ("measure", "value"), [("val_accuracy", 0.6), ("val_loss", 1.25), ("gap", 1)]
)
def test_each_measure_is_read_as_everywhere_else(measure: str, value: float) -> None:
    told = epoch(0.6, loss=1.25, clean=0.25)
    cell = Cell(NONE, 0.0)
    found = filled(measure, SETTING, [("r", config_at(cell, SETTING), told)])[cell]
    assert found.mean == pytest.approx(value) == MEASURES[measure].value(told)
    assert measure in SHOWN


def test_an_unknown_measure_or_place_is_refused() -> None:
    with pytest.raises(KeyError):
        filled("luck", SETTING, [])
    with pytest.raises(KeyError):
        config_at(Cell("nowhere", 0.5), SETTING)


@given(st.lists(st.integers(0, 6)), st.lists(st.integers(0, 6)))
def test_the_next_seed_is_the_lowest_that_the_cell_has_not(
    mine: list[int], others: list[int]
) -> None:
    elsewhere = Cell("fc1", 0.5)
    taken = [config_at(DENSE, SETTING).with_seed(seed) for seed in mine]
    taken += [config_at(elsewhere, SETTING).with_seed(seed) for seed in others]
    assert next_seed(DENSE, SETTING, taken) == min(set(range(8)) - set(mine))
