from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropout_demo.config import RunConfig
from dropout_demo.contrasts import contrasts, group_arms
from dropout_demo.readings import Result
from tests.made_runs import ARTICLE, epoch, pairs, result

PLAIN = RunConfig()
FC1 = RunConfig.parse({"dropout": {"fc1": 0.5}})
WIDE = RunConfig(width=2.0)


def told(results: list[Result], reference: RunConfig | None = None) -> list[tuple[str, str]]:
    return [(c.name, c.reference_name) for c in contrasts(results, reference)]


def over_seeds(*configs: RunConfig, seeds: int = 3) -> list[Result]:
    return [result(config, seed, 0.1, 0.7) for seed in range(seeds) for config in configs]


def test_each_arm_is_held_against_its_twin_and_every_other_against_the_first() -> None:
    wide_fc1 = RunConfig.parse({"width": 2.0, "dropout": {"fc1": 0.5}})
    assert told(over_seeds(PLAIN, FC1, WIDE, wide_fc1)) == [
        ("dropout 0.5 after fc1 · width 1", "no dropout · width 1"),
        ("no dropout · width 2", "no dropout · width 1"),
        ("dropout 0.5 after fc1 · width 2", "no dropout · width 2"),
    ]


def test_arms_without_a_twin_are_held_against_the_reference() -> None:
    runs = over_seeds(ARTICLE, FC1)
    dense, fc1 = "dropout 0.25 on dense layers", "dropout 0.5 after fc1"
    assert told(runs) == [(fc1, dense)]
    assert told(runs, FC1.with_seed(2)) == [(dense, fc1)]
    assert not contrasts(runs)[0].twins
    assert told(runs, PLAIN) == []  # it is not among them


def test_no_two_arms_are_contrasted_twice() -> None:
    assert told(over_seeds(FC1, PLAIN)) == [("dropout 0.5 after fc1", "no dropout")]
    assert len(contrasts(over_seeds(FC1, PLAIN, ARTICLE))) == 2


def test_other_images_or_no_seed_in_common_give_no_contrast() -> None:
    shapes = RunConfig(dataset="shapes")
    assert contrasts(over_seeds(PLAIN, shapes)) == []
    assert contrasts([result(PLAIN, 0, 0.1, 0.7), result(FC1, 1, 0.1, 0.7)]) == []
    assert contrasts([]) == contrasts(over_seeds(PLAIN)) == []


def test_twins_are_found_in_any_order_and_among_others() -> None:
    runs = pairs((0.3, 0.1), [0.70, 0.71, 0.72], [0.72, 0.72, 0.72])
    lonely = result(RunConfig.preset("article", epochs=3), 0, 0.9, 0.9)
    for told in (contrasts([lonely, *runs]), contrasts([*reversed(runs), lonely])):
        (twins,) = (contrast for contrast in told if contrast.twins)
        last = twins.readings["last"]
        assert twins.seeds == (0, 1, 2)
        assert last["val_accuracy"].reference.mean == pytest.approx(0.71)
        assert last["val_accuracy"].arm.mean == pytest.approx(0.72)
        assert (last["gap"].reference.mean, last["gap"].arm.mean) == pytest.approx((0.3, 0.1))
        assert last["gap"].difference.mean == pytest.approx(-0.2)


def test_arms_that_differ_in_more_than_the_seed_are_not_thrown_together() -> None:
    runs = [
        run
        for rate in (0.001, 0.002, 0.003)
        for run in pairs((0.3, 0.1), [0.7], [0.72], RunConfig.preset("article", learning_rate=rate))
    ]
    told = contrasts(runs)
    assert [contrast.seeds for contrast in told if contrast.twins] == [(0,)] * 3


def test_a_rate_of_0_is_no_dropout_and_momentum_without_sgd_is_none() -> None:
    zero = RunConfig.parse({"dropout": {"fc1": 0.0}, "momentum": 0.5})
    assert contrasts(over_seeds(PLAIN, zero)) == []
    assert len(group_arms(over_seeds(PLAIN, zero))) == 1
    assert len(contrasts(over_seeds(zero, FC1))) == 1


def test_seeds_that_one_arm_lacks_are_left_out_and_named() -> None:
    runs = over_seeds(PLAIN, FC1, seeds=4)
    runs = [run for run in runs if (run.config.seed, bool(run.config.dropout)) != (2, True)]
    (contrast,) = contrasts(runs)
    assert (contrast.seeds, contrast.missing) == ((0, 1, 3), (2,))
    assert contrast.accuracy.pairs == 3


def test_of_a_repeated_run_the_newest_counts_and_one_without_epochs_not_at_all() -> None:
    again = [result(PLAIN, 0, 0.1, 0.5), result(FC1, 0, 0.1, 0.6), result(PLAIN, 0, 0.1, 0.7)]
    (contrast,) = contrasts(again)
    assert contrast.accuracy.mean == pytest.approx(-0.1)
    assert contrast.seeds == (0,)
    assert group_arms([Result(PLAIN, ())]) == {}


def test_a_verdict_is_of_what_is_claimed_of_dropout() -> None:
    (contrast,) = contrasts(pairs((0.5, 0.1), [0.7, 0.7, 0.7], [0.72, 0.721, 0.719]))
    assert contrast.verdict() == "supported"
    assert contrast.verdict("gap") == "supported"  # lower, as claimed
    (worse,) = contrasts(pairs((0.1, 0.5), [0.72, 0.721, 0.719], [0.7, 0.7, 0.7]))
    assert worse.verdict() == worse.verdict("gap") == "contradicted"
    (few,) = contrasts(pairs((0.5, 0.1), [0.7] * 2, [0.72] * 2))
    assert few.verdict() == few.verdict("val_loss", "best") == "not enough seeds"


def test_without_an_epoch_done_in_equal_time_there_is_no_such_reading() -> None:
    quick = Result(PLAIN, ({**epoch(1, 1, 1, 0.5), "seconds": 1.0},))
    slow = Result(FC1, ({**epoch(1, 1, 1, 0.5), "seconds": 5.0},))
    (contrast,) = contrasts([quick, slow])
    assert contrast.estimate("gap", "equal time") is None
    assert contrast.verdict("gap", "equal time") == "not enough seeds"
    assert contrast.estimate("gap", "last") is not None
    assert set(contrast.readings) == {"last", "best"}


shares = st.floats(0, 1)


@given(st.lists(st.tuples(shares, shares), min_size=1, max_size=6), st.randoms())
def test_the_order_of_runs_changes_nothing_but_which_repetition_counts(
    accuracies: list[tuple[float, float]], random: object
) -> None:
    without, having = (list(column) for column in zip(*accuracies, strict=True))
    runs = pairs((0.3, 0.1), without, having)
    (there,) = contrasts(runs)
    random.shuffle(runs)  # type: ignore[attr-defined]
    (here,) = contrasts(runs)
    assert here.seeds == there.seeds
    assert here.accuracy.mean == there.accuracy.mean
    assert there.accuracy.mean == pytest.approx(np.subtract(having, without).mean(), abs=1e-12)
