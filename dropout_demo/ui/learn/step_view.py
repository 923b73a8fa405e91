"""One step on the page: text, picture, question, and ways on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dropout_demo.lessons.sources import source
from dropout_demo.lessons.steps import Link, Place, Step
from dropout_demo.ui.assets import base_path
from dropout_demo.ui.learn.activities import ACTIVITIES
from dropout_demo.ui.learn.question import question
from dropout_demo.ui.plain import plain

_ICONS: Mapping[Place, str] = {
    "lab": ":material/science:",
    "inside": ":material/visibility:",
    "regularisers": ":material/tune:",
    "claims": ":material/fact_check:",
}


def step_view(step: Step) -> None:
    """Read, try, answer: in this order, on narrow screens below one another."""
    st.header(step.title, anchor=False)
    wide = step.activity.wide
    read, tried = (st.container(), st.container()) if wide else st.columns([2, 3], gap="large")
    with read, st.container(key="learn-text"):
        st.markdown(step.text)
    with tried, st.container(key="learn-activity"):
        st.markdown(f":material/touch_app: **{step.activity.do}**")
        _activity(step.activity.name, step.activity.options)
    question(step)
    _further(step)


@st.fragment
def _activity(name: str, options: Mapping[str, Any]) -> None:
    """What happens in the picture reruns the picture alone."""
    ACTIVITIES[name](options)


def _further(step: Step) -> None:
    with st.container(key="learn-further"):
        if step.links:
            st.subheader("Try it further", anchor=False)
            st.caption("These open in a new tab; your place here is kept.")
            with st.container(horizontal=True, gap="small"):
                for link in step.links:
                    st.link_button(link.label, address(link), icon=_ICONS[link.page])
        with st.expander("Sources of this step", icon=":material/menu_book:"):
            for key in dict.fromkeys((*step.sources, *(told.source for told in step.literature))):
                told = source(key)
                label = plain(told.label)
                title = f"[{label}]({told.url})" if told.url else label
                st.markdown(f"{title}  \n{plain(told.note)}")


def address(link: Link) -> str:
    """Where it leads, on this server."""
    page = "" if link.page == "lab" else link.page
    query = f"?{link.query}" if link.query else ""
    return f"{base_path()}/{page}{query}"
