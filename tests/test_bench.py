"""The Lab's bench keeps what it shows, whatever Streamlit forgets of it."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from dropout_demo.config import Dropout, RunConfig
from dropout_demo.plan import Plan
from dropout_demo.ui.settings import SETTINGS

PLAN = Plan(
    RunConfig(
        dataset="shapes", train_size=1_000, epochs=5, width=0.5, dropout={"fc1": Dropout(0.3)}
    ),
    "pair",
)


def page() -> None:
    """The bench alone, as the Lab's page has it."""
    import streamlit as st

    from dropout_demo.ui.bench import bench
    from dropout_demo.ui.lab_state import remember

    if lost := st.session_state.pop("lost", None):
        del st.session_state[lost]
    remember(bench())


@pytest.fixture
def bench() -> AppTest:
    """The bench with a plan of its own, drawn once."""
    app = AppTest.from_function(page, default_timeout=30)
    app.session_state["plan"] = PLAN
    app.run()
    assert not app.exception
    assert app.session_state["plan"] == PLAN
    return app


@pytest.mark.parametrize("key", ["dataset", "set_seed", *(one.key for one in SETTINGS.values())])
def test_a_widget_that_lost_its_value_gets_it_back(bench: AppTest, key: str) -> None:
    bench.session_state["lost"] = key
    bench.run()
    assert not bench.exception
    assert bench.session_state["plan"] == PLAN
