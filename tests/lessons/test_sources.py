from __future__ import annotations

import pytest

from dropout_demo.lessons.cards import cards
from dropout_demo.lessons.sources import source, sources


def test_a_source_says_who_where_and_what_was_taken_from_it() -> None:
    found = source("srivastava-2014")
    assert found.key == "srivastava-2014"
    assert found.url == "https://jmlr.org/papers/v15/srivastava14a.html"
    assert "2014" in found.label
    assert found.note


def test_an_unknown_key_is_none() -> None:
    with pytest.raises(KeyError):
        source("nobody-1900")


def test_a_key_with_a_year_says_the_year_of_its_label() -> None:
    for key, found in sources().items():
        year = key.rpartition("-")[2]
        if year.isdecimal():
            assert year in found.label, key


def test_only_the_article_lacks_an_address_and_no_address_stands_twice() -> None:
    assert [key for key, found in sources().items() if not found.url] == ["article"]
    urls = [found.url for found in sources().values()]
    assert len(set(urls)) == len(urls)


def test_notes_are_sentences() -> None:
    assert [key for key, found in sources().items() if not found.note.endswith(".")] == []


@pytest.mark.parametrize("number", cards())
def test_a_card_names_sources_that_there_are(number: int) -> None:
    assert {one.source for one in cards()[number].expected} <= set(sources())
