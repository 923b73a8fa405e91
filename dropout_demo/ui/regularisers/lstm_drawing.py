"""A two-layer LSTM unrolled over four words: pressing an arm marks where its masks stand."""

from __future__ import annotations

from dropout_demo.evidence.experiments import SEQUENCE_TEXTS
from dropout_demo.sequences.setting import SEQUENCE_ARMS, SequenceArm
from dropout_demo.ui.component import component
from dropout_demo.ui.palette import arm_colour

WORDS = ("the", "dogs", "often", "bark", ".")
"""What goes in, and one place later what is to come out."""

STEPS = len(WORDS) - 1
_UP = 3 * STEPS  # input to layer 1, layer 1 to layer 2, layer 2 to the scores
_ALONG = 2 * (STEPS - 1)


def masked_connections(arm: SequenceArm) -> int:
    """How many of the drawing's connections carry a mask."""
    return {"none": 0, "between": _UP, "every_step": _UP + _ALONG}[arm]


def lstm_drawing(key: str) -> None:
    """The drawing with a button for each arm; the choice is the browser's alone."""
    arms = [
        {
            "key": arm,
            "name": SEQUENCE_TEXTS[arm].name,
            "says": _says(arm),
            "up": arm != "none",
            "along": arm == "every_step",
            "colour": vars(arm_colour(place)),
        }
        for place, arm in enumerate(SEQUENCE_ARMS)
    ]
    component(
        "lstm_drawing",
        ("nodes.js", "regularisers/lstm_drawing.js"),
        ("drawing.css", "regularisers/lstm_drawing.css"),
        isolated=False,
    )(key=key, data={"arms": arms, "words": WORDS})


def _says(arm: SequenceArm) -> str:
    """What is seen once the arm is pressed; also the drawing's text alternative."""
    masked = masked_connections(arm)
    told = {
        "none": "Every connection is whole.",
        "between": (
            f"Masks stand on the {masked} connections that go up. What layers hand to their next "
            "step is whole, so a word remembered is not struck on its way."
        ),
        "every_step": (
            f"Masks stand on {masked} connections: on those that go up, and on those from step to "
            "step. Only the cell state, the upper line, goes through whole."
        ),
    }
    return told[arm]
