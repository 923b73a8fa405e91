"""A configuration's fields as an address query, and back."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from dropout_demo.problems import ConfigError, Problem, shown


def as_query(fields: Mapping[str, Any]) -> str:
    """Fields in JSON form as a query; layers by their own names, as in `fc1=0.5`."""
    others = {name: value for name, value in fields.items() if name != "dropout"}
    words = {name: value for name, value in others.items() if isinstance(value, str)}
    numbers = {name: json.dumps(others[name]) for name in others if name not in words}
    rates = {
        layer: (f"{drop['kind']}:" if drop["kind"] != "element" else "") + json.dumps(drop["p"])
        for layer, drop in fields.get("dropout", {}).items()
    }
    return urlencode(words | numbers | rates, safe=":")


def fields_of(query: str, layers: Collection[str]) -> dict[str, Any]:
    """The inverse of `as_query`, not yet validated. Raises ConfigError for a name given twice."""
    raw: dict[str, Any] = {}
    dropout: dict[str, Any] = {}
    for name, text in parse_qsl(query.removeprefix("?"), keep_blank_values=True):
        if name in raw or name in dropout:
            raise ConfigError([Problem(name, shown(text), "one value; it is given twice")])
        if name in layers:
            kind, colon, rate = text.rpartition(":")
            dropout[name] = {"p": _number_or_text(rate)} | ({"kind": kind} if colon else {})
        else:
            raw[name] = _number_or_text(text)
    return ({"dropout": dropout} if dropout else {}) | raw


def _number_or_text(text: str) -> Any:
    """JSON numbers as numbers; everything else, NaN and Infinity too, stays text."""

    def refuse(word: str) -> None:
        raise ValueError(word)

    try:
        value = json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, int | float) and not isinstance(value, bool) else text
