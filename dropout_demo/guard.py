"""What stands before every route: methods, origin, and each thing that goes wrong as a sentence."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dropout_demo.jobs import QueueFull
from dropout_demo.problems import ConfigError, Problem
from dropout_demo.refusal import Refusal
from dropout_demo.store import StoreError, StoreFull

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

Handler = Callable[[Request], Awaitable[Response]]


def guarded_route(path: str, **handlers: Handler) -> Route:
    """A route with a handler a method; any other method is refused with what is allowed."""

    async def handle(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        if method not in handlers:
            allowed = ", ".join(handlers)
            refused = _error(405, f"{method} is not possible here; allowed: {allowed}.", None)
            refused.headers["Allow"] = allowed
            return refused
        return await _answer(handlers[method], request)

    return Route(path, handle, methods=list(METHODS))


async def _answer(handler: Handler, request: Request) -> Response:
    try:
        _check_origin(request)
        return await handler(request)
    except Refusal as refusal:
        return _error(refusal.status, str(refusal), refusal.field)
    except ConfigError as error:
        sentence = "; ".join(str(problem).rstrip(".") for problem in error.problems) + "."
        return _error(422, sentence, error.problems[0].field, error.problems)
    except (QueueFull, StoreFull) as error:
        return _error(429, str(error), None)
    except StoreError as error:
        return _error(503, str(error), None)


def _error(
    status: int, sentence: str, field: str | None, problems: Sequence[Problem] = ()
) -> JSONResponse:
    if field is not None:  # perhaps a foreign name, with what UTF-8 cannot say
        field = field.encode(errors="replace").decode()
    body: dict[str, Any] = {"error": sentence, "field": field}
    if problems:
        body["problems"] = [
            {"field": p.field, "value": p.value, "allowed": p.allowed} for p in problems
        ]
    return JSONResponse(body, status)


def _check_origin(request: Request) -> None:
    """Browsers say where a request comes from; another site's pages have no business here."""
    origin = request.headers.get("origin")
    if origin is not None and _site(origin) != request.headers.get("host"):
        raise Refusal(403, "Requests from other sites are not answered.", "Origin")


def _site(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:  # such as "http://["
        return None
