"""The activities that show recordings: their words, and what they do when little is recorded."""

from __future__ import annotations

import math
import re
import shutil
from pathlib import Path

import pytest
from scipy import stats as scipy_stats
from streamlit.testing.v1 import AppTest

from dropout_demo import recorded
from dropout_demo.evidence import experiments
from dropout_demo.evidence.experiments import Row, Rows
from dropout_demo.evidence.findings import findings
from dropout_demo.evidence.known import recorded_told
from dropout_demo.evidence.teams import rows_name
from dropout_demo.lessons.cards import cards
from dropout_demo.record_experiments import keep_rows
from dropout_demo.stats import mean_interval
from dropout_demo.ui.learn.activities import ACTIVITIES
from dropout_demo.ui.learn.activities.others import rows_of
from dropout_demo.ui.learn.activities.others import sentence as others_sentence
from dropout_demo.ui.learn.activities.rates import points_of
from dropout_demo.ui.learn.activities.rates import sentence as rates_sentence
from dropout_demo.ui.learn.activities.recorded_words import finding_words

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "tests" / "browser" / "learn_activities_page.py"
RECORDED = ["curves", "experiment", "rates", "time", "others", "today", "places", "takeaways"]
TABLE = {
    "dropout": {
        seed: {"val_accuracy@last": 0.75 + 0.001 * seed, "gap@last": 0.4} for seed in range(5)
    },
    "none": {seed: {"val_accuracy@last": 0.73, "gap@last": 1.0} for seed in range(5)},
}


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of recordings without one; a home without data or notes."""
    monkeypatch.setenv("DROPOUT_DEMO_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DROPOUT_DEMO_DATA", raising=False)
    monkeypatch.setattr(recorded, "FOLDER", tmp_path / "recorded")
    (tmp_path / "recorded" / "runs").mkdir(parents=True)
    return tmp_path / "recorded"


def texts(name: str) -> list[str]:
    """What Streamlit itself shows of an activity; fails on an exception."""
    page = AppTest.from_file(str(PAGE), default_timeout=30)
    page.query_params["activity"] = name
    page.run()
    assert not page.exception, [error.value for error in page.exception]
    return [str(one.value) for one in (*page.info, *page.caption, *page.markdown)]


@pytest.mark.parametrize("name", [name for name in RECORDED if name != "takeaways"])
def test_without_a_recording_it_says_so_and_nothing_breaks(name: str, empty: Path) -> None:
    assert not list((empty / "runs").iterdir())
    said = texts(name)
    assert name == "places" or any("make record" in text for text in said)


def test_with_a_few_runs_recorded_it_shows_them_and_how_many(empty: Path) -> None:
    card = cards()[9]
    for arm in ("none", "norm"):
        for seed in (0, 1):
            run = f"{card.arms[arm].config.with_seed(seed).hash}.json"
            shutil.copy(ROOT / "assets" / "recorded" / "runs" / run, empty / "runs" / run)
    assert any(f"4 of {len(card.configs())} runs" in text for text in texts("today"))
    for name in ("rates", "others", "curves", "experiment", "time"):
        texts(name)


def test_ensembles_stand_among_the_others_as_soon_as_one_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(experiments, "FOLDER", tmp_path)
    card = cards()[12]
    name = card.teams["five"].name
    told = recorded_told(card)
    before = rows_of(card, told, "test_accuracy")
    assert name not in {row[0] for row in before}
    assert any(name in text for text in texts("others") if text.startswith("Not recorded yet"))
    found = [
        Row("five", seed, {"test_accuracy": 0.78 + seed / 100, "test_loss": 0.7})
        for seed in range(3)
    ]
    keep_rows(Rows(rows_name(card), tuple(found), {}))
    *rest, (last, mean, low, high, seeds) = rows_of(card, told, "test_accuracy")
    assert rest == before
    assert (last, seeds) == (name, 3)
    assert (mean, (low + high) / 2) == pytest.approx((0.79, 0.79))
    assert not any(name in text for text in texts("others") if text.startswith("Not recorded yet"))


def test_every_name_of_the_steps_is_there() -> None:
    assert set(ACTIVITIES) == {
        *("fit", "mask-network", "mask-image", "thinned", "scale", "code", *RECORDED)
    }


def test_the_interval_of_a_mean_is_scipys() -> None:
    values = [0.71, 0.74, 0.73, 0.76]
    mean, low, high = mean_interval(values)
    expected = scipy_stats.t.interval(0.95, 3, loc=mean, scale=scipy_stats.sem(values))
    assert mean == pytest.approx(0.735)
    assert (low, high) == pytest.approx(expected)
    assert mean_interval([0.5])[0] == 0.5
    assert math.isnan(mean_interval([0.5])[1])
    assert all(map(math.isnan, mean_interval([])))


def test_a_finding_is_said_with_its_size_its_interval_and_its_verdict() -> None:
    accuracy, gap, test = findings(cards()[2], TABLE)
    ends = scipy_stats.t.interval(
        0.95, 4, loc=2.2, scale=scipy_stats.sem([2.0, 2.1, 2.2, 2.3, 2.4])
    )
    low, high = (f"{end:.1f}" for end in ends)
    said = f"+2.2 points (95 % interval {low} to {high}, 5 seeds): supported"
    assert finding_words(accuracy) == said
    minus = "\N{MINUS SIGN}0.60"
    assert finding_words(gap) == (
        f"{minus} nats (95 % interval {minus} to {minus}, 5 seeds): supported"
    )
    assert finding_words(test) == "not recorded yet"


def test_the_rates_sentence_says_what_an_independent_mean_gives() -> None:
    card = cards()[6]
    told = recorded_told(card)
    points = points_of(card, told)
    for (rate, wide), (mean, _, _, seeds) in points.items():
        arm = next(
            name
            for name, one in card.arms.items()
            if (one.config.width > 1) == wide
            and max((d.p for d in one.config.dropout.values()), default=0.0) == rate
        )
        best = [
            min(run.result.epochs, key=lambda e: e["val"]["loss"]) for run in told[arm].values()
        ]
        assert seeds == len(best)
        assert mean == pytest.approx(sum(e["val"]["accuracy"] for e in best) / len(best))
        if not wide:
            assert f"{100 * mean:.1f} % of the validation images" in rates_sentence(points, rate)


def test_others_are_told_from_best_to_worst() -> None:
    card = cards()[12]
    rows = rows_of(card, recorded_told(card), "test_accuracy")
    if not rows:
        pytest.skip("no run of claim 12 is recorded yet")
    numbers = [float(n) for n in re.findall(r"([\d.]+) %", others_sentence(rows, is_share=True))]
    assert numbers == sorted(numbers, reverse=True)
    assert len(numbers) == len(rows)
