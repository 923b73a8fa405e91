"""What a script repeats: arms and seeds, and which parts of the code they need."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dropout_demo.arms import arm_names, arm_of
from dropout_demo.config import RunConfig

ALWAYS = ("train_size", "epochs", "batch_size", "learning_rate")
"""Settings that every script shows, be they the defaults or not."""

UNUSED: Mapping[str, Any] = {
    "weight_decay": 0.0,
    "max_norm": None,
    "input_noise": 0.0,
    "label_noise": 0.0,
    "patience": None,
}
"""Settings by number, with the value at which the code of a script needs nothing for them."""

CHOICES = (
    *("dataset", "width", "padding", "optimizer", "schedule"),
    *("dropout_schedule", "batch_norm", "augmentation"),
)
"""Settings by word or of the network's shape: code holds what is chosen, and asks only where arms
differ."""

_FOLLOWING: Mapping[str, frozenset[str]] = {
    "factor": frozenset({"early", "late", "growing"}),
    "scheduled": frozenset({"cosine", "step"}),
    "timed": frozenset({"factor", "scheduled"}),
    "math": frozenset({"timed", "patience", "vary_max_norm"}),
    "normals": frozenset({"gaussian", "input_noise"}),
    "masks": frozenset({"element", "channel"}),
    "torchvision": frozenset({"cifar10", "block"}),
}
"""Features that any of some others bring with them, which stand before."""


@dataclass(frozen=True)
class Experiment:
    """Arms by name, configurations without a seed of their own, each trained with all seeds."""

    arms: Mapping[str, RunConfig]
    seeds: tuple[int, ...]

    @classmethod
    def of(cls, configs: Sequence[RunConfig]) -> Experiment:
        """The arms and seeds among some configurations, in the order in which they come."""
        arms = list(dict.fromkeys(arm_of(config) for config in configs))
        names = arm_names(arms)
        seeds = dict.fromkeys(config.seed for config in configs)
        return cls(dict(zip(names, arms, strict=True)), tuple(seeds))

    @property
    def features(self) -> set[str]:
        """What the code of a script has to be able to do; the conditions of `parts` name these."""
        arms = list(self.arms.values())
        found = {name for name in UNUSED if any(getattr(a, name) != UNUSED[name] for a in arms)}
        asked = (*CHOICES, "patience", "max_norm")
        found |= {f"vary_{name}" for name in asked if self._varies(name)}
        found |= {str(getattr(arm, name)) for arm in arms for name in CHOICES}
        if "flip-crop" in found:
            found |= {"flip", "crop"}
        for arm in arms:
            found |= _dropout_features(arm)
        if "adamw" in found:  # torch's own default is not 0
            found.add("weight_decay")
        for name, parts in _FOLLOWING.items():
            if found & parts:
                found.add(name)
        if len(found & {"element", "channel", "block", "gaussian"}) > 1:
            found.add("kinds")
        return found

    @property
    def settings(self) -> dict[str, Any]:
        """What all arms share, by name."""
        return {n: _shown(self._first, n, self._kinds) for n in self._used if not self._varies(n)}

    @property
    def changes(self) -> dict[str, dict[str, Any]]:
        """What each arm has of its own."""
        own = [name for name in self._used if self._varies(name)]
        return {
            arm: {name: _shown(config, name, self._kinds) for name in own}
            for arm, config in self.arms.items()
        }

    @property
    def _first(self) -> RunConfig:
        return next(iter(self.arms.values()))

    @property
    def _kinds(self) -> bool:
        return "kinds" in self.features

    @property
    def _used(self) -> list[str]:
        """Names of the settings that the code asks for, in the order of a configuration."""
        found = self.features
        return [
            name
            for name in RunConfig.model_fields
            if name in ALWAYS
            or (name in UNUSED and name in found)
            or (name in CHOICES and f"vary_{name}" in found)
            or (name == "momentum" and "sgd" in found)
            or (name == "dropout" and "dropout" in found)
        ]

    def _varies(self, name: str) -> bool:
        arms = list(self.arms.values())
        if name == "dropout_schedule":  # says nothing without dropout
            arms = [arm for arm in arms if arm.dropout]
        return len({getattr(arm, name) for arm in arms}) > 1


def _dropout_features(arm: RunConfig) -> set[str]:
    found = set()
    for layer, drop in arm.dropout.items():
        if drop.kind == "connect":  # element dropout, of the weights
            found |= {"dropout", "element", "connect", f"weights_{layer}"}
        else:
            found |= {"dropout", drop.kind, f"at_{layer}"}
    return found


def _shown(arm: RunConfig, name: str, kinds: bool) -> Any:
    """A setting's value as a script writes it."""
    value = getattr(arm, name)
    if name == "dropout":
        return {
            f"{layer}.weight" if drop.kind == "connect" else layer: (
                ("element" if drop.kind == "connect" else drop.kind, drop.p) if kinds else drop.p
            )
            for layer, drop in value.items()
        }
    return math.inf if value is None else value
