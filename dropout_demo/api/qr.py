"""A link on the classroom screen as a picture to scan."""

from __future__ import annotations

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from dropout_demo.api.asking import address_here
from dropout_demo.qr import qr_svg
from dropout_demo.refusal import Refusal

MAX_PATH_CHARACTERS = 1_000
_AS_THEY_ARE = "/?#[]@!$&'()*+,;=:%-._~"  # what may stand in an address, or quotes what may not


async def qr_picture(request: Request) -> Response:
    """GET /api/qr.svg?path=/?show=ID: the QR code of an address on this server."""
    given = request.query_params.get("path", "")
    path = quote(given.encode(errors="replace"), safe=_AS_THEY_ARE)
    if not path.startswith("/") or path.startswith("//") or not given.isprintable():
        raise Refusal(400, "path must be a path on this server, such as /?show=ID.", "path")
    if len(path) > MAX_PATH_CHARACTERS:
        raise Refusal(400, f"path has more than {MAX_PATH_CHARACTERS:,} characters.", "path")
    return Response(
        qr_svg(address_here(request, path)),
        media_type="image/svg+xml",
        headers={
            "Cache-Control": "public, max-age=86400",
            "Content-Security-Policy": "default-src 'none'",
            "X-Content-Type-Options": "nosniff",
        },
    )
