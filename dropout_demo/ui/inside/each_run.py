"""One question to each opened run, in a place where waiting for it moves nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dropout_demo.inside.questions import Question
from dropout_demo.ui.inside.asking import answer_to, ask_in_advance
from dropout_demo.ui.inside.on_show import OnShow
from dropout_demo.ui.plain import plain

Told = Sequence[tuple[OnShow, Mapping[str, Any]]]
"""Runs with their answers; those that have none are left out."""


def waiting_place(key: str) -> DeltaGenerator:
    """A place for the bar, as high as the bar is: what stands below stays where it is."""
    st.html(f"<style>.st-key-{key} {{ min-height: 3rem }}</style>")
    return st.container(key=key)


def answers_of_each(shown: Sequence[OnShow], question: Question, doing: str) -> Told:
    """Each run's answer; the page says why another has none.

    doing: stands beside the bar after the run's name. The same is asked in advance of the kept
    epochs beside those on show.
    """
    told = []
    for one in shown:
        answer = answer_to(question, [one.network], waiting=plain(f"{one.name}: {doing} …"))
        if answer is not None:
            told.append((one, answer))
    for one, _ in told:
        at = one.epochs.index(one.epoch)
        for near in one.epochs[max(0, at - 1) : at + 2]:
            ask_in_advance(question, [replace(one.network, epoch=near)])
    return told
