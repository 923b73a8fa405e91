"""What may be swept: one setting, the values to offer for it, and the arms that they make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

from immutabledict import immutabledict

from dropout_demo.config import (
    KINDS_AT,
    LAYERS,
    MAX_EPOCHS,
    Dropout,
    Kind,
    Layer,
    RunConfig,
)
from dropout_demo.problems import ConfigError, Problem, shown

DENSE: tuple[Layer, ...] = ("flatten", "fc1")
CONVOLUTIONS: tuple[Layer, ...] = ("conv1", "conv2", "conv3")
USUAL_RATE = 0.25

SWEEPS: Mapping[str, tuple[Any, ...]] = immutabledict(
    rate=(0.0, 0.1, 0.25, 0.5, 0.7, 0.9),
    place=LAYERS,
    kind=get_args(Kind),
    dropout_schedule=("always", "early", "late", "growing"),
    train_size=(500, 2_000, 10_000, 45_000),
    width=(0.25, 0.5, 1.0, 2.0, 4.0),
    padding=(0, 1),
    batch_norm=("none", "before", "after"),
    optimizer=("adam", "adamw", "sgd"),
    learning_rate=(0.0001, 0.0003, 0.001, 0.003, 0.01),
    schedule=("constant", "cosine", "step"),
    weight_decay=(0.0, 0.0001, 0.001, 0.01),
    max_norm=(None, 2.0, 3.0, 4.0),
    augmentation=("none", "flip", "crop", "flip-crop"),
    input_noise=(0.0, 0.1, 0.2, 0.5),
    label_noise=(0.0, 0.1, 0.2, 0.4),
    patience=(None, 2, 3, 5),
    batch_size=(32, 64, 128, 256),
    epochs=(5, 15, 30, 60),
)
"""Settings that may be swept, and the values that pages offer; other valid ones serve as well.

`rate`, `place` and `kind` are of the dropout: its rate at all layers that have one, the one layer
at which it stands, its kind. The others are fields of RunConfig.
"""


def suggested(field: str, base: RunConfig) -> tuple[Any, ...]:
    """The values of SWEEPS that make sense beside this configuration.

    Kinds are those of the layer with dropout at which most of them make sense; epochs, under much
    patience, as many as that and twice as many. Fewer than two, which make no sweep, where the
    other settings leave no choice: batch norm in steps of one image, patience in a single epoch.
    Raises KeyError for a setting that cannot be swept.
    """
    offered = SWEEPS[field]
    if field == "kind":
        return max((KINDS_AT[at] for at in layers_of(base)), key=len)
    if field == "epochs" and base.patience is not None and base.patience > offered[-2]:
        more = (base.patience, min(2 * base.patience, MAX_EPOCHS))
        offered = tuple(sorted({*offered, *more}))
    return tuple(value for value in offered if not _problems_of(field, value, base))


def sweep(field: str, values: Sequence[Any], base: RunConfig) -> list[RunConfig]:
    """The arms in the order of the values. Raises ConfigError with every problem at once.

    A sweep over places or kinds begins with the network without dropout, that all are read
    against. Kinds are compared at those of the base's layers where all of them make sense.
    """
    if field not in SWEEPS:
        raise ConfigError([Problem("sweep", shown(field), " or ".join(SWEEPS))])
    if len(values) < 2:
        problem = Problem("values", shown(list(values)), "at least two, to have a comparison")
        raise ConfigError([problem])
    if any(value in values[:at] for at, value in enumerate(values)):
        raise ConfigError([Problem("values", shown(list(values)), "each value once")])
    problems = [found for value in values for found in _problems_of(field, value, base)]
    if not problems and field == "kind":
        return [base.without_dropout(), *_kinds(values, base)]
    if problems:
        raise ConfigError(list(dict.fromkeys(problems)))
    arms = [_with(field, value, base) for value in values]
    return [base.without_dropout(), *arms] if field == "place" else arms


def layers_of(base: RunConfig) -> tuple[Layer, ...]:
    """Where the base drops; the two dense layers if nowhere."""
    return tuple(at for at in LAYERS if at in base.dropout and base.dropout[at].p > 0) or DENSE


def largest_rate(base: RunConfig) -> float:
    """The base's largest rate; the usual one if it has no dropout."""
    return max((drop.p for drop in base.dropout.values()), default=0.0) or USUAL_RATE


def with_dropout(base: RunConfig) -> RunConfig:
    """The base, with the usual dropout at the two dense layers if it has none."""
    if any(drop.p > 0 for drop in base.dropout.values()):
        return base
    return dropped_at(base, DENSE)


def dropped_at(base: RunConfig, layers: Iterable[Layer], kind: Kind | None = None) -> RunConfig:
    """The base with its largest rate at these layers and nowhere else.

    kind: None keeps the base's own at a layer where it drops, and elsewhere takes that of the
    first such layer, or single elements where that makes no sense.
    """
    rate = largest_rate(base)
    return _changed(base, dropout={at: Dropout(rate, kind or _kind_at(base, at)) for at in layers})


def _kind_at(base: RunConfig, layer: Layer) -> Kind:
    kinds = [(at, drop.kind) for at, drop in base.dropout.items() if drop.p > 0]
    own = [kind for at, kind in kinds if at == layer]
    first = [kind for _, kind in kinds[:1] if kind in KINDS_AT[layer]]
    return next(iter([*own, *first]), "element")


def _kinds(values: Sequence[Kind], base: RunConfig) -> list[RunConfig]:
    """One arm a kind, all at the same layers: else kind and place could not be told apart."""
    layers = [at for at in layers_of(base) if all(kind in KINDS_AT[at] for kind in values)]
    if not layers:
        where = ", ".join(layers_of(base))
        allowed = f"kinds that make sense at one and the same layer with dropout, here {where}"
        raise ConfigError([Problem("values", shown(list(values)), allowed)])
    return [dropped_at(base, layers, kind) for kind in values]


def _problems_of(field: str, value: Any, base: RunConfig) -> list[Problem]:
    """Why a value makes no sense beside the base."""
    choices = {"place": LAYERS, "kind": get_args(Kind)}.get(field)
    if choices is not None:
        return [] if value in choices else [Problem(field, shown(value), " or ".join(choices))]
    try:
        _with(field, value, base)
    except ConfigError as error:
        return error.problems
    return []


def _with(field: str, value: Any, base: RunConfig) -> RunConfig:
    """The base with one setting changed. Raises ConfigError."""
    if field == "place":
        return dropped_at(base, (value,))
    if field == "dropout_schedule":
        return _changed(with_dropout(base), dropout_schedule=value)
    if field != "rate":
        return _changed(base, **{field: value})
    if value == 0 and not isinstance(value, bool):
        return base.without_dropout()
    kinds = {
        at: base.dropout[at].kind if at in base.dropout else "element" for at in layers_of(base)
    }
    return _changed(base, dropout={at: {"p": value, "kind": kind} for at, kind in kinds.items()})


def _changed(base: RunConfig, **changes: Any) -> RunConfig:
    return RunConfig.parse(base.model_dump() | changes)
