"""The layers of a script's network, as source."""

from __future__ import annotations

from dropout_demo.config import RunConfig
from dropout_demo.export.experiment import Experiment
from dropout_demo.export.literals import filled

_MAPS, _UNITS = (32, 64, 128), 512
_INDENT = 8


def layers(experiment: Experiment, features: set[str], dense: bool = False) -> str:
    """What stands within `nn.Sequential(...)`: one block after the other, each on lines of its own.

    features: the experiment's, and the script's own. Numbers where all arms have the same, names of
    variables where they differ. dense: as few lines as hold them all.
    """
    arm = next(iter(experiment.arms.values()))
    *maps, units = ("c1", "c2", "c3", "units") if "vary_width" in features else _sizes(arm)
    side = "side" if "vary_padding" in features else str(4 if arm.padding else 2)
    blocks = [_drop("input", features)]
    for name, before, after in zip(("conv1", "conv2", "conv3"), ("3", *maps), maps, strict=False):
        blocks.append(
            [
                f"nn.Conv2d({before}, {after}, 3{_padding(arm, features)})",
                *_norm("before", f"BatchNorm2d({after})", features),
                *("nn.MaxPool2d(2)", "nn.ReLU()"),
                *_drop(name, features),
                # after conv3 the dropout of flatten comes first
                *(_norm("after", f"BatchNorm2d({after})", features) if name != "conv3" else ()),
            ]
        )
    blocks.append(["nn.Flatten()", *_drop("flatten", features)])
    if norm := _norm("after", f"BatchNorm2d({maps[-1]})", features):
        blocks[-1] += [f"nn.Unflatten(1, ({maps[-1]}, {side}, {side}))", *norm, "nn.Flatten()"]
    blocks.append(
        [
            _dense("fc1", _times(maps[-1], side), units, features),
            *_norm("before", f"BatchNorm1d({units})", features),
            *("nn.ReLU()", *_drop("fc1", features)),
            *_norm("after", f"BatchNorm1d({units})", features),
        ]
    )
    blocks.append([_dense("logits", units, "10", features), *_drop("logits", features)])
    items = [[f"{item}," for item in block] for block in blocks]
    if dense:
        return "\n".join(filled([item for block in items for item in block], _INDENT))
    return "\n".join(line for block in items for line in filled(block, _INDENT))


def _sizes(arm: RunConfig) -> list[str]:
    return [str(max(1, round(count * arm.width))) for count in (*_MAPS, _UNITS)]


def _padding(arm: RunConfig, features: set[str]) -> str:
    if "vary_padding" in features:
        return ", padding=s.padding"
    return f", padding={arm.padding}" if arm.padding else ""


def _times(maps: str, side: str) -> str:
    """How many numbers enter the first dense layer."""
    numbers = maps.isdigit() and side.isdigit()
    return str(int(maps) * int(side) ** 2) if numbers else f"{maps} * {side} * {side}"


def _drop(layer: str, features: set[str]) -> list[str]:
    return [_dropout(layer, features)] if f"at_{layer}" in features else []


def _dropout(layer: str, features: set[str]) -> str:
    """The module that drops; it looks itself what kind, where there are several."""
    if "kinds" in features:
        return f'Dropout(s, "{layer}")'
    rate = f'["{layer}"]' if "single" in features else f'.get("{layer}", 0)'
    return f"Dropout(s.dropout{rate})"


def _norm(place: str, norm: str, features: set[str]) -> list[str]:
    if place not in features:
        return []
    return [f'norm("{place}", nn.{norm})' if "vary_batch_norm" in features else f"nn.{norm}"]


def _dense(layer: str, inputs: str, units: str, features: set[str]) -> str:
    if f"weights_{layer}" in features:
        dropout = _dropout(f"{layer}.weight", features)
        return f"drop_connect(nn.Linear({inputs}, {units}), {dropout})"
    return f"nn.Linear({inputs}, {units})"
