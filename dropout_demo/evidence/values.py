"""Values read off a run by name: "val_accuracy@best", "rise", "passes.one_accuracy"."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from immutabledict import immutabledict

from dropout_demo.lessons.cards import Unit
from dropout_demo.readings import MEASURES, EpochRecord, Result


class NoValue(Exception):
    """A run has no such value: says why in one sentence."""


@dataclass(frozen=True)
class Told:
    """A finished run, live or recorded, as values are read off it."""

    result: Result
    test: Mapping[str, float]  # {"loss": nats, "accuracy": 0..1}; measured once, at the run's end
    measured: Mapping[str, Mapping[str, Any]]  # by the names of `evidence.measures`

    @classmethod
    def of(
        cls,
        result: Result,
        events: Sequence[Mapping[str, Any]],
        measured: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> Told:
        """events: all of the run, `finished` among them."""
        ended = next(event for event in events if event["kind"] == "finished")
        return cls(result, ended["test"], measured or {})


@dataclass(frozen=True)
class Name:
    """What a value's name is made of: a head and, after @ or a dot, a rest."""

    head: str
    at: str = ""
    key: str = ""

    @classmethod
    def parse(cls, text: str) -> Name:
        """Such as "gap@3" or "norms.fc1"."""
        head, dot, key = text.partition(".")
        if dot and "@" not in head:
            return cls(head, key=key)
        head, _, at = text.partition("@")
        return cls(head, at)


def _parts(group: str, part: str) -> Callable[[EpochRecord], float]:
    return lambda epoch: float(epoch[group][part])


_AT_EPOCH: Mapping[str, tuple[Unit, Callable[[EpochRecord], float]]] = immutabledict(
    {
        **{name: (measure.unit, measure.value) for name, measure in MEASURES.items()},
        "train_clean_loss": ("nats", _parts("train_clean", "loss")),
        "train_clean_accuracy": ("fraction", _parts("train_clean", "accuracy")),
        "train_masked_loss": ("nats", _parts("train_masked", "loss")),
    }
)
"""Values of one epoch: @last (what the run ends with), @best (least validation loss), or @3."""


def _epochs_to(told: Told, at: str) -> float:
    wanted = float(at)
    for epoch in told.result.epochs:
        if epoch["val"]["accuracy"] >= wanted:
            return float(epoch["epoch"])
    raise NoValue(f"A run never came to a validation accuracy of {100 * wanted:g} %.")


_OF_RUN: Mapping[str, tuple[Unit, Callable[[Told, str], float]]] = immutabledict(
    {
        "test_accuracy": ("fraction", lambda told, _: told.test["accuracy"]),
        "test_loss": ("nats", lambda told, _: told.test["loss"]),
        "best_epoch": ("epochs", lambda told, _: float(told.result.best["epoch"])),
        "epochs": ("epochs", lambda told, _: float(len(told.result.epochs))),
        "seconds": ("seconds", lambda told, _: told.result.seconds),
        "seconds_an_epoch": (
            "seconds",
            lambda told, _: median(float(epoch["seconds"]) for epoch in told.result.epochs),
        ),
        "epochs_to": ("epochs", _epochs_to),
    }
)
"""Values of a whole run; `epochs_to@0.7`: the first epoch of at least 70 % validation accuracy."""

_MEASURED_UNITS: Mapping[str, Unit] = immutabledict(
    accuracy="fraction", range="fraction", calibration="fraction", loss="nats", lost="fraction"
)
"""Units of measured values by a word in their names."""


def value_of(told: Told, name: str) -> float:
    """Raises NoValue where the run has none, KeyError for a name that is none."""
    parsed = Name.parse(name)
    if parsed.key:
        if parsed.head not in told.measured:
            raise NoValue(f"{parsed.head} was not measured in this run.")
        value = told.measured[parsed.head][parsed.key]
        if value is None:
            raise NoValue(f"{name} is not defined for this network.")
        return float(value)
    if parsed.head in _OF_RUN:
        return _OF_RUN[parsed.head][1](told, parsed.at)
    return _AT_EPOCH[parsed.head][1](_epoch(told.result, parsed.at))


def unit_of(name: str) -> Unit:
    """What the value is counted in. Raises KeyError for a name that is none."""
    parsed = Name.parse(name)
    if parsed.key:
        words = parsed.key.split("_")
        return next((_MEASURED_UNITS[w] for w in words if w in _MEASURED_UNITS), "plain")
    return (_OF_RUN.get(parsed.head) or _AT_EPOCH[parsed.head])[0]


def _epoch(result: Result, at: str) -> EpochRecord:
    if at in ("last", "best"):
        return result.kept if at == "last" else result.best
    if not at.isdecimal() or int(at) < 1:
        raise KeyError(f"No epoch is called {at!r}.")
    number = int(at)
    if number > len(result.epochs):
        raise NoValue(f"A run ended before epoch {number}.")
    return result.epochs[number - 1]
