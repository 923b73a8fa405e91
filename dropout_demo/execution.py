"""A whole run on this process's torch: data, threads, training, and every ending as an event."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import torch

from dropout_demo.config import RunConfig
from dropout_demo.data import DataError, load
from dropout_demo.devices import make_repeatable
from dropout_demo.events import Event, Failed
from dropout_demo.training import DivergedError, train

log = logging.getLogger(__name__)


def execute(config: RunConfig, threads: int, should_stop: Callable[[], bool]) -> Iterator[Event]:
    """The events of a run, ending in Finished, Cancelled or Failed, whatever goes wrong.

    Sets torch's threads, on which the last bits of the numbers depend.
    """
    torch.set_num_threads(threads)
    make_repeatable()
    try:
        yield from train(config, load(config.dataset), should_stop=should_stop)
    except (DivergedError, DataError) as error:
        yield Failed(str(error))
    except (MemoryError, RuntimeError, OSError) as error:  # torch says "out of memory" by these
        log.exception("run failed")
        yield Failed(f"Training stopped by an error of the machine: {first_line(error)}.")


def first_line(error: BaseException) -> str:
    """What an exception says, without its trace or a full stop."""
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
