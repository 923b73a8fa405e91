"""What a request brings: who asks, about which run, with which body, from which address."""

from __future__ import annotations

import json
import os
import re
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from dropout_demo.config import MAX_BODY_BYTES
from dropout_demo.lab import lab
from dropout_demo.owners import COOKIE, is_token, owner_of
from dropout_demo.refusal import Refusal
from dropout_demo.store import Run

PROXIES = "FORWARDED_ALLOW_IPS"
"""By this variable uvicorn is told which addresses may say for whom they ask."""

_HOST = re.compile(r"([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{1,45}\])(:\d{1,5})?")


def token_of(request: Request) -> str | None:
    """The learner's token, from the header or, in a browser, the cookie."""
    header = request.headers.get("authorization")
    if header is None:
        cookie = request.cookies.get(COOKIE)
        return cookie if is_token(cookie) else None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not is_token(token.strip()):
        raise Refusal(401, "Authorization must be: Bearer <the owner's token>.", "Authorization")
    return token.strip()


def asker(request: Request) -> str:
    """The owner's name of whoever asks, who must say who it is."""
    token = token_of(request)
    if token is None:
        raise Refusal(401, "Say who you are: Authorization: Bearer <the owner's token>.")
    return owner_of(token)


async def run_of(request: Request) -> Run:
    """The run that the path names."""
    run = await run_in_threadpool(lab().store.run, request.path_params["run"][:64])
    if run is None:
        raise Refusal(404, "There is no run of this id.", "id")
    return run


async def own_run(request: Request, what: str) -> Run:
    """The run that the path names, if it is the asker's own; `what` only its owner may do."""
    run = await run_of(request)
    if asker(request) != run.owner:
        raise Refusal(403, f"Only the owner of a run may {what} it.")
    return run


async def body_of(request: Request, most: int = MAX_BODY_BYTES) -> bytes:
    """The body, read no further than `most` bytes."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise Refusal(413, f"The body is larger than {most // 1024:,} KB.", "body")
    return bytes(body)


def from_json(body: bytes) -> Any:
    """What a body says."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise Refusal(400, "The body is not JSON.", "body") from None


async def json_body(request: Request) -> Any:
    """The body as JSON."""
    return from_json(await body_of(request))


def only_fields(body: Any, example: str, *allowed: str) -> dict[str, Any]:
    """A body that is an object with none but these fields; `example` says how it looks."""
    if not isinstance(body, dict):
        raise Refusal(400, f"The body must be {example}.", "body")
    unknown = set(body) - set(allowed)
    if unknown:
        known = ", ".join(allowed)
        raise Refusal(400, f"The body has unknown fields; allowed: {known}.", min(unknown))
    return body


def whole_number(text: str, field: str) -> int:
    """A number of a query, 0 or more."""
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise Refusal(400, f"{field} must be a whole number, 0 or more.", field)
    return int(text)


def address_here(request: Request, path: str) -> str:
    """The absolute address of a path on this server, by the name under which it was asked."""
    host = request.headers.get("host", "")
    if not _HOST.fullmatch(host):
        raise Refusal(400, "The request does not say which server it asks.", "Host")
    return f"{request.url.scheme}://{host}{path}"


def address_of(request: Request) -> str:
    """The network address that a request comes from; a whole school may share one.

    What a request says of itself counts only where the server was told which proxy to believe.
    Without that, all forwarded requests are of one address: a made-up one gains nothing.
    """
    if "x-forwarded-for" in request.headers and not os.environ.get(PROXIES):
        return "forwarded"
    return request.client.host if request.client else ""
