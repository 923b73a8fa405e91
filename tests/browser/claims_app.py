"""The whole app, but that one claim's live version takes a second. Started by test_claims.py."""

from __future__ import annotations

from typing import cast

import streamlit as st
from starlette.middleware import Middleware

import app as real
from dropout_demo.api import api_routes
from dropout_demo.lessons.cards import Card, Live, cards
from dropout_demo.owners import LearnerCookie
from dropout_demo.ui.assets import asset_routes, base_path
from tests.browser.conftest import ROOT

SHORTENED = 18
"""The claim; its live version has small networks as it is, now with fewer images and epochs."""

known = cast(dict[int, Card], cards())
known[SHORTENED] = known[SHORTENED].model_copy(
    update={
        "live": Live(
            changes="train_size=500&batch_size=50&epochs=3", arms=known[SHORTENED].live.arms
        )
    }
)

app = st.App(
    str(ROOT / "pages" / "main.py"),
    routes=[*asset_routes(), *api_routes(base_path())],
    middleware=[Middleware(LearnerCookie)],
    lifespan=real.lifespan,
)
