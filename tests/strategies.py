"""Random configurations for hypothesis: valid ones, and such as make no sense."""

from __future__ import annotations

from typing import Any, get_args

from hypothesis import strategies as st

from dropout_demo.config import (
    KINDS_AT,
    LAYERS,
    MAX_EPOCHS,
    MAX_SEED,
    TRAIN_IMAGES,
    Augmentation,
    BatchNorm,
    Dropout,
    DropoutSchedule,
    Layer,
    Optimizer,
    Precision,
    RunConfig,
    Schedule,
)

rates = st.floats(0, 1, exclude_max=True)


@st.composite
def dropouts(draw: st.DrawFn, rates: st.SearchStrategy[float] = rates) -> dict[Layer, Dropout]:
    """Dropout at some layers, of kinds that make sense there."""
    layers = draw(st.lists(st.sampled_from(LAYERS), unique=True))
    return {at: Dropout(draw(rates), draw(st.sampled_from(KINDS_AT[at]))) for at in layers}


@st.composite
def configs(draw: st.DrawFn, **fixed: st.SearchStrategy[Any]) -> RunConfig:
    """Any valid configuration; `fixed` narrows fields to strategies of its own."""
    dataset = draw(fixed.pop("dataset", st.sampled_from(sorted(TRAIN_IMAGES))))
    fields: dict[str, Any] = draw(
        st.fixed_dictionaries(
            {"dataset": st.just(dataset), **fixed}, optional=_fields(dataset, set(fixed))
        )
    )
    there = RunConfig(**{k: v for k, v in fields.items() if k in ("dataset", "train_size")})
    batch = fields.get("batch_size", there.batch_size)
    if batch == 1 or there.train_size % batch == 1:  # no spread to normalise by
        fields.pop("batch_norm", None)
    patience, epochs = fields.get("patience"), fields.get("epochs", there.epochs)
    if patience is not None:
        fields["patience"] = min(patience, epochs)
    return RunConfig(**fields)


def _fields(dataset: str, left_out: set[str]) -> dict[str, st.SearchStrategy[Any]]:
    fields: dict[str, st.SearchStrategy[Any]] = {
        "train_size": st.integers(10, TRAIN_IMAGES[dataset]),
        "width": st.floats(0.125, 4),
        "padding": st.integers(0, 1),
        "dropout": dropouts(),
        "dropout_schedule": _any_of(DropoutSchedule),
        "optimizer": _any_of(Optimizer),
        "learning_rate": st.floats(0, 10, exclude_min=True),
        "momentum": st.floats(0, 1, exclude_max=True) | st.just(-0.0),
        "schedule": _any_of(Schedule),
        "weight_decay": st.floats(0, 1),
        "max_norm": st.none() | st.floats(0, 100, exclude_min=True),
        "batch_size": st.integers(1, 4_096),
        "epochs": st.integers(1, MAX_EPOCHS),
        "seed": st.integers(0, MAX_SEED),
        "precision": _any_of(Precision),
        "batch_norm": _any_of(BatchNorm),
        "augmentation": _any_of(Augmentation),
        "input_noise": st.floats(0, 2),
        "label_noise": st.floats(0, 1),
        "patience": st.none() | st.integers(1, MAX_EPOCHS),
    }
    assert {"dataset", *fields} == set(RunConfig.model_fields)
    return {name: values for name, values in fields.items() if name not in left_out}


def _any_of(choices: Any) -> st.SearchStrategy[str]:
    return st.sampled_from(get_args(choices))
