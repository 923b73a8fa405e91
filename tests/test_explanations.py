from __future__ import annotations

from typing import get_args

from dropout_demo.config import DropoutSchedule, Kind
from dropout_demo.explanations import KINDS, SCHEDULES

ALL = [*KINDS.values(), *SCHEDULES.values()]


def test_every_kind_and_every_schedule_is_explained() -> None:
    assert tuple(KINDS) == get_args(Kind)
    assert tuple(SCHEDULES) == get_args(DropoutSchedule)


def test_an_explanation_is_a_line_with_a_source_and_where_to_read_it() -> None:
    for one in ALL:
        assert one.text.endswith(".")
        assert len(one.text) <= 160
        assert "\n" not in one.text
        assert any(str(year) in one.source for year in range(2012, 2027))
        assert one.link.startswith("https://")
