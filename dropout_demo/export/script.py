"""A run or a comparison as a PyTorch script of one file."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import replace

from dropout_demo.export import words
from dropout_demo.export.code import USUAL, Closeness, sections
from dropout_demo.export.experiment import Experiment
from dropout_demo.export.literals import LINE
from dropout_demo.export.words import Events
from dropout_demo.store import Run

MAX_LINES = 150
"""What a person can be asked to read."""


def as_script(runs_with_events: Sequence[tuple[Run, Events]]) -> str:
    """The source of a script that trains what the runs trained.

    It stands the closer together the more it holds, so as to need at most MAX_LINES lines.
    """
    for text in _ever_closer(runs_with_events):
        if text.count("\n") <= MAX_LINES:
            break
    return text


def introduction(runs_with_events: Sequence[tuple[Run, Events]], short: bool = False) -> str:
    """What stands at the top of the script, in lines of at most LINE characters.

    short: in one paragraph of fewer words.
    """
    runs, events = [run for run, _ in runs_with_events], [e for _, e in runs_with_events]
    experiment = Experiment.of([run.config for run in runs])
    title = f"{words.title(experiment, runs, short)}."
    outcome = words.outcome(runs_with_events, experiment, short)
    exactness, start = words.exactness(events, short), words.start(experiment.features, short)
    if short:
        return textwrap.fill(f'"""{title} {outcome} {exactness} {start}', LINE - 3)[3:]
    paragraphs = [f"{outcome} {exactness}", start]
    return "\n".join(
        [textwrap.fill(title, LINE - 3), "", *(textwrap.fill(text, LINE) for text in paragraphs)]
    )


def _ever_closer(runs_with_events: Sequence[tuple[Run, Events]]) -> Iterator[str]:
    """The script with ever fewer lines, until nothing is left to take away but code."""
    yield _whole(runs_with_events, USUAL)
    yield _whole(runs_with_events, close := Closeness(filled=True))
    close = replace(close, layers=True)
    yield _closer(_whole(runs_with_events, close, brief=True))
    close = replace(close, short=True)
    yield (text := _closer(_whole(runs_with_events, close, brief=True)))
    yield _no_blank_line_within(text)
    close = replace(close, terse=True)
    yield _no_blank_line_within(_closer(_whole(runs_with_events, close, brief=True)))
    close = replace(close, tight=True)
    yield (text := _no_blank_line_within(_closer(_whole(runs_with_events, close, brief=True))))
    yield _no_blank_line_before(r"class |def (?!load|stream|network|measure)", text)
    yield _no_blank_line_before("class |def ", text)


def _whole(
    runs_with_events: Sequence[tuple[Run, Events]], close: Closeness, brief: bool = False
) -> str:
    """All of a script; brief: the introduction is one paragraph."""
    imports, settings, *parts = sections(runs_with_events, "script", close).values()
    end = "" if brief else "\n"
    top = f'"""{introduction(runs_with_events, brief)}{end}"""\n\n{imports}\n\n{settings}\n\n'
    return top + "\n\n\n".join(parts) + "\n"


def _closer(text: str) -> str:
    """One blank line between functions, and what they do behind their names."""
    named = r'(\n *(?:def|class) .*:)\n *"""(.*)"""(?:\n(?=\n +))?'
    return re.sub(named, _commented, _one_blank_line(text))


def _one_blank_line(text: str) -> str:
    return text.replace("\n\n\n", "\n\n")


def _no_blank_line_within(text: str) -> str:
    """No blank line within a function or class."""
    return re.sub(r"\n+\n(?= +)", "\n", text)


def _no_blank_line_before(pattern: str, text: str) -> str:
    """No blank line before lines that begin so."""
    return re.sub(f"\n\n(?={pattern})", "\n", text)


def _commented(found: re.Match[str]) -> str:
    shorter = f"{found[1]}  # {found[2]}"
    return shorter if len(shorter) <= LINE else found[0]
