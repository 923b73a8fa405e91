"""A run or a comparison as a Jupyter notebook: the script's code in cells, explained between."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from dropout_demo.export import words
from dropout_demo.export.code import sections
from dropout_demo.export.experiment import Experiment
from dropout_demo.export.snippets import compose
from dropout_demo.export.words import Events
from dropout_demo.store import Run

NBFORMAT = (4, 5)
"""Version of the notebook format: https://nbformat.readthedocs.io/en/latest/format_description.html"""


def as_notebook(runs_with_events: Sequence[tuple[Run, Events]]) -> str:
    """The notebook as JSON, with no outputs yet. Needs nothing but torch and torchvision."""
    code = sections(runs_with_events, "notebook")
    runs = [run for run, _ in runs_with_events]
    experiment = Experiment.of([run.config for run in runs])
    features = experiment.features | {"single" if len(runs) == 1 else "comparison", "notebook"}
    cells = [_markdown(_opening(runs_with_events, experiment))]
    for part, source in code.items():
        if explanation := compose(f"about_{part}", features, {}):
            cells.append(_markdown(explanation))
        cells.append(_code(source))
    cells.append(_markdown(compose("about_chart", features, {})))
    cells.append(_code(compose("chart", features, {})))
    numbered = [{"id": f"cell-{n}", **cell} for n, cell in enumerate(cells, 1)]
    major, minor = NBFORMAT
    whole = {
        "nbformat": major,
        "nbformat_minor": minor,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "cells": numbered,
    }
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def _opening(runs_with_events: Sequence[tuple[Run, Events]], experiment: Experiment) -> str:
    runs, events = [run for run, _ in runs_with_events], [e for _, e in runs_with_events]
    return "\n\n".join(
        [
            f"# {words.title(experiment, runs)}",
            f"{words.outcome(runs_with_events, experiment)} {words.exactness(events)}",
            "Run the cells from top to bottom; training is the last but one.",
        ]
    )


def _markdown(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source.splitlines(keepends=True)}


def _code(source: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "metadata": {},
        "execution_count": None,
        "outputs": [],
        "source": source.splitlines(keepends=True),
    }
