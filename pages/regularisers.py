"""Other regularisers, alone, against and together with dropout."""

import streamlit as st

from dropout_demo.ui.regularisers.page import regularisers_page

st.title("Regularisers", anchor=False)
regularisers_page()
