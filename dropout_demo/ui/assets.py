"""plotly's own JavaScript, served from the installed Python package: no network, no second copy.

It is 4.8 MB. So it is compressed once a process, at the first request, and kept by browsers for a
year: its address holds plotly's version. Streamlit's gzip middleware leaves alone what already has
a Content-Encoding.
"""

from __future__ import annotations

import gzip
import hashlib
import threading
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from streamlit import config

_ONE_YEAR = "public, max-age=31536000, immutable"
_COMPRESSING = threading.Lock()


@dataclass(frozen=True)
class _Body:
    content: bytes
    etag: str


def base_path() -> str:
    """Where Streamlit is told to serve, such as "/course"; empty at the root."""
    path = str(config.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


def plotly_path() -> str:
    """The path of plotly.min.js without the base path."""
    return f"/api/assets/plotly-{version('plotly')}.min.js"


def plotly_url() -> str:
    """The address of plotly.min.js as the browser asks for it."""
    return base_path() + plotly_path()


def asset_routes() -> list[Route]:
    """Routes of the files that our components load, at the root and under the base path."""
    return [Route(path, _plotly) for path in dict.fromkeys((plotly_path(), plotly_url()))]


def _plotly(request: Request) -> Response:
    """plotly.min.js, compressed for those who can take it; synchronous, so run in a thread."""
    compressed = "gzip" in request.headers.get("accept-encoding", "").lower()
    body = _body(compressed)
    headers = {"ETag": body.etag, "Cache-Control": _ONE_YEAR, "Vary": "Accept-Encoding"}
    if body.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if compressed:
        headers["Content-Encoding"] = "gzip"
    return Response(body.content, media_type="text/javascript", headers=headers)


def _body(compressed: bool) -> _Body:
    """The file in one of its two forms; the lock keeps a class from compressing it 30 times."""
    with _COMPRESSING:
        return _make_body(compressed)


@cache
def _make_body(compressed: bool) -> _Body:
    content = (files("plotly") / "package_data" / "plotly.min.js").read_bytes()
    if compressed:
        content = gzip.compress(content, 9, mtime=0)
    return _Body(content, f'"{hashlib.sha256(content).hexdigest()[:16]}"')
