"""How long runs take and how far they are, from what was measured."""

from __future__ import annotations

import heapq
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from dropout_demo.config import RunConfig
from dropout_demo.events import Epoch, Event, Finished, Started, Step

EVALUATION_COST = 0.3
"""Work of measuring an image, where training on it is 1: the forward pass without the backward."""

EVALUATED_AN_EPOCH = {"cifar10": 5_000, "shapes": 2_000}
EVALUATED_AT_END = {"cifar10": 10_000, "shapes": 2_000}
CLEAN_SAMPLE = 2_500

FIRST_GUESS = 5_000.0
"""Article-network images a second in one slot, until one run was measured here."""

ARTICLE_MACS = 5_339_520
"""Multiply-adds of one picture through the article's network."""

BATCH_NORM_COST = {"none": 0.0, "before": 0.4, "after": 0.1}
BLOCK_COST = {"input": 0.7, "conv1": 1.0, "conv2": 0.25, "conv3": 0.1}
AUGMENTATION_COST = {"none": 0.0, "flip": 0.02, "crop": 0.04, "flip-crop": 0.06}
NOISE_COST = 0.06
"""Work that these add to training on an image, where training on it plain is 1. Measured on one
thread at width 1; blocks cost 0.6 of that in fp32 and 1.5 of it in bf16."""

GUESSED_SECONDS = 5.0
"""What the first guess is worth, in seconds of measured training."""

MEMORY_SECONDS = 60.0
"""Seconds of training after which what was measured before counts a third."""

FIRST_BESIDE = 0.3
"""Seconds that a run takes beside its work, until one ended here; measured on two cores."""

NEWEST = 0.3
"""What the last run's start and end count, of what is known of all."""

MOST_BESIDE = 5.0
"""Seconds beside a run's work that are believed; more was an accident."""


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
    """The work of a whole run, in article-network images trained; with patience, at most that."""
    images = config.epochs * an_epoch(config) + _end(config)
    return images * macs(config) / ARTICLE_MACS


def _end(config: RunConfig) -> float:
    """The work of measuring on the test set, in images trained."""
    return EVALUATION_COST * EVALUATED_AT_END[config.dataset]


def an_epoch(config: RunConfig) -> float:
    """The work of an epoch, measuring included, in images that this network trains on plain."""
    clean = min(config.train_size, CLEAN_SAMPLE)
    measured = EVALUATED_AN_EPOCH[config.dataset] + clean
    return config.train_size * training_cost(config) + EVALUATION_COST * measured


def training_cost(config: RunConfig) -> float:
    """Work of training on an image, where training on it plain is 1."""
    blocks = [at for at, drop in config.dropout.items() if drop.kind == "block" and drop.p > 0]
    return (
        1
        + BATCH_NORM_COST[config.batch_norm]
        + AUGMENTATION_COST[config.augmentation]
        + (NOISE_COST if config.input_noise > 0 else 0)
        + sum(BLOCK_COST[at] for at in blocks)
    )


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
            trained = self.config.train_size * training_cost(self.config)
            share_trained = trained / an_epoch(self.config)
            in_epoch = event.step * self.config.epochs / self.config.steps - (event.epoch - 1)
            self.done = self._share(event.epoch - 1 + in_epoch * share_trained)
        elif isinstance(event, Epoch):
            self.done = self._share(event.epoch)
        elif isinstance(event, Finished):
            self.done = 1.0  # patience may have ended the run before its last epoch

    def seconds_left(self) -> float | None:
        """By the pace so far; None before there is a pace."""
        elapsed = time.monotonic() - self.began
        if self.done <= 0:
            return None
        return elapsed / self.done * (1 - self.done)

    def _share(self, epochs: float) -> float:
        last, each = _end(self.config), an_epoch(self.config)
        return min(1.0, epochs * each / (self.config.epochs * each + last))


class Pace:
    """The speed of one slot, learned from every epoch that is trained here.

    What a run takes beside its work, its start and its end, is learned apart: of tiny runs it is
    the most, and says nothing of long ones.
    """

    def __init__(self) -> None:
        self._seconds = GUESSED_SECONDS
        self._work = FIRST_GUESS * GUESSED_SECONDS
        self._beside = FIRST_BESIDE

    def learn_epoch(self, config: RunConfig, seconds: float) -> None:
        """Take in an epoch, measuring included, that was trained in `seconds`.

        It counts by its length: what is measured briefly says little.
        """
        if seconds <= 0:
            return
        kept = math.exp(-seconds / MEMORY_SECONDS)
        self._seconds = kept * self._seconds + seconds
        self._work = kept * self._work + an_epoch(config) * macs(config) / ARTICLE_MACS

    def learn_end(self, config: RunConfig, seconds: float) -> None:
        """Take in what a finished run took beside its epochs, the test set included."""
        if seconds <= 0:
            return
        beside = seconds - self._of(_end(config) * macs(config) / ARTICLE_MACS)
        self._beside += NEWEST * (min(max(beside, 0.0), MOST_BESIDE) - self._beside)

    def seconds(self, config: RunConfig) -> float:
        """What a run will take in a slot."""
        return self._of(work(config)) + self._beside

    def _of(self, work: float) -> float:
        return work * self._seconds / self._work


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
