from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dropout_demo.store import Store, notes
from dropout_demo.store.database import StoreFull

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(JSON)
def test_a_note_comes_back_as_it_was_written(store: Store, value: Any) -> None:
    store.set_note("me", "learn/scale", value)
    assert store.notes("me")["learn/scale"] == value


def test_the_last_note_of_a_name_counts(store: Store) -> None:
    store.set_note("me", "claims/02", {"option": 1})
    store.set_note("me", "claims/02", {"option": 3})
    assert store.notes("me") == {"claims/02": {"option": 3}}


def test_notes_are_their_owners_alone(store: Store) -> None:
    store.set_note("me", "learn/scale", 1)
    store.set_note("you", "learn/scale", 2)
    assert (store.notes("me"), store.notes("you")) == ({"learn/scale": 1}, {"learn/scale": 2})
    store.forget_note("you", "learn/scale")
    assert (store.notes("me"), store.notes("you")) == ({"learn/scale": 1}, {})
    assert store.notes("nobody") == {}


def test_notes_are_found_by_how_their_names_begin_and_come_in_order(store: Store) -> None:
    for name in ("learn/scale", "claims/02", "claims/10", "learn/fit"):
        store.set_note("me", name, name)
    assert list(store.notes("me", "claims/")) == ["claims/02", "claims/10"]
    assert list(store.notes("me")) == ["claims/02", "claims/10", "learn/fit", "learn/scale"]


@pytest.mark.parametrize("wild", ["%", "_", "learn%", "\\", "l_arn"])
def test_a_prefix_means_its_own_characters(store: Store, wild: str) -> None:
    store.set_note("me", "learn/scale", 1)
    assert store.notes("me", wild) == {}
    store.set_note("me", f"{wild}x", 2)
    assert store.notes("me", wild) == {f"{wild}x": 2}


def test_a_forgotten_note_is_gone_and_forgetting_nothing_is_no_error(store: Store) -> None:
    store.set_note("me", "learn/scale", 1)
    store.forget_note("me", "learn/scale")
    store.forget_note("me", "learn/scale")
    assert store.notes("me") == {}


def test_notes_survive_a_restart(path: Path) -> None:
    first = Store(f"sqlite:///{path}")
    first.set_note("me", "learn/scale", [1, "two"])
    first.close()
    again = Store(f"sqlite:///{path}")
    assert again.notes("me") == {"learn/scale": [1, "two"]}
    again.close()


def test_a_note_that_is_too_long_is_refused_and_the_old_one_stays(store: Store) -> None:
    store.set_note("me", "learn/scale", "short")
    room = notes.MAX_NOTE_CHARACTERS - 2  # two quotation marks
    store.set_note("me", "learn/fit", "x" * room)
    with pytest.raises(StoreFull, match="4,000 characters"):
        store.set_note("me", "learn/scale", "x" * (room + 1))
    with pytest.raises(StoreFull):
        store.set_note("me", "n" * (notes.MAX_NAME + 1), 1)
    assert store.notes("me", "learn/scale") == {"learn/scale": "short"}


def test_a_learner_may_keep_so_many_and_still_change_those(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notes, "MAX_NOTES_AN_OWNER", 3)
    for number in range(3):
        store.set_note("me", f"claims/{number}", number)
    with pytest.raises(StoreFull, match="at most 3 notes"):
        store.set_note("me", "claims/3", 3)
    store.set_note("me", "claims/0", "changed")
    store.set_note("you", "claims/3", "another's")
    store.forget_note("me", "claims/1")
    store.set_note("me", "claims/3", 3)
    assert list(store.notes("me")) == ["claims/0", "claims/2", "claims/3"]


def test_what_is_no_json_is_an_error(store: Store) -> None:
    with pytest.raises(TypeError):
        store.set_note("me", "learn/scale", object())
    assert store.notes("me") == {}
