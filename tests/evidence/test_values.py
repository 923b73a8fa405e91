from __future__ import annotations

from typing import Any

import pytest

from dropout_demo.config import RunConfig
from dropout_demo.evidence.values import Name, NoValue, Told, unit_of, value_of
from dropout_demo.readings import Result
from tests.made_runs import epoch

EPOCHS = (
    epoch(1, val=1.2, clean=1.1, accuracy=0.5) | {"seconds": 4.0},
    epoch(2, val=0.8, clean=0.7, accuracy=0.72) | {"seconds": 2.0},
    epoch(3, val=1.0, clean=0.4, accuracy=0.71) | {"seconds": 3.0},
)
MASKED = ({"loss": 1.4, "accuracy": 0.4}, {"loss": 1.0, "accuracy": 0.6}, {"loss": 0.9})
ENDED: dict[str, Any] = {"kind": "finished", "test": {"loss": 1.05, "accuracy": 0.7}}
MEASURED = {"norms": {"fc1": 2.5}, "units": {"correlation": None}}


def told(**config: Any) -> Told:
    told = [e | {"train_masked": m} for e, m in zip(EPOCHS, MASKED, strict=True)]
    result = Result(RunConfig(**config), tuple(told))
    return Told.of(result, [{"kind": "started"}, *told, ENDED], MEASURED)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("val_accuracy@last", 0.71),
        ("val_accuracy@best", 0.72),
        ("val_loss@best", 0.8),
        ("val_loss@1", 1.2),
        ("gap@last", 1.0 - 0.4),
        ("noise_tax@last", 0.9 - 0.4),
        ("naive_gap@2", 0.8 - 1.0),
        ("train_clean_loss@last", 0.4),
        ("train_clean_accuracy@best", 0.72),
        ("train_masked_loss@1", 1.4),
        ("test_accuracy", 0.7),
        ("test_loss", 1.05),
        ("best_epoch", 2),
        ("epochs", 3),
        ("seconds", 9),
        ("seconds_an_epoch", 3),
        ("epochs_to@0.7", 2),
        ("epochs_to@0.5", 1),
        ("norms.fc1", 2.5),
    ],
)
def test_a_value_is_the_one_that_its_name_says(name: str, value: float) -> None:
    assert value_of(told(), name) == pytest.approx(value)


def test_a_run_that_stopped_early_ends_with_its_best_epoch() -> None:
    stopped = told(patience=1)
    assert value_of(stopped, "val_loss@last") == value_of(stopped, "val_loss@best") == 0.8
    assert value_of(stopped, "val_loss@3") == 1.0


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("val_loss@4", "ended before epoch 4"),
        ("epochs_to@0.9", "90 %"),
        ("passes.one_loss", "passes was not measured"),
        ("units.correlation", "not defined"),
    ],
)
def test_what_a_run_does_not_have_is_said(name: str, why: str) -> None:
    with pytest.raises(NoValue, match=why):
        value_of(told(), name)


@pytest.mark.parametrize("name", ["luck@last", "luck", "gap@0", "gap@-1", "gap@", "gap@first"])
def test_a_name_that_is_none_is_an_error(name: str) -> None:
    with pytest.raises(KeyError):
        value_of(told(), name)


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("val_accuracy@best", "fraction"),
        ("gap@3", "nats"),
        ("test_loss", "nats"),
        ("best_epoch", "epochs"),
        ("epochs_to@0.7", "epochs"),
        ("seconds_an_epoch", "seconds"),
        ("passes.one_calibration", "fraction"),
        ("breaking.training_range", "fraction"),
        ("breaking.unscaled_loss", "nats"),
        ("deletion.lost_at_half", "fraction"),
        ("norms.fc1", "plain"),
        ("units.correlation", "plain"),
    ],
)
def test_a_values_unit_is_known_by_its_name(name: str, unit: str) -> None:
    assert unit_of(name) == unit


def test_names_fall_into_their_parts() -> None:
    assert Name.parse("epochs_to@0.7") == Name("epochs_to", at="0.7")
    assert Name.parse("norms.fc1") == Name("norms", key="fc1")
    assert Name.parse("test_loss") == Name("test_loss")
