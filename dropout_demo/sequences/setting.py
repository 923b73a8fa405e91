"""What one recurrent run is made of; without torch, so that the server checks it."""

from __future__ import annotations

from typing import Literal, get_args

SequenceArm = Literal["none", "between", "every_step"]
"""Where masks stand: nowhere; between layers only (Zaremba et al. 2014); there and also on what
each layer hands from one step to the next, anew at every step."""

SEQUENCE_ARMS: tuple[SequenceArm, ...] = get_args(SequenceArm)
RATES = (0.2, 0.4, 0.6)
RATE = 0.4
"""The rate on the card, chosen among RATES on seeds that are not recorded."""

EPOCHS = 60
MOST_EPOCHS = 100
UNITS = 64
"""Width of the embedding and of both layers."""

BATCH = 10
LEARNING_RATE = 0.02
MOST_NORM = 1.0
"""Gradients longer than this are shortened to it."""
