"""How long runs take and how far they are, from what was measured."""

from __future__ import annotations

import heapq
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from dropout_demo.config import RunConfig
from dropout_demo.events import Epoch, Event, Started, Step

EVALUATION_COST = 0.3
"""Work of measuring an image, where training on it is 1: the forward pass without the backward."""

EVALUATED_AN_EPOCH = {"cifar10": 5_000, "shapes": 2_000}
EVALUATED_AT_END = {"cifar10": 10_000, "shapes": 2_000}
CLEAN_SAMPLE = 2_500

FIRST_GUESS = 5_000.0
"""Article-network images a second in one slot, until one run was measured here."""

ARTICLE_MACS = 5_339_520
"""Multiply-adds of one picture through the article's network."""

MEMORY = 0.3
"""Weight of the newest measured speed against all before."""


def macs(config: RunConfig) -> float:
    """Multiply-adds of one picture through the configured network, forward."""
    side, previous, total = 32, 3.0, 0.0
    for channels in (32 * config.width, 64 * config.width, 128 * config.width):
        side = side - 2 + 2 * config.padding
        total += side * side * 9 * previous * channels
        side, previous = side // 2, channels
    dense = 512 * config.width
    return total + side * side * previous * dense + dense * 10


def work(config: RunConfig) -> float:
    """The work of a whole run, in article-network images trained."""
    clean = min(config.train_size, CLEAN_SAMPLE)
    measured = EVALUATED_AN_EPOCH[config.dataset] + clean
    images = config.epochs * (config.train_size + EVALUATION_COST * measured)
    images += EVALUATION_COST * EVALUATED_AT_END[config.dataset]
    return images * macs(config) / ARTICLE_MACS


@dataclass
class Progress:
    """How far one running run is, from its own events."""

    config: RunConfig
    began: float = field(default_factory=time.monotonic)
    done: float = 0.0  # share of the whole, 0..1

    def note(self, event: Event) -> None:
        """Take in an event."""
        if isinstance(event, Started):
            self.began = time.monotonic()  # waiting for the data to be read is no measure
        elif isinstance(event, Step):
            share_trained = self.config.train_size / self._an_epoch()
            in_epoch = event.step * self.config.epochs / self.config.steps - (event.epoch - 1)
            self.done = self._share(event.epoch - 1 + in_epoch * share_trained)
        elif isinstance(event, Epoch):
            self.done = self._share(event.epoch)

    def seconds_left(self) -> float | None:
        """By the pace so far; None before there is a pace."""
        elapsed = time.monotonic() - self.began
        if self.done <= 0:
            return None
        return elapsed / self.done * (1 - self.done)

    def _an_epoch(self) -> float:
        clean = min(self.config.train_size, CLEAN_SAMPLE)
        measured = EVALUATED_AN_EPOCH[self.config.dataset] + clean
        return self.config.train_size + EVALUATION_COST * measured

    def _share(self, epochs: float) -> float:
        last = EVALUATION_COST * EVALUATED_AT_END[self.config.dataset]
        each = self._an_epoch()
        return min(1.0, epochs * each / (self.config.epochs * each + last))


class Pace:
    """The speed of one slot, learned from the runs that ended here."""

    def __init__(self) -> None:
        self._speed = FIRST_GUESS

    def learn(self, config: RunConfig, seconds: float) -> None:
        """Take in a run that was finished in `seconds`."""
        if seconds > 0:
            self._speed += MEMORY * (work(config) / seconds - self._speed)

    def seconds(self, config: RunConfig) -> float:
        """What a run will take in a slot."""
        return work(config) / self._speed


def seconds_until_done(
    running: Sequence[float], waiting: Sequence[float], slots: int
) -> list[float]:
    """When each waiting run will be done, in seconds from now.

    running: seconds left of each running run; waiting: seconds that each will take, in order.
    """
    free = list(running) + [0.0] * max(0, slots - len(running))
    heapq.heapify(free)
    ends = []
    for seconds in waiting:
        ends.append(heapq.heappop(free) + seconds)
        heapq.heappush(free, ends[-1])
    return ends
