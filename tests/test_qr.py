from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
import segno

from dropout_demo.qr import QUIET_ZONE, qr_svg

SVG = "{http://www.w3.org/2000/svg}"
ADDRESS = "https://lab.example/course/?show=abcd2345"


def dark_modules(picture: str) -> set[tuple[int, int]]:
    """Where (column, row) the picture is dark, read from the path that a browser draws."""
    (path,) = [p for p in ET.fromstring(picture).iter(f"{SVG}path") if p.get("stroke")]
    x, y, dark = 0.0, 0.0, set()
    for command, numbers in re.findall(r"([MmhH])([^MmhH]*)", path.get("d", "")):
        values = [float(number) for number in re.findall(r"-?[\d.]+", numbers)]
        if command == "h":
            dark |= {(int(x) + k, int(y)) for k in range(int(values[0]))}
            x += values[0]
        else:
            start = (0.0, 0.0) if command == "M" else (x, y)
            x, y = start[0] + values[0], start[1] + values[1]
    return dark


def test_the_picture_holds_the_code_within_a_quiet_zone() -> None:
    picture = qr_svg(ADDRESS)
    matrix = segno.make_qr(ADDRESS, error="m").matrix
    wanted = {
        (column + QUIET_ZONE, row + QUIET_ZONE)
        for row, modules in enumerate(matrix)
        for column, module in enumerate(modules)
        if module
    }
    assert dark_modules(picture) == wanted
    side = len(matrix) + 2 * QUIET_ZONE
    assert QUIET_ZONE >= 4
    assert ET.fromstring(picture).get("viewBox") == f"0 0 {side} {side}"


def test_it_scales_and_is_dark_on_white_wherever_it_stands() -> None:
    root = ET.fromstring(qr_svg(ADDRESS))
    assert (root.get("width"), root.get("height")) == (None, None)
    ground, code = root.iter(f"{SVG}path")
    assert (ground.get("fill"), code.get("stroke")) == ("#fff", "#000")


def test_it_has_a_name_and_an_address_cannot_break_out_of_it() -> None:
    address = "http://h/?a=</title><script>alert('&')</script>\"]]>"
    root = ET.fromstring(qr_svg(address))
    assert root.findtext(f"{SVG}title") == f"QR code of {address}"
    assert {child.tag for child in root} == {f"{SVG}title", f"{SVG}path"}


def test_an_address_too_long_for_any_code_is_refused() -> None:
    assert qr_svg("x" * 2_331)
    with pytest.raises(ValueError, match="data"):
        qr_svg("x" * 2_332)
