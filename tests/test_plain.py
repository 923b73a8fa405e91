from __future__ import annotations

import pytest

from dropout_demo.ui.plain import plain


@pytest.mark.parametrize("sign", list("*_`[]()<>#$:|~!"))
def test_what_markdown_gives_a_meaning_is_escaped(sign: str) -> None:
    assert plain(f"a{sign}b") == f"a\\{sign}b"


@pytest.mark.parametrize("link", ["https://evil.example", "www.evil.example", "a@evil.example"])
def test_no_bare_address_is_left_whole(link: str) -> None:
    shown = plain(link).replace("\\", "")
    assert link not in shown
    assert shown.replace("\u2060", "") == link


def test_plain_words_stay_as_they_are() -> None:
    assert plain("with 5 seeds, 95 % interval") == "with 5 seeds, 95 % interval"
