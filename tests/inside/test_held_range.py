from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as some

from dropout_demo.ui.inside.held_range import widened

numbers = some.floats(-1e6, 1e6)


@given(some.lists(some.lists(numbers, min_size=1), min_size=1))
def test_a_range_grows_to_hold_all_that_was_seen_and_no_more(seen: list[list[float]]) -> None:
    kept = None
    for values in seen:
        before, kept = kept, widened(kept, values)
        assert before is None or (kept[0] <= before[0] and kept[1] >= before[1])
    everything = [value for values in seen for value in values]
    assert kept == (min(everything), max(everything))


def test_what_is_no_number_counts_for_nothing() -> None:
    assert widened(None, [math.nan, math.inf]) == (0.0, 1.0)
    assert widened((2.0, 3.0), [math.nan, 2.5, -math.inf]) == (2.0, 3.0)
