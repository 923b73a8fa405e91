from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropout_demo.config import RunConfig
from dropout_demo.data import Data
from dropout_demo.events import END_KINDS, Event, Kind, Measure, from_json, to_json
from dropout_demo.training import train

numbers_ = st.floats(allow_nan=False, allow_infinity=False)
measures = st.builds(Measure, numbers_, numbers_)
by_type: dict[Any, st.SearchStrategy[Any]] = {
    "str": st.text(),
    "int": st.integers(),
    "float": numbers_,
    "Measure": measures,
}


def made(cls: type[Event]) -> st.SearchStrategy[Event]:
    return st.builds(cls, **{f.name: by_type[str(f.type)] for f in dataclasses.fields(cls)})


events = st.one_of([made(cls) for cls in get_args(Event)])


@given(events)
def test_an_event_comes_back_from_json_exactly(event: Event) -> None:
    assert from_json(json.loads(json.dumps(to_json(event)))) == event


@given(events)
def test_what_the_store_adds_is_ignored(event: Event) -> None:
    stored = to_json(event) | {"run": "abc", "seq": 3, "at": 1.5}
    assert from_json(stored) == event


@pytest.mark.parametrize("cls", get_args(Event))
def test_events_are_frozen(cls: type[Event]) -> None:
    assert cls.__dataclass_params__.frozen


def test_kinds_are_the_fixed_ones_and_each_has_one_event() -> None:
    kinds = [cls.kind for cls in get_args(Event)]
    assert sorted(kinds) == sorted(get_args(Kind))
    assert set(kinds) - {"started", "step", "epoch"} == END_KINDS


@pytest.mark.parametrize("fields", [{}, {"kind": "stopped"}, {"kind": None}])
def test_a_foreign_kind_is_refused_with_those_there_are(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="allowed: started, step, epoch"):
        from_json(fields)


@pytest.mark.usefixtures("one_thread")
def test_json_has_the_fields_that_others_rely_on(
    small_data: Data, quick: Callable[..., RunConfig]
) -> None:
    fields = {event.kind: to_json(event) for event in train(quick(epochs=1), small_data)}
    assert {kind: set(of) - {"kind"} for kind, of in fields.items()} == {
        "started": {"device", "precision", "threads", "parameters", "steps"},
        "step": {"step", "epoch", "loss", "accuracy", "images_per_second"},
        "epoch": {"epoch", "train_masked", "train_clean", "val", "seconds"},
        "finished": {"test", "best_epoch", "seconds"},
    }
    assert set(fields["epoch"]["val"]) == {"loss", "accuracy"}
    assert json.loads(json.dumps(fields)) == fields
