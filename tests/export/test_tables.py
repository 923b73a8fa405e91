from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from scipy import stats as scipy_stats

from dropout_demo.config import RunConfig
from dropout_demo.contrasts import Contrast, contrasts
from dropout_demo.export import comparison_file
from dropout_demo.readings import READINGS, Reading, Result
from dropout_demo.recorded import recording
from dropout_demo.store import Run
from tests.export.runs import as_run
from tests.made_runs import ARTICLE, epoch, pairs, result

Told = tuple[Run, Sequence[Any]]

MEASURES = {
    "val_accuracy": lambda e: e.val_accuracy,
    "val_loss": lambda e: e.val_loss,
    "gap": lambda e: e.val_loss - e.train_clean_loss,
    "noise_tax": lambda e: e.train_masked_loss - e.train_clean_loss,
    "naive_gap": lambda e: e.val_loss - e.train_masked_loss,
}


def article() -> list[Result]:
    found = recording("article-pair")
    assert found is not None
    return [run.result for run in found.runs]


def stored(results: Sequence[Result], *statuses: str) -> list[Told]:
    """The results as runs of these states, those without one finished."""
    states = [*statuses, *["finished"] * (len(results) - len(statuses))]
    return [
        (replace(as_run(one.config, id=f"r{at}"), status=states[at]), one.epochs)
        for at, one in enumerate(results)
    ]


def from_csv(told: Sequence[Told]) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(comparison_file("csv", told)[1]))


def verdict_of(told: Sequence[Told]) -> Contrast:
    """As the page comes to it: of the finished runs, in their order."""
    done = [(run, events) for run, events in told if run.status == "finished"]
    (contrast,) = contrasts([Result(run.config, tuple(events)) for run, events in done])
    return contrast


def rows(table: pd.DataFrame, reading: Reading) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One epoch a seed of each arm, chosen with pandas alone; index: seed."""
    table = table[table.counted == 1]
    first, second = (table[table.arm == name] for name in table.arm.unique())
    if reading == "last":
        return tuple(arm[arm.kept == 1].set_index("seed") for arm in (first, second))
    if reading == "best":
        return tuple(
            arm.loc[arm.groupby("seed").val_loss.idxmin()].set_index("seed")
            for arm in (first, second)
        )
    both = [arm.assign(end=arm.groupby("seed").seconds.cumsum()) for arm in (first, second)]
    totals = [arm.groupby("seed").end.max() for arm in both]
    limit = pd.concat(totals, axis=1).min(axis=1)
    return tuple(arm[arm.end <= arm.seed.map(limit)].groupby("seed").last() for arm in both)


def check(told: Sequence[Told], measure: str, reading: Reading) -> None:
    """A verdict's numbers against those that pandas and scipy get from the file alone."""
    contrast = verdict_of(told)
    estimate = contrast.estimate(measure, reading)
    assert estimate is not None
    reference, arm = (MEASURES[measure](part) for part in rows(from_csv(told), reading))
    seeds = sorted(set(reference.index) & set(arm.index))
    assert seeds == list(contrast.seeds)
    reference, arm = reference[seeds], arm[seeds]
    interval = scipy_stats.ttest_rel(arm, reference).confidence_interval(0.95)
    difference = estimate.difference
    assert difference.mean == pytest.approx((arm - reference).mean(), rel=1e-9)
    assert (difference.low, difference.high) == pytest.approx(
        (interval.low, interval.high), rel=1e-9
    )
    assert difference.effect == pytest.approx((arm - reference).mean() / (arm - reference).std())
    assert estimate.arm.mean == pytest.approx(arm.mean())
    assert estimate.reference.sd == pytest.approx(reference.std())
    excluded = interval.low > 0 or interval.high < 0
    assert (contrast.verdict(measure, reading) in ("supported", "contradicted")) == excluded


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("measure", MEASURES)
def test_every_number_of_a_verdict_comes_out_of_the_csv_again(
    reading: Reading, measure: str
) -> None:
    check(stored(article()), measure, reading)


def stopping() -> list[Result]:
    """Pairs with early stopping whose last epoch is worse than the one they went back to."""
    config = RunConfig.preset("article", patience=1, epochs=9)
    return [
        Result(
            arm.with_seed(seed),
            (epoch(1, 2.0, 1.9, 0.3), epoch(2, 1.1, 1.0, up + seed / 50), epoch(3, 1.3, 0.9, 0.1)),
        )
        for seed in range(3)
        for arm, up in ((config.without_dropout(), 0.6), (config, 0.65 + seed / 99))
    ]


@pytest.mark.parametrize("measure", ["val_accuracy", "val_loss", "gap"])
def test_cancelled_repeated_and_early_stopped_runs_count_as_in_the_verdict(measure: str) -> None:
    again = Result(stopping()[1].config, (epoch(1, 1.5, 1.2, 0.5), epoch(2, 0.9, 0.7, 0.8)))
    cut_short = Result(ARTICLE.with_seed(1), article()[3].epochs[:4])
    cancelled = Result(stopping()[0].config, (epoch(1, 0.1, 0.1, 0.99),))
    failed = Result(stopping()[3].config, ())
    told = stored([cancelled, failed, *stopping(), again, cancelled], "cancelled", "failed")
    told[-1] = (replace(told[-1][0], status="interrupted"), cancelled.epochs)
    check(told, measure, "last")
    check(told, measure, "best")
    check([*stored(article()), *stored([cut_short], "cancelled")], measure, "last")


def test_what_counts_and_what_is_kept_is_marked_run_by_run() -> None:
    plain = pairs((0.3, 0.1), [0.7], [0.72])
    again = result(ARTICLE, 0, 0.1, 0.9)
    table = from_csv(stored([plain[0], *stopping()[:1], plain[0], plain[1], again], "cancelled"))
    told = table.groupby("run").agg(
        status=("status", "first"), counted=("counted", list), kept=("kept", list)
    )
    assert told.to_dict("split")["data"] == [
        ["cancelled", [0, 0], [0, 0]],
        ["finished", [1, 1, 1], [0, 1, 0]],
        ["finished", [1, 1], [0, 1]],
        ["finished", [0, 0], [0, 1]],
        ["finished", [1, 1], [0, 1]],
    ]
    counted = table[(table.counted == 1) & (table.kept == 1)]
    assert not counted.duplicated(["arm", "seed"]).any()
    assert list(counted.val_accuracy) == [0.6, 0.7, 0.9]


def test_numbers_in_the_csv_are_exact() -> None:
    table = from_csv(stored(article()))
    events = [one for run in article() for one in run.epochs]
    assert list(table.val_loss) == [one["val"]["loss"] for one in events]
    assert list(table.train_masked_accuracy) == [one["train_masked"]["accuracy"] for one in events]
    assert list(table.seconds) == [one["seconds"] for one in events]


def test_no_runs_give_a_header_alone() -> None:
    header = comparison_file("csv", [])[1]
    assert header.startswith("run,arm,seed,status,counted,kept,epoch,train_masked_loss,")
    assert header.count("\n") == 1
