"""The Map page: choose a setting, press what is empty, open what is filled."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import streamlit as st

from dropout_demo.config import TRAIN_IMAGES, RunConfig
from dropout_demo.data import status as data_status
from dropout_demo.jobs import QueueFull
from dropout_demo.lab import lab
from dropout_demo.map import PLACE_WORDS, SHOWN, Cell, config_at, next_seed, setting_of
from dropout_demo.map_board import cell_of, map_parts
from dropout_demo.readings import MEASURES
from dropout_demo.refusal import Refusal
from dropout_demo.store import WAITING, StoreError
from dropout_demo.ui.bench import DATASETS
from dropout_demo.ui.lab_state import learner, show_runs
from dropout_demo.ui.map.picture import map_picture
from dropout_demo.ui.plain import plain

IMAGES = (500, 1_000, 2_000, 5_000, 10_000, 45_000)
EPOCHS = (1, 3, 5, 12, 15)
FIRST: Mapping[str, int] = {"train_size": 5_000, "epochs": 12}
"""The setting that opens: the Lab's quick runs, so that these fill the map too."""

TAKEN = ("finished", "failed", *WAITING)
"""Whose seed the next run of a cell does not take: what failed would fail again."""

_SAID, _OPENED = "map_said", "map_opened"
_CHOOSING = threading.Lock()  # two who press at once take two seeds


def map_page() -> None:
    """Everything below the page's title."""
    st.markdown(
        "Every network that anybody trains on this server fills its place: with its mean over "
        "seeds, half the width of its 95 % interval, and the number of seeds. Press an empty "
        "place to train it; press a filled one to open it or to add a seed."
    )
    setting, measure = _setting()
    _remember(setting, measure)
    map_picture(setting, measure, lambda name: _pressed(name, setting))
    if said := st.session_state.pop(_SAID, None):
        st.error(plain(said), icon=":material/error:")
    opened = cell_of(st.session_state.get(_OPENED, ""))
    if opened is not None:
        _cell(opened, setting)


def _setting() -> tuple[RunConfig, str]:
    state, asked = st.session_state, st.query_params
    row = st.container(horizontal=True, gap="medium", vertical_alignment="bottom")
    if "map_dataset" not in state:
        wanted = asked.get("dataset", "")
        ready = "cifar10" if data_status("cifar10").ready else "shapes"
        state["map_dataset"] = wanted if wanted in DATASETS else ready
        for name, choices in (("train_size", IMAGES), ("epochs", EPOCHS)):
            said = asked.get(name, "")
            there = said.isdecimal() and len(said) < 7 and int(said) in choices
            state[f"map_{name}"] = int(said) if there else FIRST[name]
        state["map_measure"] = asked["measure"] if asked.get("measure") in SHOWN else SHOWN[0]
    dataset = row.segmented_control(
        "Images", list(DATASETS), format_func=DATASETS.__getitem__, key="map_dataset", required=True
    )
    assert dataset is not None
    sizes = [size for size in IMAGES if size <= TRAIN_IMAGES[dataset]]
    if state["map_train_size"] not in sizes:
        state["map_train_size"] = sizes[-1]
    size: int = row.selectbox(
        "Training images", sizes, key="map_train_size", format_func="{:,}".format
    )
    epochs: int = row.selectbox("Epochs", EPOCHS, key="map_epochs")
    measure = row.segmented_control(
        "Show",
        SHOWN,
        format_func=lambda name: MEASURES[name].words,
        key="map_measure",
        required=True,
    )
    assert measure is not None
    return setting_of(dataset, size, epochs), measure


def _remember(setting: RunConfig, measure: str) -> None:
    """Keep the setting in the address: a reload or a link opens the same map."""
    st.query_params.from_dict(
        {
            "dataset": setting.dataset,
            "train_size": str(setting.train_size),
            "epochs": str(setting.epochs),
            "measure": measure,
        }
    )


def _pressed(name: str, setting: RunConfig) -> None:
    """An empty cell is trained, a filled one opened."""
    cell = cell_of(name)
    if cell is None:
        return
    try:
        there = map_parts(lab().store, setting, SHOWN[0]).get(name, {})
    except StoreError as error:
        st.session_state[_SAID] = str(error)
        return
    st.session_state[_OPENED] = name
    if not there:
        _train(cell, setting)


def _train(cell: Cell, setting: RunConfig) -> None:
    """Queue the cell's next seed for this learner; says why not."""
    source = data_status(setting.dataset)
    if not source.ready:
        st.session_state[_SAID] = source.detail
        return
    try:
        lab().brakes.start(learner(), st.context.ip_address or learner())
        config = config_at(cell, setting)
        with _CHOOSING:
            taken = [run.config for run in lab().store.of_arms([config], TAKEN)]
            seed = next_seed(cell, setting, taken)
            lab().jobs.submit([config.with_seed(seed)], learner())
    except (QueueFull, Refusal, StoreError) as error:
        st.session_state[_SAID] = str(error)


def _cell(cell: Cell, setting: RunConfig) -> None:
    """What one may do with a cell that was pressed."""
    config = config_at(cell, setting)
    where = PLACE_WORDS.get(cell.place, "no dropout")
    rate = f", rate {cell.rate:g}" if cell.rate else ""
    with st.container(border=True, key="map-cell"):
        st.markdown(f"**{plain(where[0].upper() + where[1:])}{rate}**")
        row = st.container(horizontal=True, gap="medium", vertical_alignment="center")
        if row.button("Train another seed", key="map_more", icon=":material/add:"):
            _train(cell, setting)
            st.rerun()
        runs = [run.id for run in lab().store.of_arms([config], ["finished", *WAITING])]
        if runs and row.button(
            "Open its runs in the Lab", key="map_open", icon=":material/science:"
        ):
            show_runs(runs, config.to_query())
            st.switch_page("lab.py")
