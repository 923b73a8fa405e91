"""The network as a drawing in which a learner sets dropout layer by layer.

The browser answers each touch at once and tells Python when it is over; `network_diagram.js` says
how. What it tells are *edits* ("fc1 now has 0.5"), numbered, and told again until Python has said
that it took them. So page and drawing can both change without one undoing the other: an edit is
taken once, onto whatever the page holds by then.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from immutabledict import immutabledict

from dropout_demo.anatomy import LayerFacts, anatomy
from dropout_demo.config import KINDS_AT, LAYERS, RATES, Dropout, Kind, Layer, RunConfig
from dropout_demo.ui.component import component
from dropout_demo.ui.palette import ARM_COLOURS

KIND_LABELS: Mapping[Kind, str] = immutabledict(
    {
        "element": "element-wise",
        "channel": "channel-wise",
        "block": "block-wise",
        "gaussian": "Gaussian",
        "connect": "DropConnect",
    }
)
"""Kinds of dropout as the drawing names them."""

FIRST_RATE = 0.25
"""The rate that a layer gets when it is pressed for the first time."""

LayerDropouts = immutabledict[Layer, Dropout]

_SCRIPTS = (
    "nodes.js",
    "network_diagram_marks.js",
    "network_diagram_pictures.js",
    "network_diagram_layer.js",
    "network_diagram.js",
)
_ACCENT = ARM_COLOURS[1]  # the arm with dropout


@dataclass(frozen=True)
class Edit:
    """What the learner did to one layer."""

    number: int  # counts from 1 within a record
    layer: Layer
    dropout: Dropout | None  # None takes dropout away
    overtaken: bool  # the learner turned to something else on the page afterwards


@dataclass
class Record:
    """What Python remembers of one drawing within a session."""

    token: str = field(default_factory=lambda: secrets.token_hex(8))
    taken: int = 0  # the number of the last edit that was taken
    given: LayerDropouts | None = None  # what the page last said
    held: LayerDropouts = field(default_factory=immutabledict)  # what the drawing then came to
    overruled: bool = False  # the page was set anew, perhaps to the same

    def take(self, page: LayerDropouts, edits: list[Edit]) -> LayerDropouts:
        """Dropout after edits that were not taken before, on what the page says.

        A page that says the same as last time has nothing new to say: the drawing holds. Where
        page and drawing changed at once, edits that the learner left for the page are undone by it.
        """
        changed = self.overruled or page not in (self.given, self.held)
        self.overruled = False
        result = dict(page if changed else self.held)
        for edit in edits:
            if edit.number > self.taken and not (changed and edit.overtaken):
                result.pop(edit.layer, None)
                if edit.dropout is not None:
                    result[edit.layer] = edit.dropout
        self.taken = max([self.taken, *(edit.number for edit in edits)])
        self.given = page
        self.held = immutabledict((at, result[at]) for at in LAYERS if at in result)
        return self.held


def network_diagram(
    config: RunConfig, *, key: str, on_change: Callable[[], None] | None = None
) -> LayerDropouts:
    """Draw this configuration's network; the dropout that the learner set in the drawing.

    That is `config.dropout` until it is touched. A page either keeps what is returned and says it
    as `config.dropout` next time, or keeps up before its script runs, which also lets whatever
    stands above the drawing know: `on_change` is called then, and calls `drawn`.
    """
    page = immutabledict(config.dropout)
    held = _record(key).take(page, _edits(key))
    component("network_diagram", _SCRIPTS, ("network_diagram.css",))(
        key=key,
        data=diagram_data(config, held, _record(key)),
        on_edits_change=on_change or _nothing,
    )
    return held


def drawn(key: str, dropout: Mapping[Layer, Dropout]) -> LayerDropouts:
    """This dropout, which the page holds, with what the learner has drawn since.

    For `on_change` of `network_diagram`: the caller keeps the result and says it from then on.
    """
    record = _record(key)
    record.given = record.take(immutabledict(dropout), _edits(key))
    return record.given


def overrule(key: str) -> None:
    """Tell that the page set dropout anew, as by a preset: what was drawn before that is undone.

    Only needed where it may set what it held already, which no comparison shows.
    """
    _record(key).overruled = True


def diagram_data(config: RunConfig, held: LayerDropouts, record: Record) -> dict[str, Any]:
    """What the browser is told, as JSON values."""
    return {
        "record": record.token,
        "taken": record.taken,
        "layers": [_layer_data(facts) for facts in anatomy(config)],
        "dropout": {at: {"p": drop.p, "kind": drop.kind} for at, drop in held.items()},
        "rates": list(RATES),
        "firstRate": FIRST_RATE,
        "kinds": dict(KIND_LABELS),
        "accent": {"light": _ACCENT.light, "dark": _ACCENT.dark},
    }


def _layer_data(facts: LayerFacts) -> dict[str, Any]:
    shape = " × ".join(f"{length:,}" for length in facts.shape)
    some = f"{facts.parameters:,} parameters" if facts.parameters else "no parameters"
    return {
        "name": facts.name,
        "title": facts.title,
        "shape": list(facts.shape),
        "shown": shape if facts.side else f"{shape} {_units(facts)}",
        "spoken": f"{facts.name}, {_spoken_shape(facts)}, {some}",
        "parameters": some,
        "kinds": list(KINDS_AT[facts.name]),
    }


def _spoken_shape(facts: LayerFacts) -> str:
    if not facts.side:
        return f"{facts.units:,} {_units(facts)}"
    maps = "colours" if facts.name == "input" else "maps" if facts.shape[0] > 1 else "map"
    return f"{facts.shape[0]:,} {maps} of {facts.side} by {facts.side}"


def _units(facts: LayerFacts) -> str:
    return "scores" if facts.name == "logits" else "units" if facts.units > 1 else "unit"


def _record(key: str) -> Record:
    record: Record = st.session_state.setdefault(f"{key}_record", Record())
    return record


def _edits(key: str) -> list[Edit]:
    """What the browser told, if it speaks of this record."""
    state = st.session_state.get(key)
    told = state.get("edits") if isinstance(state, Mapping) else None
    return parse_edits(told, _record(key).token)


def parse_edits(told: Any, token: str) -> list[Edit]:
    """Edits in the order of their numbers; what makes no sense, or is of another record, is not.

    told: `{"record": token, "edits": [{"n", "layer", "p", "kind", "overtaken"}, ...]}` in the
    browser's words, which may be anything.
    """
    if not isinstance(told, Mapping) or told.get("record") != token:
        return []
    listed = told.get("edits")
    read = map(_edit, listed if isinstance(listed, list) else [])
    return sorted((edit for edit in read if edit is not None), key=lambda edit: edit.number)


def _edit(raw: Any) -> Edit | None:
    if not isinstance(raw, Mapping) or type(raw.get("n")) is not int:
        return None
    try:
        config = RunConfig(dropout={raw["layer"]: Dropout(float(raw["p"]), raw["kind"])})
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    [(layer, drop)] = config.dropout.items()
    return Edit(raw["n"], layer, drop if drop.p > 0 else None, raw.get("overtaken") is True)


def _nothing() -> None:
    """Ask for the rerun alone; Streamlit keeps no state without a callback."""
