"""Whose run it is: a random token names a learner, without an account. Only its hash is stored."""

from __future__ import annotations

import hashlib
import re
import secrets
from http.cookies import CookieError, SimpleCookie

from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "dropout_lab_learner"
COOKIE_SECONDS = 365 * 24 * 3600
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")


def new_token() -> str:
    """A token nobody can guess."""
    return secrets.token_urlsafe(18)


def is_token(text: str | None) -> bool:
    """Whether a text has the form of a token."""
    return text is not None and _TOKEN.fullmatch(text) is not None


def owner_of(token: str) -> str:
    """The owner's name in the store."""
    return hashlib.sha256(token.encode()).hexdigest()[:32]


class LearnerCookie:
    """Gives every browser that opens a page a token of its own, kept for a year.

    HttpOnly: no script reads it. SameSite=Lax: no other site's form or script sends it along.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the cookie to an answer to somebody who has none."""
        if not _opens_a_page(scope) or _has_cookie(scope):
            await self.app(scope, receive, send)
            return

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                value = (
                    f"{COOKIE}={new_token()}; Path=/; Max-Age={COOKIE_SECONDS}; "
                    "HttpOnly; SameSite=Lax"
                )
                headers = [*message.get("headers", []), (b"set-cookie", value.encode())]
                message = {**message, "headers": headers}
            await send(message)

        await self.app(scope, receive, send_with_cookie)


def _opens_a_page(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    return any(name == b"accept" and b"text/html" in value for name, value in scope["headers"])


def _has_cookie(scope: Scope) -> bool:
    for name, value in scope["headers"]:
        if name == b"cookie":
            try:
                morsel = SimpleCookie(value.decode("latin-1")).get(COOKIE)
            except CookieError:
                continue
            if morsel is not None and is_token(morsel.value):
                return True
    return False
