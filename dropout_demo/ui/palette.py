"""Colours of the arms: Okabe and Ito's set, told apart by colour-blind readers too.

Colour is the arm, everywhere the same; dash is train or validation. Text never takes these
colours, so they need 3:1 against the background (graphics), not 4.5:1.
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
)


def arm_colour(index: int) -> Colour:
    """The colour of the arm at this place, counted from 0; after the last the first comes again."""
    return ARM_COLOURS[index % len(ARM_COLOURS)]
