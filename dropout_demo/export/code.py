"""The code of a script or notebook by part, with only what its runs need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dropout_demo.export import words
from dropout_demo.export.experiment import Experiment
from dropout_demo.export.literals import assignment, call, literal
from dropout_demo.export.network import layers
from dropout_demo.export.snippets import compose
from dropout_demo.export.words import Events
from dropout_demo.store import Run

PARTS = ("imports", "settings", "data", "randomness", "network", "training", "run")

_MAKERS = {"adam": "torch.optim.Adam", "adamw": "torch.optim.AdamW", "sgd": "torch.optim.SGD"}

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


def sections(
    runs_with_events: Sequence[tuple[Run, Events]], form: str, dense: int = 0
) -> dict[str, str]:
    """The code by part, without line breaks at their ends; form: "script" or "notebook".

    dense: 0 as usual; 1: settings without their notes, in as few lines as hold them; 2: the
    network's layers too.
    """
    configs = [run.config for run, _ in runs_with_events]
    experiment, alone = Experiment.of(configs), len(configs) == 1
    threads = words.threads([events for _, events in runs_with_events])
    features = experiment.features | {form, "single" if alone else "comparison"}
    features |= {"threads"} if threads else set()
    features |= {"interval"} if len(experiment.seeds) in _STUDENT else set()
    values = {
        "threads": str(threads),
        "student": _STUDENT.get(len(experiment.seeds), ""),
        "optimizer": _optimizer(features),
        "p": "p" if "factor" in features else "self.p",
        "layers": layers(experiment, features, dense > 1),
        "dropout": next((text for kind, text in _ABOUT.items() if kind in features), ""),
    }
    if "kinds" in features:
        values["dropout"] = "Some kinds of dropout, in training; in eval mode all numbers pass."
    code = {part: compose(part, features, values) for part in PARTS if part != "settings"}
    code["settings"] = _settings(experiment, alone, dense > 0)
    return {part: code[part] for part in PARTS}


def _optimizer(features: set[str]) -> str:
    """Source that makes the optimiser; fused ones round differently, and the Lab has them."""
    decay = ["weight_decay=s.weight_decay"] * ("weight_decay" in features)
    weights = ["net.parameters()", "s.learning_rate"]
    if "vary_optimizer" not in features:
        made = next(name for name in _MAKERS if name in features)
        momentum = ["s.momentum"] * (made == "sgd")
        return call(f"optimizer = {_MAKERS[made]}", [*weights, *momentum, *decay, "fused=True"], 4)
    makers = ", ".join(f'"{name}": {path}' for name, path in _MAKERS.items() if name in features)
    lines = [f"    makers = {{{makers}}}"]
    more = []
    if "sgd" in features:
        lines.append('    more = {"momentum": s.momentum} if s.optimizer == "sgd" else {}')
        more = ["**more"]
    return "\n".join(
        [
            *lines,
            call("optimizer = makers[s.optimizer]", [*weights, *decay, "fused=True", *more], 4),
        ]
    )


def _settings(experiment: Experiment, alone: bool, dense: bool) -> str:
    shared = experiment.settings
    if alone:
        shared["seed"] = experiment.seeds[0]
        return assignment("SETTINGS", shared, words.SETTINGS, dense)
    arms: Mapping[str, Mapping[str, Any]] = experiment.changes
    return "\n".join(
        [
            assignment("SETTINGS", shared, words.SETTINGS, dense),
            f"SEEDS = {literal(experiment.seeds)}",
            assignment("ARMS", arms, {}, dense),
        ]
    )
