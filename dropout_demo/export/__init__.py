"""Runs and comparisons as files: numbers, a script, a notebook."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence

from dropout_demo.export.notebook import as_notebook
from dropout_demo.export.script import as_script
from dropout_demo.export.tables import (
    EventRecord,
    as_csv,
    as_json,
    comparison_csv,
    comparison_json,
    epochs_frame,
)
from dropout_demo.store import Run

__all__ = ["FORMS", "as_csv", "as_json", "comparison_file", "epochs_frame", "run_file"]

MEDIA_TYPES: Mapping[str, str] = {
    "csv": "text/csv",
    "json": "application/json",
    "py": "text/x-python",
    "ipynb": "application/x-ipynb+json",
}
"""By the form of a file, which is the ending of its name."""


def run_file(form: str, run: Run, events: Sequence[EventRecord]) -> tuple[str, str]:
    """Media type and text of one run as a file; form: one of MEDIA_TYPES, else KeyError.

    events: as stored, in order. csv: a row an epoch; json: all there is; py and ipynb: code that
    trains the same network again.
    """
    if form == "csv":
        return as_csv(run, events)
    if form == "json":
        return as_json(run, events)
    return comparison_file(form, [(run, events)])


def comparison_file(
    form: str, runs_with_events: Sequence[tuple[Run, Sequence[EventRecord]]], query: str = ""
) -> tuple[str, str]:
    """Media type and text of several runs as one file; form: one of MEDIA_TYPES, else KeyError.

    query: the address of the comparison, which json keeps. py and ipynb train every arm that is
    among the runs with every seed that is; the first arm is what the others are held against.
    Raises ValueError for code of no runs.
    """
    media_type = MEDIA_TYPES[form]
    if form == "csv":
        return media_type, comparison_csv(runs_with_events)
    if form == "json":
        return media_type, comparison_json(runs_with_events, query)
    if not runs_with_events:
        raise ValueError("There are no runs to make code of; choose at least one.")
    write = as_script if form == "py" else as_notebook
    return media_type, write(runs_with_events)


FORMS: Mapping[str, Callable[[Run, Sequence[EventRecord]], tuple[str, str]]] = {
    form: functools.partial(run_file, form) for form in MEDIA_TYPES
}
"""How one run becomes a file, by form."""
