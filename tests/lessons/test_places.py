"""Where dropout may stand: each place is told, drawn and tested by a claim that there is."""

from __future__ import annotations

from importlib.resources import files

from dropout_demo.config import LAYERS
from dropout_demo.lessons.cards import cards
from dropout_demo.lessons.places import PLACES


def test_every_place_is_drawn_and_its_claim_is_there() -> None:
    script = (files("dropout_demo.ui.learn.activities") / "places.js").read_text("utf-8")
    for place in PLACES:
        assert f"  {place.key}: () => " in script
        assert place.card is None or place.card in cards()


def test_the_places_are_those_of_the_network_and_a_recurrent_layer() -> None:
    keys = [place.key for place in PLACES]
    assert len(set(keys)) == len(keys)
    assert [{"conv": "conv1"}.get(key, key) for key in keys] == [
        *(layer for layer in LAYERS if layer not in ("conv2", "conv3")),
        "recurrent",
    ]


def test_only_the_scores_are_no_place_at_all() -> None:
    assert [place.key for place in PLACES if place.use == "no"] == ["logits"]
