"""The state of a run in a file and back, from which the run goes on with the same numbers.

Read with `weights_only=True` alone: data, never code.
"""

from __future__ import annotations

import io
import logging
import time
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from dropout_demo.checkpoints import write_whole
from dropout_demo.config import RunConfig
from dropout_demo.devices import choose
from dropout_demo.takeups import state_file
from dropout_demo.training import State

log = logging.getLogger(__name__)

VERSION = 1

COST = 0.02
"""The share of a run's time, at most, that keeping its state takes."""

_SUM_BYTES = 4


class StateKeeper:
    """Keeps a run's state, after every epoch unless that costs too much: `train`'s `keep_state`."""

    def __init__(self, folder: Path | None, config: RunConfig) -> None:
        self.folder, self.config = folder, config
        self._next = 0.0  # when it may be kept again, by time.monotonic

    def __call__(self, state: Callable[[], State]) -> None:
        """Keep the state, unless it was kept a moment ago; a full disk leaves it as it was."""
        began = time.monotonic()
        if self.folder is None or began < self._next:
            return
        try:
            save(self.folder, state(), self.config)
        except OSError as error:
            log.warning("the run's state is not kept: %s", error)
        ended = time.monotonic()
        self._next = ended + (ended - began) / COST


def save(folder: Path, state: State, config: RunConfig) -> None:
    """Keep the state of a run of `config` on this device and these threads. Raises OSError."""
    whole = io.BytesIO()
    whole.write(bytes(_SUM_BYTES))
    torch.save({**_identity(config), "state": dict(state)}, whole)
    content = whole.getbuffer()
    content[:_SUM_BYTES] = _sum(content[_SUM_BYTES:])
    write_whole(state_file(folder), content)


def load(folder: Path, config: RunConfig) -> State | None:
    """The state kept in a run's folder; None, and a word in the log, if a run of `config` on this
    device and these threads cannot go on from it. Such a run begins again, with the same numbers.
    """
    try:
        return _read(state_file(folder), _identity(config))
    except FileNotFoundError:
        return None
    except (OSError, _Unusable) as error:
        log.warning("a run begins again, because its state in %s is no use: %s", folder, error)
        return None


class _Unusable(Exception):
    """Says why a state is no use."""


def _read(file: Path, wanted: Mapping[str, Any]) -> State:
    content = memoryview(file.read_bytes())
    if content[:_SUM_BYTES] != _sum(content[_SUM_BYTES:]):  # torch looks at no sums
        raise _Unusable("the file is damaged")
    try:
        whole = io.BytesIO(content[_SUM_BYTES:])
        kept = torch.load(whole, map_location="cpu", weights_only=True)
    except Exception as error:
        raise _Unusable(f"it cannot be read ({type(error).__name__})") from error
    if not isinstance(kept, dict) or kept.keys() != {*wanted, "state"}:
        raise _Unusable("it is no run's state")
    for name, value in wanted.items():
        if kept[name] != value:
            raise _Unusable(f"its {name} is {kept[name]!r}, not {value!r}")
    state: State = kept["state"]
    return state


def _identity(config: RunConfig) -> dict[str, Any]:
    """What must be the same for the numbers to be the same."""
    device = choose(config.precision)
    return {
        "version": VERSION,
        "config": config.hash,
        "threads": torch.get_num_threads(),
        "device": device.name,
        "precision": device.precision,
    }


def _sum(content: memoryview) -> bytes:
    return zlib.crc32(content).to_bytes(_SUM_BYTES, "little")
