"""Who trains what in a class, and who may not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropout_demo.arms import arm_of
from dropout_demo.class_rules.modes import (
    MAX_BUDGET,
    MAX_RUNS_EACH,
    MAX_STUDENTS,
    MODE_WORDS,
    MODES,
    Rules,
    assigned,
    cell_of_seat,
    check_run,
)
from dropout_demo.config import Dropout, RunConfig
from dropout_demo.map import CELLS, arms_of_map
from dropout_demo.problems import ConfigError

SETTING = RunConfig(dataset="shapes", train_size=500, epochs=3, dropout={"fc1": Dropout(0.5)})


@pytest.mark.parametrize("mode", ["cells", "seeds"])
def test_no_two_runs_of_a_class_are_the_same(mode: str) -> None:
    rules = Rules.parse({"mode": mode, "runs_each": 3})
    hashes = set()
    for seat in range(MAX_STUDENTS):
        for done in range(3):
            config = assigned(rules, SETTING, seat, done)
            assert config is not None
            hashes.add(config.hash)
    assert len(hashes) == 3 * MAX_STUDENTS


def test_the_map_is_filled_evenly_and_a_student_stays_in_one_cell() -> None:
    rules = Rules.parse({"mode": "cells"})
    cells = arms_of_map(SETTING)
    seats = range(3 * len(CELLS))
    found = [cells[arm_of(config)] for s in seats if (config := assigned(rules, SETTING, s, 0))]
    assert {found.count(cell) for cell in CELLS} == {3}
    again = assigned(rules, SETTING, 5, 1)
    assert again is not None
    assert cells[arm_of(again)] == found[5] == cell_of_seat(5)


def test_the_same_for_all_differs_in_the_seed_alone() -> None:
    rules = Rules.parse({"mode": "seeds"})
    first, second = (assigned(rules, SETTING, seat, 0) for seat in (0, 7))
    assert first == SETTING
    assert second == SETTING.with_seed(7)


@pytest.mark.parametrize("mode", ["contest", "votes"])
def test_elsewhere_nothing_is_assigned(mode: str) -> None:
    assert assigned(Rules.parse({"mode": mode}), SETTING, 0, 0) is None


def refused(rules: Rules, asked: RunConfig, before: list[RunConfig]) -> str:
    with pytest.raises(ConfigError) as caught:
        check_run(rules, SETTING, asked, before)
    return str(caught.value)


def test_a_contest_leaves_free_what_it_says_and_nothing_else() -> None:
    rules = Rules.parse(
        {"mode": "contest", "runs_each": 5, "budget": 10, "free": ["dropout", "epochs"]}
    )
    mine = SETTING.model_copy(update={"dropout": {"conv1": Dropout(0.1)}, "epochs": 4})
    check_run(rules, SETTING, mine, [SETTING])
    assert "width" in refused(rules, mine.model_copy(update={"width": 2.0}), [])
    assert "seed" in refused(rules, mine.with_seed(1), [])


def test_a_contest_ends_with_its_budget() -> None:
    rules = Rules.parse({"mode": "contest", "runs_each": 5, "budget": 8, "free": ["epochs"]})
    check_run(rules, SETTING, SETTING.model_copy(update={"epochs": 5}), [SETTING])
    assert "at most 5, which is left of 8" in refused(
        rules, SETTING.model_copy(update={"epochs": 6}), [SETTING]
    )
    assert "none is left" in refused(rules, SETTING, [SETTING.model_copy(update={"epochs": 8})])


def test_more_runs_than_each_may_have_are_refused() -> None:
    rules = Rules.parse({"mode": "seeds", "runs_each": 2})
    check_run(rules, SETTING, SETTING, [SETTING])
    assert "at most 2 in this class" in refused(rules, SETTING, [SETTING, SETTING])


def test_students_of_a_vote_do_not_train() -> None:
    assert "predict" in refused(Rules.parse({"mode": "votes"}), SETTING, [])


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        [],
        {},
        {"mode": "war"},
        {"mode": "seeds", "runs_each": 0},
        {"mode": "seeds", "runs_each": MAX_RUNS_EACH + 1},
        {"mode": "seeds", "runs_each": True},
        {"mode": "contest", "budget": MAX_BUDGET + 1},
        {"mode": "contest", "budget": "60"},
        {"mode": "contest", "free": ["width"]},
        {"mode": "contest", "free": "dropout"},
        {"mode": "contest", "free": [["dropout"]]},
        {"mode": "seeds", "more": 1},
    ],
)
def test_rules_that_make_no_sense_are_refused_with_a_sentence(wrong: Any) -> None:
    with pytest.raises(ConfigError):
        Rules.parse(wrong)


@given(
    st.builds(
        Rules,
        st.sampled_from(MODES),
        st.integers(1, MAX_RUNS_EACH),
        st.integers(1, MAX_BUDGET),
        st.lists(st.sampled_from(["dropout", "epochs"]), unique=True).map(tuple),
    )
)
def test_rules_are_read_back_as_they_were_written(rules: Rules) -> None:
    assert Rules.parse(rules.to_json()) == rules
    assert rules.mode in MODE_WORDS
