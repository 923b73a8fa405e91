"""A network to click on: what dropout does at each kind of layer, and what our runs say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dropout_demo.lessons.cards import cards
from dropout_demo.lessons.places import PLACES, Place
from dropout_demo.ui.learn.activities.kit import show
from dropout_demo.ui.learn.activities.recorded_words import finding_of, finding_words


def places(options: Mapping[str, Any]) -> None:
    """Options: place, the key of the one to begin with (the first if left out)."""
    told = [
        {"key": p.key, "name": p.name, "use": p.use, "text": p.text, "result": result(p)}
        for p in PLACES
    ]
    show("places", {"places": told, "start": options.get("place", PLACES[0].key)})


def result(place: Place) -> str:
    """What the recorded runs of its claim say, or that there are none yet."""
    if place.card is None:
        return "No card tests this place; the Lab can."
    finding = finding_of(place.card)
    claim = f"Card {place.card}, “{cards()[place.card].title}”"
    if finding.difference is None:
        return f"{claim}: not recorded yet."
    return f"{claim}: {finding.comparison.says}, {finding_words(finding)}."
