"""Rate by place, filled by everybody who trains here."""

import streamlit as st

from dropout_demo.ui.map.page import map_page

st.title("The map of dropout", anchor=False)
map_page()
