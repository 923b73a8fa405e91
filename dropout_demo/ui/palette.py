"""Colours and symbols of the arms: Okabe and Ito's set, told apart by colour-blind readers too.

Colour is the arm, everywhere the same; dash is train or validation. Text never takes these
colours, so they need 3:1 against the background (graphics), not 4.5:1. The second six are darker
shades of the first: what tells them apart is lightness, which every reader sees, and the symbol.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Colour:
    """One arm's colour on a light and on a dark background, as #rrggbb."""

    light: str
    dark: str


ARM_COLOURS: tuple[Colour, ...] = (
    Colour("#D55E00", "#FF9447"),  # vermillion: the first arm, without dropout
    Colour("#0072B2", "#56B4E9"),  # blue: with dropout
    Colour("#00855F", "#2BC79A"),  # bluish green
    Colour("#B0508A", "#E9A0CB"),  # reddish purple
    Colour("#9A6B00", "#F0C541"),  # ochre, the set's yellow made dark enough for white
    Colour("#5B5B5B", "#C9C9C9"),  # grey
    Colour("#6B1F00", "#C7522A"),  # from here on the same hues, darker
    Colour("#0A2A66", "#3F74D1"),
    Colour("#0B4A2B", "#3C8F4E"),
    Colour("#5C1049", "#B85CA8"),
    Colour("#4A3A00", "#97790F"),
    Colour("#111111", "#7E8791"),
)

COLOUR_NAMES = (
    *("orange", "blue", "green", "purple", "ochre", "grey"),
    *("brown", "navy", "dark green", "plum", "olive", "slate"),
)
"""What a person calls them, in their order."""

SYMBOLS_FROM = 6
"""Arms up to here are told apart by colour alone, each a circle; from here on by symbol too."""

ARM_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "triangle-down")
"""plotly's names, one for every six arms: colour and symbol together name one of 42 arms."""


def arm_colour(index: int) -> Colour:
    """The colour of the arm at this place, counted from 0; after the last the first comes again."""
    return ARM_COLOURS[index % len(ARM_COLOURS)]


def arm_symbol(index: int) -> str:
    """The marker of the arm at this place, counted from 0, by plotly's name."""
    return ARM_SYMBOLS[index // SYMBOLS_FROM % len(ARM_SYMBOLS)]
