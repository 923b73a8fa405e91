"""The bench: set dropout, train it beside its twin, read what came of it."""

import streamlit as st

from dropout_demo.ui.lab_panels import (
    action_row,
    closing_sentence,
    config_panel,
    earlier_runs,
    introduction,
    recorded_pair,
)
from dropout_demo.ui.lab_state import runs_on_show, show_runs, sync_address
from dropout_demo.ui.run_charts import run_charts

introduction()
config, seeds = config_panel()
runs = runs_on_show()
started = action_row(config, seeds, runs)
if started:
    show_runs(started)
    runs = runs_on_show()
if runs:
    run_charts(runs)
    closing_sentence(runs)
else:
    recorded_pair()
earlier_runs()
sync_address(config)
