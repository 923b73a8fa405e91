"""The arms' colours: enough contrast, all different, and never colour alone."""

from __future__ import annotations

import math
from itertools import combinations

import pytest

from dropout_demo.ui.palette import ARM_COLOURS, SYMBOLS_FROM, arm_colour, arm_symbol

# The pages' own grounds, from .streamlit/config.toml: page and raised surface.
GROUNDS = {"light": ("#FFFFFF", "#F3F6F9"), "dark": ("#11171E", "#1B242E")}
GRAPHICS = 3.0  # WCAG 2.2, 1.4.11


def linear(colour: str) -> list[float]:
    """The three channels of #rrggbb in linear light, 0..1 (WCAG's formula)."""
    shares = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares]


def luminance(colour: str) -> float:
    r, g, b = linear(colour)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def lab(colour: str) -> tuple[float, float, float]:
    """CIE L*a*b* under D65."""
    r, g, b = linear(colour)
    xyz = (
        (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047,
        0.2126 * r + 0.7152 * g + 0.0722 * b,
        (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883,
    )
    x, y, z = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("scheme", GROUNDS)
@pytest.mark.parametrize("index", range(12))
def test_every_colour_stands_out_from_its_grounds(index: int, scheme: str) -> None:
    colour = getattr(arm_colour(index), scheme)
    assert min(contrast(colour, ground) for ground in GROUNDS[scheme]) >= GRAPHICS


@pytest.mark.parametrize("scheme", GROUNDS)
def test_the_colours_are_told_apart(scheme: str) -> None:
    places = [lab(getattr(colour, scheme)) for colour in ARM_COLOURS]
    assert len(places) == 12
    assert min(math.dist(a, b) for a, b in combinations(places, 2)) > 20


@pytest.mark.parametrize("scheme", GROUNDS)
def test_the_second_six_differ_from_the_first_in_lightness(scheme: str) -> None:
    light = [lab(getattr(colour, scheme))[0] for colour in ARM_COLOURS]
    assert all(abs(light[i] - light[i + 6]) >= 15 for i in range(6))


def test_arms_beyond_the_sixth_have_a_symbol_of_their_own_too() -> None:
    assert {arm_symbol(i) for i in range(SYMBOLS_FROM)} == {"circle"}
    cues = {(arm_colour(i), arm_symbol(i)) for i in range(40)}
    assert len(cues) == 40
    assert arm_symbol(6) != "circle"
