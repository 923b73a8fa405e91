"""The composition root: pages, routes and the laboratory behind them. `streamlit run app.py`."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import streamlit as st
from starlette.middleware import Middleware

from dropout_demo.api import api_routes
from dropout_demo.lab import close_lab, lab
from dropout_demo.owners import LearnerCookie
from dropout_demo.ui.assets import asset_routes, base_path
from dropout_demo.ui.classroom.pages import class_routes


@asynccontextmanager
async def lifespan(_: Any) -> AsyncIterator[None]:
    """The workers start with the server and end with it."""
    lab()
    gc.freeze()  # Streamlit collects garbage after every script run: leave the imports out of it
    try:
        yield
    finally:
        close_lab(for_good=True)


app = st.App(
    "pages/main.py",
    routes=[*asset_routes(), *api_routes(base_path()), *class_routes(base_path())],
    middleware=[Middleware(LearnerCookie)],
    lifespan=lifespan,
)
