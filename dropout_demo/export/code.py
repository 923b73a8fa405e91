"""The code of a script or notebook by part, with only what its runs need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dropout_demo.export import words
from dropout_demo.export.experiment import Experiment
from dropout_demo.export.literals import assignment, literal
from dropout_demo.export.network import layers
from dropout_demo.export.snippets import compose
from dropout_demo.export.steps import dropout_factor, optimizer, rate, streams
from dropout_demo.export.words import Events
from dropout_demo.store import Run

PARTS = ("imports", "settings", "data", "randomness", "network", "training", "run")

_STUDENT = {
    2: "12.706",
    3: "4.303",
    4: "3.182",
    5: "2.776",
    6: "2.571",
    7: "2.447",
    8: "2.365",
    9: "2.306",
    10: "2.262",
}
"""Number of seeds -> quantile of Student's t for a 95 % interval of their mean."""

_ABOUT = {
    "element": "Drops single numbers in training; in eval mode all pass.",
    "channel": "Drops whole maps in training; in eval mode all pass.",
    "block": "Drops square blocks of maps in training (DropBlock), by torchvision.",
    "gaussian": "Multiplies by noise of mean 1, as varied as dropout's, in training.",
}


@dataclass(frozen=True)
class Closeness:
    """What a script gives up to stay short; the least closeness gives up nothing.

    filled: settings stand several to a line, without notes. layers: so do the network's layers.
    short: comments and statements that can be spared or joined are. terse: reports are JSON, asked
    for or not. tight: settings and arms have no line to themselves.
    """

    filled: bool = False
    layers: bool = False
    short: bool = False
    terse: bool = False
    tight: bool = False


USUAL = Closeness()


def sections(
    runs_with_events: Sequence[tuple[Run, Events]], form: str, close: Closeness = USUAL
) -> dict[str, str]:
    """The code by part, without line breaks at their ends; form: "script" or "notebook"."""
    configs = [run.config for run, _ in runs_with_events]
    experiment, alone = Experiment.of(configs), len(configs) == 1
    threads = words.threads([events for _, events in runs_with_events])
    features = experiment.features | {form, "single" if alone else "comparison"}
    features |= {"threads"} if threads else set()
    features |= {"contrast"} if len(experiment.arms) > 1 else set()
    features |= {"interval"} if len(experiment.seeds) in _STUDENT else set()
    features |= {name for name in ("short", "terse") if getattr(close, name)}
    values = {
        "threads": str(threads),
        "student": _STUDENT.get(len(experiment.seeds), ""),
        "optimizer": optimizer(features),
        "streams": streams(features),
        "rate": rate(features),
        "factor": dropout_factor(features),
        "p": "p" if "factor" in features else "self.p",
        "layers": layers(experiment, features, close.layers),
        "dropout": next((text for kind, text in _ABOUT.items() if kind in features), ""),
    }
    if "kinds" in features:
        values["dropout"] = "Some kinds of dropout, in training; in eval mode all numbers pass."
    code = {part: compose(part, features, values) for part in PARTS if part != "settings"}
    code["settings"] = _settings(experiment, alone, close)
    return {part: code[part] for part in PARTS}


def _settings(experiment: Experiment, alone: bool, close: Closeness) -> str:
    shared, dense = experiment.settings, close.filled + close.tight
    if alone:
        shared["seed"] = experiment.seeds[0]
        return assignment("SETTINGS", shared, words.SETTINGS, dense)
    arms: Mapping[str, Mapping[str, Any]] = experiment.changes
    return "\n".join(
        [
            assignment("SETTINGS", shared, words.SETTINGS, dense),
            f"SEEDS = {literal(experiment.seeds)}",
            assignment("ARMS", arms, {}, 2 * close.tight),
        ]
    )
