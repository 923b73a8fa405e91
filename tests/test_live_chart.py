"""What the live chart tells the browser."""

from __future__ import annotations

import pytest
from scipy import stats

from dropout_demo.config import MAX_RUNS_A_STREAM
from dropout_demo.ui.live_chart import Arm, ChartRun, chart_data, quantiles
from dropout_demo.ui.palette import arm_colour


def arm(name: str, *ids: str, colour: int | None = None) -> Arm:
    runs = tuple(ChartRun(id_, seed, "running") for seed, id_ in enumerate(ids))
    return Arm(name, runs, 15, colour)


def test_an_arms_colour_is_its_place_unless_it_has_its_own() -> None:
    told = chart_data([arm("a", "1"), arm("b", "2", colour=7)])["arms"]
    assert [a["colour"]["light"] for a in told] == [arm_colour(0).light, arm_colour(7).light]
    assert [a["symbol"] for a in told] == ["circle", "square"]


@pytest.mark.parametrize("n", range(2, 11))
def test_the_quantiles_are_students(n: int) -> None:
    assert quantiles(10)[n] == pytest.approx(stats.t.ppf(0.975, n - 1), abs=1e-5)


def test_each_run_is_streamed_once_in_batches() -> None:
    stream = chart_data([arm("a", "1", "2"), arm("b", "2")])["stream"]
    assert stream.endswith("/api/stream?run=1&run=2&status=1&batch=1")


def test_more_runs_than_a_stream_takes_are_refused() -> None:
    ids = [str(i) for i in range(MAX_RUNS_A_STREAM + 1)]
    with pytest.raises(ValueError, match="121 runs to stream; at most 120"):
        chart_data([arm("a", *ids)])
