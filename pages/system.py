"""Data sets, device, workers and queue."""

import streamlit as st

from dropout_demo.lab import lab
from dropout_demo.ui.system_panels import data_panel, machine_panel, runs_panel

st.title("System")
data_panel(lab())
machine_panel(lab())
runs_panel(lab())
