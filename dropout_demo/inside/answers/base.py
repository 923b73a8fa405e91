"""The shape of all answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from dropout_demo.inside.workbench import Opened, Workbench


@dataclass(frozen=True)
class Progress:
    """A part of the work is done. `partial`: what can be shown already, as JSON."""

    done: float  # 0..1
    partial: dict[str, Any] | None = None


class ProbeError(Exception):
    """A question that cannot be answered: says why in one sentence, for people."""


Answerer = Callable[[Workbench, Sequence[Opened], Any], Iterator[Progress | dict[str, Any]]]
"""(workbench, networks in the order asked for, question) -> Progress, ..., and last the answer.

The answer is JSON: plain numbers, texts, lists and objects. Between two yields passes a tenth of
a second at most, so that quick questions need not wait; closing the generator ends the work.
Raises ProbeError.
"""
