"""A whole run on this process's torch: data, threads, training, and every ending as an event."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import torch

from dropout_demo import checkpoints, resuming
from dropout_demo.config import RunConfig
from dropout_demo.data import DataError, load
from dropout_demo.devices import make_repeatable
from dropout_demo.events import Event, Failed
from dropout_demo.model import ArticleNet
from dropout_demo.training import DivergedError, train
from dropout_demo.weights import epochs_to_keep, make_room

log = logging.getLogger(__name__)


def execute(
    config: RunConfig,
    threads: int,
    should_stop: Callable[[], bool],
    weights: Path | None = None,
) -> Iterator[Event]:
    """The events of a run, ending in Finished, Cancelled or Failed, whatever goes wrong.

    Sets torch's threads, on which the last bits of the numbers depend. weights: a folder for the
    networks after some epochs and for the run's state; a full disk leaves them out and the run goes
    on. A run goes on from the state that is there, saying again what it said until then.
    """
    torch.set_num_threads(threads)
    make_repeatable()
    try:
        data = load(config.dataset)
        state = None if weights is None else resuming.load(weights, config)
        yield from train(
            config,
            data,
            should_stop=should_stop,
            resume=state,
            keep=_Keeper(config, weights, len(state["told"]) if state else 0),
            keep_state=resuming.StateKeeper(weights, config),
        )
    except (DivergedError, DataError) as error:
        yield Failed(str(error))
    except (MemoryError, RuntimeError, OSError) as error:  # torch says "out of memory" by these
        log.exception("run failed")
        yield Failed(f"Training stopped by an error of the machine: {first_line(error)}.")


class _Keeper:
    """Keeps the networks of a run after some of its epochs."""

    def __init__(self, config: RunConfig, folder: Path | None, last: int) -> None:
        self.config, self.folder = config, folder
        self.wanted = epochs_to_keep(config.epochs)
        self.last = last  # the epoch it was given last, or the run's former part

    def __call__(self, epoch: int, net: ArticleNet) -> None:
        again = epoch <= self.last  # the best epoch of a run that stopped early
        self.last = epoch
        if self.folder is None or not (again or epoch in self.wanted):
            return
        try:
            checkpoints.save(self.folder, epoch, net, self.config)
            if again or epoch == self.config.epochs:
                make_room()
        except OSError as error:
            log.warning("the network after epoch %d is not kept: %s", epoch, error)


def first_line(error: BaseException) -> str:
    """What an exception says, without its trace or a full stop."""
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
