"""A widget for each setting but dropout: snapped choices, each with a sentence of help."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dropout_demo.config import MAX_SEED, TRAIN_IMAGES, RunConfig

WORDS: Mapping[str, str] = {
    "none": "none",
    "before": "before the dropout",
    "after": "after the dropout",
    "flip": "mirrored",
    "crop": "cropped",
    "flip-crop": "mirrored and cropped",
    "adam": "Adam",
    "adamw": "AdamW",
    "sgd": "SGD with momentum",
    "constant": "constant",
    "cosine": "cosine, to zero",
    "step": "in steps, a tenth each",
    "always": "always",
    "early": "first half only",
    "late": "second half only",
    "growing": "growing",
    "auto": "what this machine does best",
    "fp32": "32-bit",
    "bf16": "bfloat16",
    "cifar10": "CIFAR-10",
    "shapes": "Drawn shapes",
}
"""How the page writes the words of a configuration."""


@dataclass(frozen=True)
class Setting:
    """One field of a configuration as the panel offers it."""

    field: str
    label: str
    choices: tuple[Any, ...]
    scale: bool = True  # a slider; else a list of words

    @property
    def key(self) -> str:
        """Where Streamlit keeps the widget's value."""
        return f"set_{self.field}"


GROUPS: Mapping[str, tuple[Setting, ...]] = {
    "Images": (
        Setting(
            "train_size", "Training images", (500, 1_000, 2_000, 5_000, 10_000, 20_000, 45_000)
        ),
        Setting("augmentation", "Augmentation", ("none", "flip", "crop", "flip-crop"), scale=False),
        Setting("input_noise", "Noise on the images", (0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0)),
        Setting("label_noise", "Random labels", (0.0, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0)),
    ),
    "Network": (
        Setting("width", "Width", (0.25, 0.5, 1.0, 2.0, 4.0)),
        Setting("padding", "Padding", (0, 1)),
        Setting("batch_norm", "Batch norm", ("none", "before", "after"), scale=False),
        Setting(
            "dropout_schedule",
            "Dropout acts",
            ("always", "early", "late", "growing"),
            scale=False,
        ),
    ),
    "Optimiser": (
        Setting("optimizer", "Optimiser", ("adam", "adamw", "sgd"), scale=False),
        Setting(
            "learning_rate",
            "Learning rate",
            (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3),
        ),
        Setting("momentum", "Momentum", (0.0, 0.5, 0.9, 0.95, 0.99)),
        Setting("schedule", "Learning rate over time", ("constant", "cosine", "step"), scale=False),
        Setting("weight_decay", "Weight decay", (0.0, 0.0001, 0.0005, 0.001, 0.005, 0.01)),
        Setting("max_norm", "Max-norm", (None, 1.0, 2.0, 3.0, 4.0)),
    ),
    "Training": (
        Setting("epochs", "Epochs", (1, 2, 3, 5, 8, 10, 12, 15, 20, 30, 50, 100)),
        Setting("batch_size", "Batch size", (16, 32, 64, 128, 256, 512)),
        Setting("patience", "Early stopping: patience", (None, 1, 2, 3, 5, 10)),
        Setting("precision", "Precision", ("auto", "fp32", "bf16"), scale=False),
    ),
}

SETTINGS = {setting.field: setting for group in GROUPS.values() for setting in group}
FIRST_SEED = "set_seed"


def set_widgets(config: RunConfig) -> None:
    """Let every widget show this configuration. Before they are drawn, or in a callback."""
    for setting in SETTINGS.values():
        st.session_state[setting.key] = getattr(config, setting.field)
    st.session_state[FIRST_SEED] = config.seed


def widgets_are_there() -> bool:
    """Whether all have values. Not so at first, nor back from another page: none is kept there."""
    keys = (FIRST_SEED, *(setting.key for setting in SETTINGS.values()))
    return all(key in st.session_state for key in keys)


def settings_panel(dataset: str) -> dict[str, Any]:
    """All groups, folded away; the values that they show, by field."""
    values: dict[str, Any] = {}
    with st.expander("All other settings", icon=":material/tune:", key="settings"):
        for title, group in GROUPS.items():
            st.markdown(f"**{title}**")
            columns = st.columns(2, gap="large")
            for place, setting in enumerate(group):
                with columns[place % 2]:
                    values[setting.field] = _widget(setting, dataset)
        values["seed"] = st.number_input(
            "First seed",
            0,
            MAX_SEED,
            key=FIRST_SEED,
            help="Seeds weights, order and masks. Further seeds count up from it.",
        )
    return as_used(values)


def as_used(values: dict[str, Any]) -> dict[str, Any]:
    """The values, with the usual one where a setting does nothing beside the others."""
    if values["optimizer"] == "sgd":
        return values
    return values | {"momentum": RunConfig.model_fields["momentum"].default}


def choices(field: str, dataset: str, epochs: int) -> tuple[Any, ...]:
    """What makes sense for a field beside this data set and number of epochs."""
    offered = SETTINGS[field].choices
    if field == "train_size":
        return tuple(size for size in offered if size <= TRAIN_IMAGES[dataset])
    if field == "patience":
        return tuple(count for count in offered if count is None or count <= epochs)
    return offered


def in_words(field: str) -> Callable[[Any], str]:
    """How a field's values are written."""

    def write(value: Any) -> str:
        if value is None:
            return "none"
        if isinstance(value, str):
            return WORDS.get(value, value)
        if field == "label_noise":
            return f"{100 * value:g} %"
        return f"{value:,}" if isinstance(value, int) else f"{value:g}"

    return write


def _widget(setting: Setting, dataset: str) -> Any:
    state = st.session_state
    offered = choices(setting.field, dataset, state["set_epochs"])
    options = _with(offered, state[setting.key], _limit(setting.field, dataset))
    if state[setting.key] not in options:  # it made sense beside other settings
        state[setting.key] = options[-1]
    description = RunConfig.model_fields[setting.field].description
    idle = setting.field == "momentum" and state["set_optimizer"] != "sgd"
    if setting.scale:
        return st.select_slider(
            setting.label,
            options,
            format_func=in_words(setting.field),
            key=setting.key,
            help=description,
            disabled=idle,
        )
    return st.selectbox(
        setting.label,
        options,
        format_func=in_words(setting.field),
        key=setting.key,
        help=description,
    )


def _with(offered: tuple[Any, ...], value: Any, limit: float | None) -> list[Any]:
    """The choices and, in its place, a value that an address or a file brought."""
    if value in offered or (limit is not None and value is not None and value > limit):
        return list(offered)
    if isinstance(value, str):
        return [*offered, value]
    return sorted({*offered, value}, key=lambda number: (number is not None, number or 0))


def _limit(field: str, dataset: str) -> float | None:
    if field == "train_size":
        return TRAIN_IMAGES[dataset]
    return st.session_state["set_epochs"] if field == "patience" else None
