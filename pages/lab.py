"""The bench: set dropout, train it beside its twin, read what came of it."""

from dropout_demo.ui.config_panel import action_row, config_panel, introduction
from dropout_demo.ui.lab_state import remember, runs_on_show, show_runs
from dropout_demo.ui.results import earlier_runs, next_steps, recorded_pair, verdict_slot
from dropout_demo.ui.run_charts import run_charts

introduction()
config, seeds = config_panel()
runs = runs_on_show()
started = action_row(config, seeds, runs)
if started:
    show_runs(started)
    runs = runs_on_show()
if runs:
    verdict_slot(runs)
    run_charts(runs)
    next_steps(runs)
else:
    recorded_pair()
earlier_runs()
remember(config)
