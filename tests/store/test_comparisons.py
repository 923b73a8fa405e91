from __future__ import annotations

import re
from typing import Any

import pytest

from dropout_demo.config import MAX_QUERY_CHARACTERS, MAX_RUNS_A_STREAM
from dropout_demo.problems import ConfigError
from dropout_demo.store import Store, comparisons

QUERY = "flatten=0.5&compare=places&seeds=3"


def test_a_comparison_is_read_back_as_it_was_kept(store: Store) -> None:
    show = store.add_comparison("me", f"?{QUERY}", ["b", "a"])
    assert re.fullmatch(r"[a-z2-7]{8}", show)
    found = store.comparison(show)
    assert found is not None
    assert (found.id, found.owner, found.query) == (show, "me", QUERY)
    assert (found.runs, found.guess, found.name) == (("b", "a"), None, "")
    assert store.comparison("nothing") is None
    assert store.comparison("' OR 1=1 --") is None


def test_the_same_content_has_the_same_id_and_any_other_another(store: Store) -> None:
    ids = [
        store.add_comparison(owner, query, runs)
        for owner, query, runs in (
            ("me", QUERY, ["a", "b"]),
            ("me", QUERY, ["a", "b"]),
            ("me", f"?{QUERY}", ["a", "b", "a"]),
            ("me", QUERY, ["b", "a"]),
            ("me", "", ["a", "b"]),
            ("you", QUERY, ["a", "b"]),
        )
    ]
    assert ids[0] == ids[1] == ids[2]
    assert len(set(ids)) == 4


def test_two_contents_that_meet_in_one_id_by_chance_get_two(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparisons, "_id", lambda salt, row: f"salt{salt}")
    assert store.add_comparison("me", "", ["a"]) == "salt0"
    assert store.add_comparison("me", "", ["b"]) == "salt1"
    assert store.add_comparison("me", "", ["a"]) == "salt0"
    assert store.add_comparison("me", "", ["b"]) == "salt1"


@pytest.mark.parametrize(
    ("query", "runs", "field"),
    [
        ("x" * (MAX_QUERY_CHARACTERS + 1), ["a"], "query"),
        ("a=\u202eb", ["a"], "query"),
        ("a\nb", ["a"], "query"),
        ("", [], "runs"),
        ("", [str(k) for k in range(MAX_RUNS_A_STREAM + 1)], "runs"),
    ],
)
def test_what_cannot_be_shown_is_refused(
    store: Store, query: str, runs: list[str], field: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        store.add_comparison("me", query, runs)
    assert [problem.field for problem in caught.value.problems] == [field]
    assert store.comparisons("me") == []


def test_only_its_owner_changes_a_comparison(store: Store) -> None:
    show = store.add_comparison("me", QUERY, ["a"])
    guess: dict[str, Any] = {"arm": 1, "points": 2.5}
    assert not store.set_guess("you", show, guess)
    assert not store.name_comparison("you", show, "mine")
    assert not store.set_guess("me", "nothing", guess)
    found = store.comparison(show)
    assert found is not None
    assert (found.guess, found.name) == (None, "")
    assert store.set_guess("me", show, guess)
    assert store.name_comparison("me", show, " my \u202e test ")
    found = store.comparison(show)
    assert found is not None
    assert (found.guess, found.name) == (guess, "my test")
    assert store.set_guess("me", show, None)
    assert store.add_comparison("me", QUERY, ["a"]) == show
    found = store.comparison(show)
    assert found is not None
    assert (found.guess, found.name) == (None, "my test")


def test_a_guess_that_is_too_long_or_no_json_is_refused(store: Store) -> None:
    show = store.add_comparison("me", QUERY, ["a"])
    with pytest.raises(ConfigError):
        store.set_guess("me", show, {"curve": [0.125] * 5_000})
    with pytest.raises(ValueError, match="JSON"):
        store.set_guess("me", show, {"points": float("nan")})


def test_an_owners_comparisons_come_newest_first(store: Store) -> None:
    shows = [store.add_comparison("me", "", [run]) for run in "abcd"]
    store.add_comparison("you", "", ["a"])
    assert [found.id for found in store.comparisons("me", limit=3)] == shows[:0:-1]


def test_the_oldest_goes_when_there_are_too_many(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparisons, "MAX_COMPARISONS_AN_OWNER", 3)
    yours = store.add_comparison("you", "", ["a"])
    shows = [store.add_comparison("me", "", [run]) for run in "abcde"]
    assert [found.id for found in store.comparisons("me")] == shows[:1:-1]
    assert store.comparison(shows[0]) is None
    assert store.comparison(yours) is not None
