from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropout_demo.config import RunConfig
from dropout_demo.readings import MEASURES, READING_WORDS, READINGS, Result, estimates
from dropout_demo.recorded import recording
from tests.made_runs import epoch


def timed(*epochs: tuple[float, float, float]) -> Result:
    """A run by validation loss, validation accuracy and seconds of its epochs."""
    told = (
        {**epoch(at + 1, loss, 0.5, accuracy), "seconds": seconds}
        for at, (loss, accuracy, seconds) in enumerate(epochs)
    )
    return Result(RunConfig(), tuple(told))


RUN = timed((1.0, 0.6, 1), (0.8, 0.7, 1), (0.9, 0.75, 1), (0.8, 0.72, 1))


def test_the_best_epoch_has_the_least_validation_loss_not_the_highest_accuracy() -> None:
    assert RUN.best["epoch"] == 2  # the first of equals
    assert max(RUN.epochs, key=lambda e: e["val"]["accuracy"])["epoch"] == 3


def test_equal_time_is_the_last_epoch_that_ended_by_then() -> None:
    epochs = [RUN.at_time(seconds) for seconds in (0.5, 1, 2.9, 4, 99)]
    assert [e and e["epoch"] for e in epochs] == [None, 1, 2, 4, 4]
    assert RUN.seconds == 4


def test_the_slower_of_a_pair_is_read_when_the_faster_was_done() -> None:
    slow = timed((1.0, 0.5, 2), (0.9, 0.6, 2), (0.5, 0.9, 2))
    for pair, sign in (((RUN, slow), 1), ((slow, RUN), -1)):
        told = estimates([pair], "equal time")
        assert told is not None
        assert told["val_accuracy"].difference.mean == pytest.approx(sign * (0.6 - 0.72))
        last = estimates([pair], "last")
        assert last is not None
        assert last["val_accuracy"].difference.mean == pytest.approx(sign * (0.9 - 0.72))


def test_pairs_without_an_epoch_by_then_are_left_out_of_equal_time_alone() -> None:
    late = timed((1.0, 0.5, 9))
    assert estimates([(RUN, late)], "equal time") is None
    told = estimates([(RUN, late), (RUN, RUN)], "equal time")
    assert told is not None
    assert told["gap"].difference.pairs == 1


losses = st.floats(0, 10)
shares = st.floats(0, 1)
measures = st.fixed_dictionaries({"loss": losses, "accuracy": shares})
epochs = st.fixed_dictionaries({"train_masked": measures, "train_clean": measures, "val": measures})


@given(epochs)
def test_the_naive_gap_is_the_generalisation_gap_less_the_noise_tax(
    told: dict[str, dict[str, float]],
) -> None:
    value = {name: measure.value(told) for name, measure in MEASURES.items()}
    assert value["naive_gap"] == pytest.approx(value["gap"] - value["noise_tax"], abs=1e-12)
    tax = value["accuracy_gap"] - value["accuracy_noise_tax"]
    assert value["accuracy_naive_gap"] == pytest.approx(tax, abs=1e-12)
    assert value["naive_gap"] == told["val"]["loss"] - told["train_masked"]["loss"]
    masked = told["train_masked"]["accuracy"]
    assert value["accuracy_naive_gap"] == masked - told["val"]["accuracy"]


@pytest.mark.parametrize("reading", READINGS)
def test_recorded_differences_split_into_gap_and_tax_at_every_reading(reading: str) -> None:
    article = recording("article-pair")
    assert article is not None
    runs = [run.result for run in article.runs]
    told = estimates(list(zip(runs[::2], runs[1::2], strict=True)), reading)  # type: ignore[arg-type]
    assert told is not None
    mean = {name: estimate.difference.mean for name, estimate in told.items()}
    assert mean["naive_gap"] == pytest.approx(mean["gap"] - mean["noise_tax"], abs=1e-12)
    assert mean["noise_tax"] > 0.05  # masks make the training measure look worse
    for estimate in told.values():
        assert estimate.arm.mean - estimate.reference.mean == pytest.approx(
            estimate.difference.mean, abs=1e-12
        )
        assert estimate.arm.count == estimate.reference.count == 5
        assert np.isfinite([estimate.arm.sd, estimate.difference.effect]).all()


def test_every_reading_has_words() -> None:
    assert set(READING_WORDS) == set(READINGS)
