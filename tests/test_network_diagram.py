from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from immutabledict import immutabledict

from dropout_demo.config import KINDS_AT, LAYERS, Dropout, Layer, RunConfig
from dropout_demo.ui.network_diagram import (
    KIND_LABELS,
    Edit,
    LayerDropouts,
    Record,
    diagram_data,
    parse_edits,
)


def has(**rates: float) -> LayerDropouts:
    return immutabledict(RunConfig.model_validate({"dropout": rates}).dropout)


def edit(number: int, layer: Layer, rate: float | None, overtaken: bool = False) -> Edit:
    return Edit(number, layer, None if rate is None else Dropout(rate), overtaken)


def told(**changes: Any) -> dict[str, Any]:
    return {"n": 1, "layer": "fc1", "p": 0.5, "kind": "element", "overtaken": False, **changes}


def test_an_untouched_drawing_says_what_the_page_says() -> None:
    record = Record()
    for page in (has(), has(fc1=0.0), has(conv1=0.3, flatten=0.25), has(fc1=0.37), has()):
        assert record.take(page, []) == page


def test_an_edit_is_taken_once_and_held_whether_the_page_keeps_it_or_not() -> None:
    record = Record()
    edits = [edit(1, "fc1", 0.5)]
    assert record.take(has(), edits) == has(fc1=0.5)
    assert record.take(has(), edits) == has(fc1=0.5)
    assert record.take(has(fc1=0.5), edits) == has(fc1=0.5)


def test_a_preset_after_an_edit_wins_and_the_edit_never_comes_back() -> None:
    record = Record()
    edits = [edit(1, "fc1", 0.5)]
    record.given = record.take(has(), edits)  # as `drawn` does
    assert record.take(has(), edits) == has()
    assert record.take(has(conv1=0.1), edits) == has(conv1=0.1)


def test_an_edit_after_a_preset_lands_on_the_preset() -> None:
    record = Record()
    record.take(has(flatten=0.25, fc1=0.25), [])
    late = [edit(1, "fc1", 0.5)]  # drawn before the browser knew of the preset
    assert record.take(has(conv1=0.1), late) == has(conv1=0.1, fc1=0.5)


def test_an_edit_that_a_preset_overtook_is_undone_by_it_when_both_arrive_at_once() -> None:
    record = Record()
    record.take(has(), [])
    both = [edit(1, "fc1", 0.5, overtaken=True), edit(2, "conv2", 0.3)]
    assert record.take(has(conv1=0.1), both) == has(conv1=0.1, conv2=0.3)
    assert record.taken == 2


def test_a_preset_of_what_the_page_holds_already_undoes_what_was_drawn_before_it() -> None:
    record = Record()
    record.take(has(fc1=0.25), [])
    record.overruled = True
    assert record.take(has(fc1=0.25), [edit(1, "fc1", 0.5, overtaken=True)]) == has(fc1=0.25)
    assert record.take(has(fc1=0.25), [edit(2, "fc1", 0.7, overtaken=True)]) == has(fc1=0.7)


def test_an_overtaken_edit_counts_when_the_page_did_not_change() -> None:
    record = Record()
    record.take(has(), [])
    assert record.take(has(), [edit(1, "fc1", 0.5, overtaken=True)]) == has(fc1=0.5)


def test_taking_dropout_away_leaves_no_entry() -> None:
    record = Record()
    assert record.take(has(flatten=0.25, fc1=0.25), [edit(1, "fc1", None)]) == has(flatten=0.25)


@given(st.lists(st.tuples(st.sampled_from(LAYERS), st.sampled_from([None, 0.1, 0.5])), max_size=12))
def test_told_again_and_again_edits_give_what_their_last_ones_say(
    changes: list[tuple[Layer, float | None]],
) -> None:
    record = Record()
    edits = [edit(at, layer, rate) for at, (layer, rate) in enumerate(changes, 1)]
    for end in range(len(edits) + 1):
        held = record.take(has(), edits[:end])
        held = record.take(has(), edits[:end])
    last = {layer: rate for layer, rate in changes}  # noqa: C416
    assert held == has(**{layer: rate for layer, rate in last.items() if rate})
    assert list(held) == [layer for layer in LAYERS if layer in held]


def test_edits_are_read_in_order_and_a_rate_of_0_is_none() -> None:
    listed = [told(n=3, p=0), told(n=2, layer="conv1", kind="channel", p=0.3, overtaken=True)]
    assert parse_edits({"record": "a", "edits": listed}, "a") == [
        Edit(2, "conv1", Dropout(0.3, "channel"), True),
        Edit(3, "fc1", None, False),
    ]


def test_edits_of_another_session_are_not_read() -> None:
    assert parse_edits({"record": "a", "edits": [told()]}, "b") == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"p": 1},
        {"p": -0.1},
        {"p": "much"},
        {"p": None},
        {"p": float("nan")},
        {"p": [0.5]},
        {"kind": "channel"},
        {"kind": 3},
        {"layer": "fc9"},
        {"layer": ["fc1"]},
        {"n": "1"},
        {"n": True},
    ],
)
def test_an_edit_that_makes_no_sense_is_not_read_and_the_others_are(wrong: dict[str, Any]) -> None:
    heard = {"record": "a", "edits": [told(**wrong), told(n=2)]}
    assert [one.number for one in parse_edits(heard, "a")] == [2]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
)
FIELDS = st.fixed_dictionaries({name: JSON | st.just(value) for name, value in told().items()})


@given(JSON | st.fixed_dictionaries({"record": st.just("a"), "edits": JSON | st.lists(FIELDS)}))
def test_whatever_a_browser_says_gives_edits_that_make_sense(heard: Any) -> None:
    for one in parse_edits(heard, "a"):
        assert one.dropout is None or one.dropout.kind in KINDS_AT[one.layer]
        assert RunConfig(dropout={one.layer: one.dropout or Dropout(0)})


def test_layers_are_told_with_shapes_and_counts_in_words() -> None:
    data = diagram_data(RunConfig.preset("article"), has(fc1=0.25), Record())
    layers = {layer["name"]: layer for layer in data["layers"]}
    assert list(layers) == list(LAYERS)
    assert layers["conv1"]["shown"] == "32 × 15 × 15"
    assert layers["conv2"]["spoken"] == "conv2, 64 maps of 6 by 6, 18,496 parameters"
    assert layers["input"]["spoken"] == "input, 3 colours of 32 by 32, no parameters"
    assert layers["logits"]["shown"] == "10 scores"
    assert json.loads(json.dumps(data)) == data


def test_every_kind_has_a_label() -> None:
    assert set(KIND_LABELS) == {kind for kinds in KINDS_AT.values() for kind in kinds}


def test_what_the_browser_shows_is_text_and_never_markup() -> None:
    scripts = [
        path for path in files("dropout_demo.ui").iterdir() if path.name.startswith("network_diag")
    ]
    for script in scripts:
        assert not re.search(r"[.](innerHTML|outerHTML|insertAdjacentHTML)", script.read_text())
    assert len(scripts) >= 6
