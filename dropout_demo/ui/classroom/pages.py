"""The class's light pages: three addresses, one static document each."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from dropout_demo.ui.assets import base_path

VIEWS: Mapping[str, str] = {"student": "cl", "screen": "cl cl-screen", "teacher": "cl"}
"""By name of its script: the classes of the page's root."""

_SHARED = ("nodes.js", "ramp.js", "classroom/watch.js", "classroom/charts.js")
_SHEETS = ("drawing.css", "classroom/class.css")
_ONE_YEAR = "public, max-age=31536000, immutable"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'"
)


def class_routes(base: str = "") -> list[Route]:
    """`/class/CODE`, its screen and its desk, and `/class`, which asks for a code."""
    return [route for prefix in dict.fromkeys(("", base)) for route in _routes(f"{prefix}/class")]


def _routes(at: str) -> list[Route]:
    return [
        Route(at, _ask_for_a_code),
        Route(f"{at}/assets/{{name}}", _asset),
        Route(f"{at}/{{code}}", _page),
        Route(f"{at}/{{code}}/{{view}}", _page),
    ]


async def _ask_for_a_code(_: Request) -> Response:
    return RedirectResponse(f"{base_path()}/classroom", 307)


async def _page(request: Request) -> Response:
    view = request.path_params.get("view", "student")
    if view not in VIEWS or (view == "student" and "view" in request.path_params):
        return Response("There is nothing at this address.", 404, media_type="text/plain")
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"}
    headers |= {"Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}
    return Response(_document(view), media_type="text/html", headers=headers)


async def _asset(request: Request) -> Response:
    found = _assets().get(request.path_params["name"])
    if found is None:
        return Response("There is nothing at this address.", 404, media_type="text/plain")
    kind, content, compressed = found
    headers = {"Cache-Control": _ONE_YEAR, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", "").lower():
        headers["Content-Encoding"] = "gzip"
        content = compressed
    return Response(content, media_type=kind, headers=headers)


@cache
def _document(view: str) -> str:
    at = f"{base_path()}/class/assets"
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Dropout Lab</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{at}/{_named(_sheet(), "css")}">
<script type="module" src="{at}/{_named(_script(view), "js")}"></script>
</head>
<body>
<main id="class" class="dl-drawing {VIEWS[view]}">
<noscript>This page needs JavaScript.</noscript>
</main>
</body>
</html>
"""


@cache
def _assets() -> dict[str, tuple[str, bytes, bytes]]:
    """By name: media type, content, content compressed."""
    found = {_named(_sheet(), "css"): ("text/css", _sheet())}
    found |= {_named(_script(view), "js"): ("text/javascript", _script(view)) for view in VIEWS}
    return {
        name: (kind, content, gzip.compress(content, 9, mtime=0))
        for name, (kind, content) in found.items()
    }


def _named(content: bytes, form: str) -> str:
    """A name that changes with the content: browsers keep it for a year."""
    return f"{hashlib.sha256(content).hexdigest()[:16]}.{form}"


def _script(view: str) -> bytes:
    return _joined(*_SHARED, f"classroom/{view}.js")


def _sheet() -> bytes:
    return _joined(*_SHEETS)


def _joined(*paths: str) -> bytes:
    here = files("dropout_demo.ui")
    return "\n".join((here / path).read_text("utf-8") for path in paths).encode()
