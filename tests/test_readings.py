from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropout_demo.config import RunConfig
from dropout_demo.readings import MEASURES, READING_WORDS, READINGS, Result, estimates, number
from dropout_demo.recorded import recording
from tests.made_runs import epoch

PLAIN = RunConfig()
STOPPING = RunConfig(patience=2)


def timed(*epochs: tuple[float, float, float], config: RunConfig = PLAIN) -> Result:
    """A run by validation loss, validation accuracy and seconds of its epochs."""
    told = (
        {**epoch(at + 1, loss, 0.5, accuracy), "seconds": seconds}
        for at, (loss, accuracy, seconds) in enumerate(epochs)
    )
    return Result(config, tuple(told))


@pytest.mark.parametrize(
    ("value", "digits", "said"),
    [
        *[(-0.004, 2, "0.00"), (-4e-5, 2, "0.00"), (7e-5, 1, "0.0"), (-0.0, 1, "0.0")],
        *[(-0.006, 2, "-0.01"), (2.345, 1, "2.3"), (999.94, 1, "999.9"), (-21.5, 1, "-21.5")],
        *[(154_664.97, 2, "1.5e5"), (-1e3, 2, "-1.0e3"), (1e300, 0, "1.0e300")],
    ],
)
def test_a_number_is_short_and_never_a_negative_zero(value: float, digits: int, said: str) -> None:
    assert number(value, digits) == said


def test_diverged_runs_are_counted_for_each_arm_at_each_reading() -> None:
    lost = timed((2.0, 0.2, 1), (1e5, 0.1, 1))
    told = {name: estimates([(RUN, lost), (RUN, RUN), (RUN, lost)], name) for name in READINGS}
    assert {name: of and of["gap"].diverged for name, of in told.items()} == {
        "last": (0, 2),
        "best": (0, 0),
        "equal time": (0, 2),
    }
    stopped = estimates([(lost, Result(STOPPING, lost.epochs))], "last")
    assert stopped is not None
    assert stopped["gap"].diverged == (1, 0)  # it went back to what was sound


RUN = timed((1.0, 0.6, 1), (0.8, 0.7, 1), (0.9, 0.75, 1), (0.8, 0.72, 1))


def test_the_best_epoch_has_the_least_validation_loss_not_the_highest_accuracy() -> None:
    assert RUN.best["epoch"] == 2  # the first of equals
    assert max(RUN.epochs, key=lambda e: e["val"]["accuracy"])["epoch"] == 3


def test_a_result_is_its_last_epoch() -> None:
    run = timed((1.0, 0.9, 1), (0.8, 0.6, 1))
    assert run.last == run.kept
    assert run.last["epoch"] == 2
    assert run.gap == pytest.approx(0.3)
    assert run.accuracy == 0.6


def test_a_run_with_early_stopping_is_read_at_the_epoch_it_went_back_to() -> None:
    stopped = Result(STOPPING, RUN.epochs)
    assert (stopped.last["epoch"], stopped.kept["epoch"]) == (4, 2)
    assert stopped.accuracy == 0.7
    assert stopped.gap == pytest.approx(0.3)
    told = estimates([(RUN, stopped)], "last")
    assert told is not None
    assert told["val_accuracy"].difference.mean == pytest.approx(0.7 - 0.72)


def test_at_equal_time_a_run_with_early_stopping_has_its_best_epoch_so_far() -> None:
    run = timed((1.0, 0.6, 1), (1.1, 0.7, 1), (0.9, 0.8, 1), (0.95, 0.9, 1), config=STOPPING)
    read = [run.at_time(seconds) for seconds in (0.5, 1, 2, 3, 4)]
    assert [e and e["epoch"] for e in read] == [None, 1, 1, 3, 3]
    told = {name: estimates([(run, run)], name) for name in READINGS}
    assert told["last"] == told["best"] == told["equal time"]  # it is done at its own time


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


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=30))
def test_a_run_is_done_when_its_last_epoch_is_to_the_last_bit(seconds: list[float]) -> None:
    run = timed(*[(1.0, 0.5, took) for took in seconds])
    assert run.at_time(run.seconds) == run.last
    total = 0.0
    for took in seconds:
        total += took
    assert run.seconds == total
    assert timed().seconds == 0


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
    assert value["naive_gap"] == told["val"]["loss"] - told["train_masked"]["loss"]


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
