"""The interval picture of the rows that the address names, `?rows=[...]&unit=points`."""

from __future__ import annotations

import json

import streamlit as st

from dropout_demo.ui.interval_picture import interval_picture

st.set_page_config(layout="wide")
st.title("Dropout")
rows = json.loads(st.query_params.get("rows", "[]"))
interval_picture(rows, key="picture", unit=st.query_params.get("unit", "points"))
