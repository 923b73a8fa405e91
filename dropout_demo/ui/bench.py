"""The Lab's bench: where dropout stands, all other settings, and what is compared with what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dropout_demo.config import Dataset, RunConfig
from dropout_demo.plan import Plan
from dropout_demo.problems import ConfigError
from dropout_demo.ui import compare_panel, dropout_panel, settings
from dropout_demo.ui.lab_state import last_plan, plan_from_address
from dropout_demo.ui.plain import plain

PRESET_NAMES: Mapping[str, str] = {
    "quick": "Quick",
    "article": "Article",
    "quick-channels": "Whole channels",
    "quick-batch-norm": "Batch norm",
    "quick-random-labels": "Random labels",
}
DATASETS: Mapping[Dataset, str] = {"cifar10": "CIFAR-10", "shapes": "Drawn shapes"}


def introduction() -> None:
    """What this page is for, in two sentences."""
    st.title("Does dropout help?", anchor=False)
    st.markdown(
        "Copies of one small network learn the same pictures in the same order; some of them drop "
        "units at random while they learn. Which does best on pictures it has never seen?"
    )


def bench() -> Plan | None:
    """The plan that the panel stands for; None, and the reasons, while it makes no sense."""
    if "dataset" not in st.session_state or not settings.widgets_are_there():
        load(last_plan() or plan_from_address())
        compare_panel.restore_choice()
    if problem := st.session_state.pop("address_problem", None):
        st.warning(
            f"Not all of this address makes sense: {plain(problem)} The rest is shown.",
            icon=":material/link_off:",
        )
    with st.container(border=True, key="panel"):
        row = st.container(horizontal=True, gap="medium", vertical_alignment="bottom")
        _presets(row)
        dataset = row.segmented_control(
            "Images", list(DATASETS), format_func=DATASETS.__getitem__, key="dataset", required=True
        )
        assert dataset is not None
        view = dropout_panel.view_control(row)
        base = dropout_panel.dropout_panel(_config(dataset), view)
        compared = st.container()
        values = settings.settings_panel(dataset)
        try:
            base = RunConfig.parse({**values, "dataset": dataset, "dropout": base.dropout})
            with compared:
                return compare_panel.compare_panel(base)
        except ConfigError as error:
            for problem in error.problems:
                st.error(plain(str(problem)), icon=":material/error:")
            return None


def load(plan: Plan) -> None:
    """Let the whole bench show this plan. Before its widgets are drawn, or in a callback."""
    st.session_state["dataset"] = plan.base.dataset
    settings.set_widgets(plan.base)
    dropout_panel.load_dropout(plan.base.dropout)
    compare_panel.set_design(plan)


def _presets(row: Any) -> None:
    """Whole configurations to start from; the one that the bench now shows is marked."""
    st.session_state["preset"] = next(
        (name for name in PRESET_NAMES if _preset(name) == _config(st.session_state["dataset"])),
        None,
    )
    row.pills(
        "Start from",
        list(PRESET_NAMES),
        format_func=PRESET_NAMES.__getitem__,
        key="preset",
        on_change=_load_preset,
        help="Quick: 5,000 images, 12 epochs, both networks done in about 20 seconds on two "
        "cores. Article: the whole training set and 15 epochs, minutes. The others are quick too.",
    )


def _load_preset() -> None:
    name = st.session_state["preset"]
    if name is None:  # a press on the marked one changes nothing
        return
    config = _preset(name)
    settings.set_widgets(config)
    dropout_panel.load_dropout(config.dropout)


def _preset(name: str) -> RunConfig:
    dataset = st.session_state["dataset"]
    return RunConfig.preset(name, dataset=dataset, seed=st.session_state[settings.FIRST_SEED])


def _config(dataset: str) -> RunConfig:
    """What the widgets show, as it was at the last rerun; where senseless, what fits best."""
    state = st.session_state
    values = {field: state[setting.key] for field, setting in settings.SETTINGS.items()}
    values = settings.as_used(values)
    values |= {"dataset": dataset, "seed": state[settings.FIRST_SEED]}
    values["dropout"] = dropout_panel.dropout_now()
    try:
        return RunConfig.model_validate(values)
    except ValueError:
        keep = ("width", "padding", "batch_norm", "dropout")
        kept: dict[str, Any] = {field: values[field] for field in keep}
        return RunConfig.model_validate(kept | {"dataset": dataset, "batch_size": 128})
