"""Arms of a comparison: runs that differ in their seed alone, and short names for them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any

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
_HEADS = {"element": "dropout", "gaussian": "Gaussian", "connect": "DropConnect"}
"""What a name begins with, by kind; a kind that is missing here stands for itself."""

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
}
"""How a setting is named where its field's name before the value would read badly."""

_NAMED_BY_VALUE = {
    "cifar10": "CIFAR-10",
    "shapes": "drawn shapes",
    "adam": "Adam",
    "adamw": "AdamW",
    "sgd": "SGD",
    "flip": "mirrored",
    "crop": "cropped",
    "flip-crop": "mirrored and cropped",
}

Number = Callable[[float], str]


def arm_of(config: RunConfig) -> RunConfig:
    """What all seeds of an arm share: seed 0, and at their defaults all settings without effect.

    These are a dropout of rate 0, the schedule of none, and momentum where SGD does not use it.
    Two configurations belong to one arm just when these are equal, and then their hashes are.
    """
    rates = {at: drop for at, drop in config.dropout.items() if drop.p > 0}
    shared: dict[str, Any] = {"seed": 0, "dropout": immutabledict(rates)}
    if not rates:
        shared["dropout_schedule"] = "always"
    if config.optimizer != "sgd":
        shared["momentum"] = RunConfig.model_fields["momentum"].default
    return config.model_copy(update=shared)


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


def arm_names(
    configs: Sequence[RunConfig], own: Mapping[RunConfig, str] | None = None
) -> list[str]:
    """Names that say only what differs among these arms; seeds count for nothing.

    Short, the same in every process, and two are equal just when the arms are: where six digits
    leave names equal, all digits are given. own: a person's names by `arm_of`; see `with_own`.
    """
    arms = [arm_of(config) for config in configs]
    distinct = list(dict.fromkeys(arms))
    names = _names(distinct, _short)
    if len(set(names)) < len(names):
        names = _names(distinct, json.dumps)
    by_arm = with_own(dict(zip(distinct, _numbered(names), strict=True)), own or {})
    return [by_arm[arm] for arm in arms]


def with_own(names: Mapping[RunConfig, str], own: Mapping[RunConfig, str]) -> dict[RunConfig, str]:
    """Names by arm, a person's own, unless blank, in place of those made up; a second time alike.

    An own name that another arm has too keeps the made-up one behind it, in brackets.
    """
    given = {arm: said for arm in names if (said := own.get(arm, "").strip())}
    often = Counter({**names, **given}.values())
    told = dict(names)
    for arm, said in given.items():
        if often[said] == 1:
            told[arm] = said
        elif not names[arm].startswith(f"{said} ("):
            told[arm] = f"{said} ({names[arm]})"
    return told


def made_up(name: str, config: RunConfig) -> bool:
    """Whether a name says the arm's dropout and nothing else, as `arm_names` would."""
    forms = product((_short, json.dumps), (True, False))
    return any(name == _dropout_name(config, number, alone) for number, alone in forms)


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
    kind = next(iter(kinds)) if len(kinds) == 1 else "element"
    head = _HEADS.get(kind, kind)
    if len(kinds) == len(rates) == 1:
        place = "" if article_alone else f" {_place(tuple(active), kind)}"
        return f"{head} {number(next(iter(rates)))}{place}{schedule}"
    if len(kinds) == 1 and article_alone:
        return f"{head} {' and '.join(number(d.p) for d in active.values())}{schedule}"
    if len(kinds) == 1:
        said = ", ".join(f"{at} {number(drop.p)}" for at, drop in active.items())
        return f"{head} {said}{schedule}"
    alike: dict[Dropout, list[str]] = {}
    for at, drop in active.items():
        alike.setdefault(drop, []).append(at)
    told = (
        f"{_HEADS.get(d.kind, d.kind)} {number(d.p)} {_place(tuple(at), d.kind)}"
        for d, at in alike.items()
    )
    return f"{' + '.join(told)}{schedule}"


def _place(layers: tuple[str, ...], kind: str) -> str:
    if layers in _GROUPS:
        return _GROUPS[layers]
    if layers == ("input",):
        return "on input"
    return ("in " if kind == "connect" else "after ") + ", ".join(layers)


def _field_name(name: str, config: RunConfig, number: Number) -> str:
    """One setting in a word or two, such as "width 2" or "no early stopping"."""
    value = getattr(config, name)
    if value in (None, 0, "none"):
        return f"no {'early stopping' if name == 'patience' else _words(name)}"
    form = _FORMS.get(name, f"{_words(name)} {{}}")
    if isinstance(value, str):
        return _NAMED_BY_VALUE.get(value) or form.format(value)
    if value == 1 and form.startswith("{} "):
        form = form.removesuffix("s")
    return form.format(f"{value:,}" if isinstance(value, int) else number(value))


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
