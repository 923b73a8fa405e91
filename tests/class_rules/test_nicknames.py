"""Nicknames: whatever is typed, the screen stays readable."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropout_demo.class_rules.nicknames import (
    MOST_CHARACTERS,
    MOST_MARKS,
    clean_nickname,
    key_of,
    unlike,
)
from dropout_demo.problems import ConfigError


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Ada", "Ada"),
        ("  Ada \t Lovelace ", "Ada Lovelace"),
        ("Zoë", "Zoë"),
        ("李雷", "李雷"),
        ("عائشة", "عائشة"),
        ("<b>Ada</b>", "<b>Ada</b>"),
        ("a\u202eb\u2066c\u200bd", "abcd"),
        ("e" + 30 * "\u0316", "e" + MOST_MARKS * "\u0316"),
        ("Ａｄａ", "Ada"),
        ("Ada\x00\x1b[31m", "Ada[31m"),
    ],
)
def test_a_nickname_is_shown_plainly(typed: str, shown: str) -> None:
    assert clean_nickname(typed) == shown


@pytest.mark.parametrize(
    "typed", ["", "   ", "\u202e", "...", "a" * (MOST_CHARACTERS + 1), "a" * 10_000, None, 7, ["a"]]
)
def test_what_is_no_nickname_is_refused_with_what_is_allowed(typed: object) -> None:
    with pytest.raises(ConfigError, match=r"nickname .*1 to 24 characters"):
        clean_nickname(typed)


@given(st.text())
def test_whatever_is_typed_what_is_shown_is_short_visible_and_stays_so(text: str) -> None:
    try:
        name = clean_nickname(text)
    except ConfigError:
        return
    assert 1 <= len(name) <= MOST_CHARACTERS
    assert not {unicodedata.category(sign) for sign in name} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert clean_nickname(name) == name


@given(st.lists(st.sampled_from(["Ada", "ADA", "Ada 2", "Bo", "x" * MOST_CHARACTERS]), max_size=12))
def test_no_two_in_a_class_are_called_the_same(names: list[str]) -> None:
    taken: set[str] = set()
    for name in names:
        given_name = unlike(name, taken)
        assert key_of(given_name) not in taken
        assert len(given_name) <= MOST_CHARACTERS
        taken.add(key_of(given_name))
