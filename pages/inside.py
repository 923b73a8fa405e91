"""A trained network opened: what masks do to it, what breaks it, and what it has learned."""

import streamlit as st

from dropout_demo.lab import lab
from dropout_demo.ui.inside.looking import look_at
from dropout_demo.ui.inside.opening import opened_runs, remember_opened

lab().probing.warm()
st.title("Inside a trained network", anchor=False)
st.markdown("Open a run that has finished, move through its epochs, and see what dropout did.")
shown = opened_runs()
look = look_at(shown)
remember_opened(shown, look)
