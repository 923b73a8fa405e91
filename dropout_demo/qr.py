"""An address as a QR code, for a class to scan from the screen."""

from __future__ import annotations

import io

import segno

QUIET_ZONE = 4
"""Modules of empty margin, as ISO/IEC 18004 asks: scanners find no code without it."""


def qr_svg(address: str) -> str:
    """An address as an SVG picture that scales, dark on white also where the page is dark.

    Error correction is M (15 % may be covered), or higher where that takes no larger code.
    address: ASCII, at most 2,331 characters. Raises ValueError for a longer one.
    """
    code = segno.make_qr(address, error="m")
    picture = io.BytesIO()
    code.save(
        picture,
        kind="svg",
        border=QUIET_ZONE,
        dark="#000",
        light="#fff",
        xmldecl=False,
        omitsize=True,
        title=f"QR code of {address}",
    )
    return picture.getvalue().decode()
