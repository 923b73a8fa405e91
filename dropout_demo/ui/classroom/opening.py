"""The Classroom page: join a class by its code, open one, and come back to one's own."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

import streamlit as st

from dropout_demo.class_rules.codes import read_code, spoken
from dropout_demo.class_rules.modes import (
    FREE,
    MAX_BUDGET,
    MAX_RUNS_EACH,
    MODE_WORDS,
    MODES,
    Mode,
    Rules,
)
from dropout_demo.classroom.board import words_of
from dropout_demo.classroom.service import KEPT_DAYS
from dropout_demo.config import MAX_NAME_CHARACTERS, TRAIN_IMAGES, RunConfig
from dropout_demo.data import status as data_status
from dropout_demo.lab import lab
from dropout_demo.map import setting_of
from dropout_demo.presets import PRESETS
from dropout_demo.problems import ConfigError
from dropout_demo.refusal import Refusal
from dropout_demo.store import Class, StoreError, StoreFull
from dropout_demo.ui.assets import base_path
from dropout_demo.ui.bench import DATASETS
from dropout_demo.ui.copy_link import copy_link
from dropout_demo.ui.lab_state import learner
from dropout_demo.ui.map.page import EPOCHS, IMAGES
from dropout_demo.ui.plain import plain

NETWORKS: Mapping[str, str] = {
    "quick": "dropout 0.5 around the dense layer",
    "quick-baseline": "no dropout",
    "quick-channels": "channel dropout 0.1 after the convolutions",
    "quick-batch-norm": "dropout 0.5 and batch norm",
    "quick-random-labels": "dropout 0.5, and 40 % of the labels wrong",
}
"""Presets that a class may start from, in words."""

MODE_HELP: Mapping[Mode, str] = {
    "cells": "Every student trains another place and rate of dropout; the map fills on the screen.",
    "seeds": "Everybody trains the same network from another seed: a band and a histogram show "
    "why your neighbour's number differs.",
    "contest": "Everybody sets what you leave free, within a budget of epochs; the screen ranks "
    "them by validation accuracy.",
    "votes": "You put claims on dropout to the vote and reveal what the recorded runs say.",
}

_OPENED = "class_opened"


def classroom_page() -> None:
    """Everything below the page's title."""
    st.markdown(
        "One teacher, many browsers, one picture that all fill together. Students need no account."
    )
    joining, opening = st.columns([2, 3], gap="large")
    with joining:
        _join()
    with opening:
        _open()
    _own_classes()


def _join() -> None:
    st.header("Join a class", anchor=False)
    with st.form("class_join", border=False):
        given = st.text_input("Code from the screen", key="class_code", max_chars=12)
        pressed = st.form_submit_button("Find the class", icon=":material/login:", type="primary")
    if not pressed:
        return
    code = read_code(given)
    found = None if code is None else lab().store.class_(code)
    try:
        lab().brakes.guess(_asker(), code, right=found is not None, known=False)
    except Refusal as error:
        st.error(str(error), icon=":material/timer:")
        return
    if found is None:
        st.error("There is no class of this code: six letters and digits.", icon=":material/error:")
    else:
        st.success(f"Found: **{plain(found.name)}**", icon=":material/check:")
        st.link_button("Go to the class", _path(found.code), icon=":material/arrow_forward:")


def _open() -> None:
    st.header("Open a class", anchor=False)
    name = st.text_input(
        "Name of the class", key="class_name", max_chars=MAX_NAME_CHARACTERS, value="Dropout"
    )
    mode: Mode = st.radio(
        "What the class does",
        MODES,
        key="class_mode",
        format_func=lambda one: MODE_WORDS[one],
        captions=[MODE_HELP[one] for one in MODES],
    )
    setting, rules = _setting(mode), _rules(mode)
    if st.button("Open the class", key="class_open", type="primary", icon=":material/add:"):
        try:
            lab().brakes.change(learner(), _asker())
            st.session_state[_OPENED] = lab().classroom.open(learner(), name, setting, rules)
        except ConfigError as error:
            st.error(plain(" ".join(map(str, error.problems))), icon=":material/error:")
        except (StoreFull, StoreError, Refusal) as error:
            st.error(plain(str(error)), icon=":material/error:")
    if _OPENED in st.session_state:
        _opened(*st.session_state[_OPENED])


def _setting(mode: Mode) -> RunConfig:
    """The configuration that the class starts from."""
    ready = [name for name in DATASETS if data_status(name).ready]
    if mode == "votes":
        return RunConfig(dataset=ready[0] if ready else "shapes")
    row = st.container(horizontal=True, gap="medium", vertical_alignment="bottom")
    dataset = row.segmented_control(
        "Images",
        ready,
        key="class_dataset",
        format_func=DATASETS.__getitem__,
        default=ready[0] if ready else None,
        required=True,
    )
    assert dataset is not None
    choices = [size for size in IMAGES if size <= TRAIN_IMAGES[dataset]]
    size = row.selectbox(
        "Training images",
        choices,
        index=min(2, len(choices) - 1),
        key=f"class_size_{dataset}",
        format_func="{:,}".format,
    )
    epochs = row.selectbox("Epochs", EPOCHS, index=2, key="class_epochs")
    setting = setting_of(dataset, size, epochs)
    if mode != "cells":
        network = st.selectbox(
            "Network", list(NETWORKS), key="class_network", format_func=NETWORKS.__getitem__
        )
        sizes = {"train_size": size, "epochs": epochs, "batch_size": setting.batch_size}
        setting = RunConfig.parse({**PRESETS[network], **sizes, "dataset": dataset})
    seconds = lab().jobs.forecast([setting], "")
    st.caption(f"One such network takes about {seconds:.0f} s here, with what waits now.")
    return setting


def _rules(mode: Mode) -> Rules:
    if mode == "votes":
        return Rules(mode)
    row = st.container(horizontal=True, gap="medium", vertical_alignment="bottom")
    most = 5 if mode == "contest" else 1
    each = row.number_input("Networks a student", 1, MAX_RUNS_EACH, most, key=f"class_each_{mode}")
    if mode != "contest":
        return Rules(mode, int(each))
    budget = row.number_input("Epochs a student", 1, MAX_BUDGET, 60, key="class_budget")
    free = st.multiselect(
        "Free for the students",
        FREE,
        default=["dropout", "epochs"],
        key="class_free",
        format_func=lambda field: field.replace("_", " "),
    )
    return Rules(mode, int(each), int(budget), tuple(free))


def _opened(code: str, secret: str) -> None:
    """Where to go now; the secret is said here and nowhere else."""
    with st.container(border=True, key="class-opened"):
        st.markdown(f"The class is open. Its code: **{spoken(code)}**")
        row = st.container(horizontal=True, gap="medium", vertical_alignment="top")
        with row.container(width="stretch"):
            st.markdown("**For students**")
            copy_link(_path(code), key="class_link")
            st.link_button("The screen of the room", f"{_path(code)}/screen", icon=":material/tv:")
            secret_path = f"{_path(code)}/teacher#key={secret}"
            st.link_button("Your own desk", secret_path, icon=":material/desk:", type="primary")
            st.markdown("**Your own link**, which lets anybody teach this class: keep it.")
            copy_link(secret_path, key="class_secret")
        with row.container(width="content"):
            picture = f"{base_path()}/api/qr.svg?{urlencode({'path': _path(code)})}"
            st.html(
                f'<img src="{picture}" width="180" alt="The address of the class as a QR code">'
            )
            st.caption("Students scan this.")
        if urlsplit(st.context.url or "").hostname in ("127.0.0.1", "localhost", "::1"):
            st.caption(
                "This address is for this computer alone. The README says how to serve a class."
            )


def _own_classes() -> None:
    """The classes that this browser has opened."""
    found = lab().store.classes(learner())
    if not found:
        return
    st.header("Your classes", anchor=False)
    for one in found:
        _line(one)
    st.caption(
        f"Known to this browser. A class that nobody has used for {KEPT_DAYS} days is deleted; its "
        "networks stay on the shelves of those who trained them."
    )


def _line(one: Class) -> None:
    row = st.container(horizontal=True, gap="medium", vertical_alignment="center", border=True)
    state = "" if one.state == "open" else f", {one.state}"
    told = f"**{plain(one.name)}** · {spoken(one.code)}{state}"
    what = MODE_WORDS[one.rules.mode]
    if one.rules.mode != "votes":
        what += f" · {words_of(one.setting)}"
    row.markdown(f"{told}  \n{plain(what)}", width="stretch")
    row.link_button("Desk", f"{_path(one.code)}/teacher", icon=":material/desk:")
    row.link_button("Screen", f"{_path(one.code)}/screen", icon=":material/tv:")


def _path(code: str) -> str:
    return f"{base_path()}/class/{code}"


def _asker() -> str:
    """Whose wrong codes are counted together: those of an address, where it is known."""
    return st.context.ip_address or learner()
