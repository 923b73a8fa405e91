"""What a contest lets students set, as fields that any page can draw."""

from __future__ import annotations

from typing import Any

from dropout_demo.arms import LAYER_NAMES
from dropout_demo.class_rules.modes import Rules
from dropout_demo.config import LAYERS, RunConfig

Field = dict[str, Any]


def form_of(rules: Rules, setting: RunConfig) -> list[Field]:
    """The fields a student sets, each with name, words, kind, value and bounds; none but contests.

    kind: "rates" (of dropping, by layer), "choice" (of `options`), "number" or "whole". A field
    with `optional` may be left empty.
    """
    if rules.mode != "contest":
        return []
    about = RunConfig.model_json_schema()["properties"]
    values = setting.model_dump(mode="json")
    return [_field(name, about[name], values[name]) for name in rules.free]


def _field(name: str, about: dict[str, Any], value: Any) -> Field:
    field = {"name": name, "words": name.replace("_", " "), "help": about["description"]}
    if name == "dropout":
        rates = [{"name": at, "words": LAYER_NAMES[at]} for at in LAYERS]
        mine = {at: drop["p"] for at, drop in value.items()}
        return field | {"kind": "rates", "layers": rates, "value": mine}
    if "enum" in about:
        return field | {"kind": "choice", "options": about["enum"], "value": value}
    optional = "anyOf" in about
    bounds = about["anyOf"][0] if optional else about
    least = bounds.get("minimum", bounds.get("exclusiveMinimum", bounds.get("gt")))
    most = bounds.get("maximum", bounds.get("exclusiveMaximum", bounds.get("le")))
    kind = "whole" if bounds["type"] == "integer" else "number"
    return field | {
        "kind": kind,
        "least": least,
        "most": most,
        "optional": optional,
        "value": value,
    }
