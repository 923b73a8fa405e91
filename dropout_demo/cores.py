"""The processors there are, and how runs share them."""

from __future__ import annotations

import os


def cores() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def division(slots: int | None = None) -> tuple[int, int]:
    """Slots and threads a run: both arms of a pair side by side, then two threads a slot.

    One thread a run gives the most work done (two such runs side by side lose nothing), more
    threads end a single run sooner; so small machines get two slots, large ones a slot for two.
    """
    count = cores()
    slots = slots or max(min(2, count), count // 2)
    return slots, max(1, count // slots)
