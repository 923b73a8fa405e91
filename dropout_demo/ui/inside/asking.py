"""Asking about networks from a page, with a progress bar while the answer is made."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from typing import Any

import streamlit as st

from dropout_demo.config import RunConfig
from dropout_demo.data import status as data_status
from dropout_demo.inside.networks import NetworkRef
from dropout_demo.inside.questions import Question
from dropout_demo.lab import lab
from dropout_demo.probing import ProbeFailed
from dropout_demo.ui.plain import plain

PATIENCE = 0.25
"""Seconds before a bar shows: most answers are there by then, and nothing flickers."""

BEAT = 0.2
"""Seconds between two looks at whether the learner wants something else by now."""


def answer_to(
    question: Question, networks: Sequence[NetworkRef], *, waiting: str = "Computing …"
) -> dict[str, Any] | None:
    """The answer; None after the page has said why there is none.

    waiting: stands beside the bar, such as "Drawing 100 masks …".
    """
    answer = None
    for answer in answers_to(question, networks, waiting=waiting):  # noqa: B007 - the last counts
        pass
    return answer


def answers_to(
    question: Question, networks: Sequence[NetworkRef], *, waiting: str = "Computing …"
) -> Iterator[dict[str, Any]]:
    """Partial answers as they come, and last the whole; nothing after an error, which is said."""
    begun = time.monotonic()
    slot = st.empty()
    try:
        with closing(lab().probing.ask(question, networks, beat=BEAT)) as told:
            for news in told:
                if news.answer is not None:
                    slot.empty()
                    yield news.answer
                elif news.partial is not None:
                    yield news.partial
                if not news.ended and time.monotonic() - begun > PATIENCE:
                    slot.progress(min(1.0, news.done), waiting)
    except ProbeFailed as error:
        with slot.container():
            st.error(plain(str(error)), icon=":material/error:")
            named = "-".join(f"{ref.config.hash}-{ref.epoch}" for ref in networks[:1])
            st.button("Ask again", key=f"again-{question.kind}-{named}", icon=":material/refresh:")


def images_are_here(configs: Iterable[RunConfig]) -> bool:
    """Whether the images that these networks learned from are here; the page says what to do."""
    for dataset in dict.fromkeys(config.dataset for config in configs):
        source = data_status(dataset)
        if not source.ready:
            st.info(plain(source.detail.replace("`", "")), icon=":material/database:")
            st.page_link("system.py", label="To the System page", icon=":material/memory:")
            return False
    return True


def ask_in_advance(question: Question, networks: Sequence[NetworkRef]) -> None:
    """Have it answered while nothing else is to be done, as for the next epoch of a scrub."""
    if not lab().jobs.counts()["running"]:
        lab().probing.advance(question, networks)
