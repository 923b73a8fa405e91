from __future__ import annotations

import asyncio
from collections.abc import Mapping

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from dropout_demo.owners import COOKIE, LearnerCookie, is_token, new_token, owner_of

PAGE = {"accept": "text/html,application/xhtml+xml"}


async def _who(request: Request) -> Response:
    return PlainTextResponse(request.cookies.get(COOKIE, ""))


class Browser:
    """Keeps its cookies, as browsers do."""

    def __init__(self) -> None:
        self.app = LearnerCookie(Starlette(routes=[Route("/", _who, methods=["GET", "POST"])]))
        self.cookies = httpx.Cookies()

    def get(self, headers: Mapping[str, str], method: str = "GET") -> httpx.Response:
        async def request() -> httpx.Response:
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(self.app), cookies=self.cookies
            ) as client:
                answer = await client.request(method, "http://here/", headers=dict(headers))
                self.cookies = client.cookies
                return answer

        return asyncio.run(request())


@pytest.fixture
def browser() -> Browser:
    return Browser()


def test_tokens_differ_and_have_the_form_of_tokens() -> None:
    tokens = {new_token() for _ in range(1_000)}
    assert len(tokens) == 1_000
    assert all(map(is_token, tokens))


@pytest.mark.parametrize(
    "text", [None, "", "short", "x" * 65, "a b" * 8, "ü" * 20, "x" * 20 + "\n", "../" * 8, "'" * 20]
)
def test_what_has_not_the_form_of_a_token_is_none(text: str | None) -> None:
    assert not is_token(text)


def test_an_owner_is_the_same_for_a_token_and_does_not_tell_it() -> None:
    token = new_token()
    assert owner_of(token) == owner_of(token) != owner_of(new_token())
    assert token not in owner_of(token)
    assert len(owner_of(token)) == 32


def test_a_browser_gets_one_token_and_keeps_it(browser: Browser) -> None:
    first = browser.get(PAGE)
    token = first.cookies[COOKIE]
    assert is_token(token)
    again = browser.get(PAGE)
    assert "set-cookie" not in again.headers
    assert again.text == token


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(browser: Browser) -> None:
    words = browser.get(PAGE).headers["set-cookie"].split("; ")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(words)


@pytest.mark.parametrize("value", ["", "rubbish", "<script>", "x" * 500])
def test_a_cookie_that_is_no_token_is_replaced(browser: Browser, value: str) -> None:
    answer = browser.get(PAGE | {"cookie": f"{COOKIE}={value}"})
    assert is_token(answer.cookies[COOKIE])


def test_who_opens_no_page_gets_no_cookie(browser: Browser) -> None:
    assert "set-cookie" not in browser.get({"accept": "*/*"}).headers
    assert "set-cookie" not in browser.get(PAGE, "POST").headers
