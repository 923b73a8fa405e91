from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from scipy import stats as scipy_stats

from dropout_demo.contrasts import contrasts
from dropout_demo.frames import COMPARISON_COLUMNS, comparison_frame
from dropout_demo.readings import READINGS, Reading, Result
from dropout_demo.recorded import recording
from tests.made_runs import ARTICLE, pairs, result

MEASURES = {
    "val_accuracy": lambda e: e.val_accuracy,
    "val_loss": lambda e: e.val_loss,
    "gap": lambda e: e.val_loss - e.train_clean_loss,
    "noise_tax": lambda e: e.train_masked_loss - e.train_clean_loss,
    "naive_gap": lambda e: e.val_loss - e.train_masked_loss,
    "accuracy_gap": lambda e: e.train_clean_accuracy - e.val_accuracy,
    "accuracy_noise_tax": lambda e: e.train_clean_accuracy - e.train_masked_accuracy,
    "accuracy_naive_gap": lambda e: e.train_masked_accuracy - e.val_accuracy,
}


def article() -> list[Result]:
    found = recording("article-pair")
    assert found is not None
    return [run.result for run in found.runs]


def from_csv(results: list[Result]) -> pd.DataFrame:
    text = comparison_frame(results).to_csv(index=False, lineterminator="\n")
    return pd.read_csv(io.StringIO(text))


def rows(table: pd.DataFrame, reading: Reading) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One epoch a seed of each arm, chosen with pandas alone; index: seed."""
    first, second = (table[table.arm == name] for name in table.arm.unique())
    if reading == "last":
        return tuple(arm.groupby("seed").last() for arm in (first, second))  # type: ignore[return-value]
    if reading == "best":
        return tuple(  # type: ignore[return-value]
            arm.loc[arm.groupby("seed").val_loss.idxmin()].set_index("seed")
            for arm in (first, second)
        )
    both = [arm.assign(end=arm.groupby("seed").seconds.cumsum()) for arm in (first, second)]
    totals = [arm.groupby("seed").end.max() for arm in both]
    limit = pd.concat(totals, axis=1).min(axis=1)
    return tuple(  # type: ignore[return-value]
        arm[arm.end <= arm.seed.map(limit)].groupby("seed").last() for arm in both
    )


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("measure", MEASURES)
def test_every_number_of_a_verdict_comes_out_of_the_csv_again(
    reading: Reading, measure: str
) -> None:
    (contrast,) = contrasts(article())
    told = contrast.estimate(measure, reading)
    assert told is not None
    reference, arm = (MEASURES[measure](part) for part in rows(from_csv(article()), reading))
    assert list(reference.index) == list(arm.index) == list(contrast.seeds)
    interval = scipy_stats.ttest_rel(arm, reference).confidence_interval(0.95)
    difference = told.difference
    assert difference.mean == pytest.approx((arm - reference).mean(), rel=1e-9)
    assert (difference.low, difference.high) == pytest.approx(
        (interval.low, interval.high), rel=1e-9
    )
    assert difference.effect == pytest.approx((arm - reference).mean() / (arm - reference).std())
    assert told.arm.mean == pytest.approx(arm.mean())
    assert told.reference.sd == pytest.approx(reference.std())
    excluded = interval.low > 0 or interval.high < 0
    assert (contrast.verdict(measure, reading) in ("supported", "contradicted")) == excluded


def test_numbers_in_the_csv_are_exact() -> None:
    frame = comparison_frame(article())
    assert list(frame.columns) == list(COMPARISON_COLUMNS)
    pd.testing.assert_frame_equal(from_csv(article()), frame, check_exact=True)
    assert len(frame) == sum(len(run.epochs) for run in article())


def test_a_repeated_run_stands_in_the_table_once_and_arms_keep_their_names_and_order() -> None:
    runs = pairs((0.3, 0.1), [0.7, 0.7], [0.72, 0.72])
    again = result(ARTICLE, 0, 0.1, 0.9)
    frame = comparison_frame([*runs, again])
    assert list(frame.arm.unique()) == ["no dropout", "dropout 0.25"]
    assert not frame.duplicated(["arm", "seed", "epoch"]).any()
    last = frame[(frame.arm == "dropout 0.25") & (frame.seed == 0)].iloc[-1]
    assert last.val_accuracy == 0.9
    assert np.array_equal(frame.seed.unique(), [0, 1])


def test_no_runs_give_an_empty_table_with_its_columns() -> None:
    assert list(comparison_frame([]).columns) == list(COMPARISON_COLUMNS)
