"""learn_activities_page.py with the route that serves plotly."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dropout_demo.ui.assets import asset_routes

app = st.App(str(Path(__file__).with_name("learn_activities_page.py")), routes=asset_routes())
