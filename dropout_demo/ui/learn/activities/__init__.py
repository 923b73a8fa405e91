"""What one does in a step of Learn: pictures that change at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from immutabledict import immutabledict

from dropout_demo.ui.learn.activities.code import code_twice
from dropout_demo.ui.learn.activities.curves import curves
from dropout_demo.ui.learn.activities.epochs import epochs
from dropout_demo.ui.learn.activities.experiment import experiment
from dropout_demo.ui.learn.activities.fit import fit
from dropout_demo.ui.learn.activities.mask_image import mask_image
from dropout_demo.ui.learn.activities.mask_network import mask_network
from dropout_demo.ui.learn.activities.others import others
from dropout_demo.ui.learn.activities.places import places
from dropout_demo.ui.learn.activities.rates import rates
from dropout_demo.ui.learn.activities.scale import scale
from dropout_demo.ui.learn.activities.takeaways import takeaways
from dropout_demo.ui.learn.activities.thinned import thinned
from dropout_demo.ui.learn.activities.today import today

Activity = Callable[[Mapping[str, Any]], None]
"""Draws itself where it is called, in a fragment; the options come from the step's file."""

ACTIVITIES: Mapping[str, Activity] = immutabledict(
    {
        "fit": fit,
        "curves": curves,
        "mask-network": mask_network,
        "mask-image": mask_image,
        "thinned": thinned,
        "scale": scale,
        "code": code_twice,
        "places": places,
        "experiment": experiment,
        "rates": rates,
        "time": epochs,
        "others": others,
        "today": today,
        "takeaways": takeaways,
    }
)
"""By the names that the steps' files use."""
