"""Arms of a comparison: runs that differ in their seed alone, and short names for them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from immutabledict import immutabledict

from dropout_demo.config import LAYERS, Dropout, RunConfig

LAYER_NAMES = {
    "input": "the image",
    "conv1": "the first convolution",
    "conv2": "the second convolution",
    "conv3": "the third convolution",
    "flatten": "the flattened features",
    "fc1": "the dense layer",
    "logits": "the scores",
}
ARTICLE_LAYERS = ("flatten", "fc1")
CONVOLUTIONS = ("conv1", "conv2", "conv3")

_GROUPS: Mapping[tuple[str, ...], str] = {
    ARTICLE_LAYERS: "on dense layers",
    CONVOLUTIONS: "on convolutions",
    (*CONVOLUTIONS, *ARTICLE_LAYERS): "on conv + dense layers",
}
_GROUP_WORDS: Mapping[tuple[str, ...], str] = {
    CONVOLUTIONS: "the convolutions",
    (*CONVOLUTIONS, *ARTICLE_LAYERS): "the convolutions and before both dense layers",
}
_KIND_WORDS = {
    "element": "",
    "channel": " by channel",
    "block": " in blocks",
    "gaussian": " as Gaussian noise",
    "connect": " of the weights",
}
_SCHEDULE_WORDS = {
    "always": "",
    "early": " in the first half of the run",
    "late": " in the second half of the run",
    "growing": " growing over the run",
}
_FORMS = {
    "train_size": "{} images",
    "schedule": "{} rate",
    "batch_size": "batch {}",
    "epochs": "{} epochs",
    "precision": "{} precision",
    "batch_norm": "batch norm {} dropout",
    "augmentation": "{}",
}
"""How a setting is named where its field's name before the value would read badly."""

_NAMED_BY_VALUE = {
    "cifar10": "CIFAR-10",
    "shapes": "drawn shapes",
    "adam": "Adam",
    "adamw": "AdamW",
    "sgd": "SGD",
}

Number = Callable[[float], str]


def arm_of(config: RunConfig) -> RunConfig:
    """What all seeds of an arm share: seed 0, no dropout of rate 0, no schedule of none.

    Two configurations belong to one arm just when these are equal.
    """
    rates = {at: drop for at, drop in config.dropout.items() if drop.p > 0}
    schedule = config.dropout_schedule if rates else "always"
    return config.model_copy(
        update={"seed": 0, "dropout": immutabledict(rates), "dropout_schedule": schedule}
    )


def rates_of(config: RunConfig) -> dict[str, float]:
    """The rates above 0 by layer, in the order of the layers."""
    return {at: drop.p for at, drop in _active(config).items()}


def rates_in_words(config: RunConfig) -> str:
    """Such as "0.25", one rate at the article's two layers, or "0.2 by channel at the image".

    Reads on after "dropout"; empty without dropout.
    """
    active = _active(config)
    if not active:
        return ""
    schedule = _SCHEDULE_WORDS[config.dropout_schedule]
    words = {at: f"{drop.p:g}{_KIND_WORDS[drop.kind]}" for at, drop in active.items()}
    if tuple(active) == ARTICLE_LAYERS:
        return " and ".join(dict.fromkeys(words.values())) + schedule
    if len(set(words.values())) == 1:
        places = _GROUP_WORDS.get(tuple(active)) or listed([LAYER_NAMES[at] for at in active])
        return f"{next(iter(words.values()))} at {places}{schedule}"
    return listed([f"{said} at {LAYER_NAMES[at]}" for at, said in words.items()]) + schedule


def arm_name(config: RunConfig) -> str:
    """A short name for a curve, by its dropout: "no dropout", "channel 0.2 after conv1"."""
    return _dropout_name(config, _short, _article_alone([config]))


def arm_names(configs: Sequence[RunConfig]) -> list[str]:
    """Names that say only what differs among these arms; seeds count for nothing.

    Short, the same in every process, and two are equal just when the arms are: where six digits
    leave names equal, all digits are given.
    """
    arms = [arm_of(config) for config in configs]
    distinct = list(dict.fromkeys(arms))
    names = _names(distinct, _short)
    if len(set(names)) < len(names):
        names = _names(distinct, json.dumps)
    by_arm = dict(zip(distinct, _numbered(names), strict=True))
    return [by_arm[arm] for arm in arms]


def listed(words: Sequence[str]) -> str:
    """ "a, b and c"; raises ValueError for no words."""
    *head, last = words
    return f"{', '.join(head)} and {last}" if head else last


def _active(config: RunConfig) -> dict[str, Dropout]:
    dropout = config.dropout
    return {at: dropout[at] for at in LAYERS if at in dropout and dropout[at].p > 0}


def _names(arms: Sequence[RunConfig], number: Number) -> list[str]:
    fields = ["dropout", "dropout_schedule"]
    others = [name for name in RunConfig.model_fields if name not in (*fields, "seed")]
    differing = [name for name in others if len({getattr(arm, name) for arm in arms}) > 1]
    dropout_differs = len({(arm.dropout, arm.dropout_schedule) for arm in arms}) > 1
    alone = _article_alone(arms)
    names = []
    for arm in arms:
        parts = [_field_name(name, arm, number) for name in differing]
        if dropout_differs or not parts:
            parts.insert(0, _dropout_name(arm, number, alone))
        names.append(" · ".join(parts))
    return names


def _article_alone(configs: Sequence[RunConfig]) -> bool:
    """Whether dropout stands nowhere but at the article's two layers, so that no place is said."""
    return {tuple(_active(config)) for config in configs} <= {(), ARTICLE_LAYERS}


def _dropout_name(config: RunConfig, number: Number, article_alone: bool) -> str:
    active = _active(config)
    if not active:
        return "no dropout"
    schedule = "" if config.dropout_schedule == "always" else f" {config.dropout_schedule}"
    kinds, rates = {d.kind for d in active.values()}, {d.p for d in active.values()}
    head = _head(next(iter(kinds))) if len(kinds) == 1 else "dropout"
    if len(kinds) == len(rates) == 1:
        place = "" if article_alone else f" {_place(tuple(active), head)}"
        return f"{head} {number(next(iter(rates)))}{place}{schedule}"
    if len(kinds) == 1 and article_alone:
        return f"{head} {' and '.join(number(d.p) for d in active.values())}{schedule}"
    kind = {at: f"{drop.kind} " if len(kinds) > 1 else "" for at, drop in active.items()}
    said = ", ".join(f"{at} {kind[at]}{number(drop.p)}" for at, drop in active.items())
    return f"{head} {said}{schedule}"


def _head(kind: str) -> str:
    return "dropout" if kind == "element" else kind


def _place(layers: tuple[str, ...], head: str) -> str:
    if layers in _GROUPS:
        return _GROUPS[layers]
    if layers == ("input",):
        return "on input"
    return ("in " if head == "connect" else "after ") + ", ".join(layers)


def _field_name(name: str, config: RunConfig, number: Number) -> str:
    """One setting in a word or two, such as "width 2" or "no early stopping"."""
    value = getattr(config, name)
    if value in (None, 0, "none"):
        return f"no {'early stopping' if name == 'patience' else _words(name)}"
    text = value if isinstance(value, str) else number(value)
    return _NAMED_BY_VALUE.get(text) or _FORMS.get(name, f"{_words(name)} {{}}").format(text)


def _words(field: str) -> str:
    return {"max_norm": "max-norm"}.get(field, field.replace("_", " "))


def _short(value: float) -> str:
    return f"{value:g}"


def _numbered(names: Sequence[str]) -> list[str]:
    """The names, with a count behind those that are there before."""
    seen: Counter[str] = Counter()
    told = []
    for name in names:
        seen[name] += 1
        told.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return told
