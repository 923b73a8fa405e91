"""Where dropout may stand in a network, and the claim that tests it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Place:
    """One kind of layer. use: how usual dropout is there. card: the claim that tests it, if any."""

    key: str
    name: str
    use: Literal["usual", "sometimes", "with care", "no"]
    text: str
    card: int | None = None


PLACES: tuple[Place, ...] = (
    Place(
        "input",
        "input",
        "sometimes",
        "Pixels may drop, which adds noise to the image itself. No layer comes before that could "
        "make up for what is lost, so rates are kept small here.",
    ),
    Place(
        "conv",
        "convolutions",
        "with care",
        "Neighbours in a map tell nearly the same, so one missing value is hardly missed; whole "
        "channels can drop instead. The article says that dropout helps little here, because "
        "convolutions have few parameters. The paper it goes back to says otherwise.",
        7,
    ),
    Place(
        "flatten",
        "flattened maps",
        "usual",
        "Before the first dense layer: all its inputs come from the maps of the last convolution. "
        "This is the first of the article's two places.",
        2,
    ),
    Place(
        "fc1",
        "dense layer",
        "usual",
        "Its outputs go to the scores. Many weights meet here, where dropout began: in dense "
        "layers. It is the second of the article's two places.",
        2,
    ),
    Place(
        "logits",
        "scores",
        "no",
        "There is one score a class. A dropped score is 0, whatever the image shows, so the loss "
        "is measured on noise, and no later layer can make up for it.",
        20,
    ),
    Place(
        "recurrent",
        "recurrent layer",
        "with care",
        "Between two such layers it works as anywhere. From one time step to the next a new mask "
        "at each step wipes out what the layer is to remember.",
        19,
    ),
)
"""In the order in which an image passes them; the recurrent layer is a network of its own."""
