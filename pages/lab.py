"""The bench: put dropout anywhere, compare anything, read what came of it."""

from dropout_demo.ui.actions import action_row
from dropout_demo.ui.bench import bench, introduction
from dropout_demo.ui.lab_state import remember
from dropout_demo.ui.next_steps import next_steps
from dropout_demo.ui.recorded_result import recorded_pair
from dropout_demo.ui.results import details, finished, verdict_slot
from dropout_demo.ui.run_charts import run_charts
from dropout_demo.ui.shelf import shelf

introduction()
plan = bench()
runs = action_row(plan)
if runs:
    results = finished(runs)
    verdict_slot(runs, results)
    run_charts(runs)
    details(results)
    next_steps(plan, runs, results)
else:
    recorded_pair()
shelf()
remember(plan)
