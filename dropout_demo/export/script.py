"""A run or a comparison as a PyTorch script of one file."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence

from dropout_demo.export import words
from dropout_demo.export.code import sections
from dropout_demo.export.experiment import Experiment
from dropout_demo.export.literals import LINE
from dropout_demo.export.words import Events
from dropout_demo.store import Run

MAX_LINES = 150
"""What a person can be asked to read."""


def as_script(runs_with_events: Sequence[tuple[Run, Events]]) -> str:
    """The source of a script that trains what the runs trained.

    It stands the closer together the more it holds, so as to need at most MAX_LINES lines. A run
    with a few extras needs no more; one with everything at once needs up to half as many again.
    """
    for text in _ever_closer(runs_with_events):
        if text.count("\n") <= MAX_LINES:
            break
    return text


def introduction(runs_with_events: Sequence[tuple[Run, Events]]) -> str:
    """What stands at the top of the script, in lines of at most LINE characters."""
    runs, events = [run for run, _ in runs_with_events], [e for _, e in runs_with_events]
    experiment = Experiment.of([run.config for run in runs])
    title = textwrap.fill(f"{words.title(experiment, runs)}.", LINE - 3)
    outcome = words.outcome(runs_with_events, experiment)
    paragraphs = [f"{outcome} {words.exactness(events)}", words.start(experiment.features)]
    return "\n".join([title, "", *(textwrap.fill(text, LINE) for text in paragraphs)])


def _ever_closer(runs_with_events: Sequence[tuple[Run, Events]]) -> Iterator[str]:
    """The script with ever fewer lines, until nothing is left to take away but code."""
    usual, filled, fullest = (_whole(runs_with_events, dense) for dense in range(3))
    yield usual
    yield filled
    yield (closer := [_one_blank_line(text) for text in (filled, fullest)])[0]
    yield (noted := [_docstrings_behind_names(text) for text in closer])[0]
    yield from map(_no_blank_line_within, noted)


def _whole(runs_with_events: Sequence[tuple[Run, Events]], dense: int) -> str:
    imports, settings, *parts = sections(runs_with_events, "script", dense).values()
    top = f'"""{introduction(runs_with_events)}\n"""\n\n{imports}\n\n{settings}\n\n'
    return top + "\n\n\n".join(parts) + "\n"


def _one_blank_line(text: str) -> str:
    return text.replace("\n\n\n", "\n\n")


def _docstrings_behind_names(text: str) -> str:
    """Docstrings of one line as comments, where they fit behind their function's name."""
    return re.sub(r'(\n *(?:def|class) .*:)\n *"""(.*)"""', _commented, text)


def _no_blank_line_within(text: str) -> str:
    """No blank line within a function or class."""
    return re.sub(r"\n+\n(?= +)", "\n", text)


def _commented(found: re.Match[str]) -> str:
    shorter = f"{found[1]}  # {found[2]}"
    return shorter if len(shorter) <= LINE else found[0]
