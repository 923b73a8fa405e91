"""train(config, data) yields events. No threads, no files, no page."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch

from dropout_demo.augment import Augmenter
from dropout_demo.config import RunConfig
from dropout_demo.data import Data
from dropout_demo.devices import Device, choose
from dropout_demo.evaluation import Pictures, Stopped, measure
from dropout_demo.events import (
    Cancelled,
    Epoch,
    Event,
    Finished,
    Measure,
    Started,
    Step,
    from_json,
    to_json,
)
from dropout_demo.labels import with_noise
from dropout_demo.learner import Learner
from dropout_demo.model import ArticleNet, parameter_count
from dropout_demo.streams import generator

CLEAN_SAMPLE = 2_500
"""Training images, at most, that are measured with dropout off after every epoch."""

STEP_WINDOW = 10
"""Steps that the loss and accuracy of a step event are averaged over."""

SECONDS_BETWEEN_STEPS = 0.1

State = Mapping[str, Any]
"""What a run has in hand after an epoch: tensors and plain values, all that its rest depends on."""


class DivergedError(ArithmeticError):
    """The loss stopped being finite."""


def never() -> bool:
    """The `should_stop` of a run that nobody will stop."""
    return False


def keep_nothing(_epoch: int, _net: ArticleNet) -> None:
    """The `keep` of a run whose networks nobody will open."""


def keep_no_state(_state: Callable[[], State]) -> None:
    """The `keep_state` of a run that nobody will go on with."""


def train(
    config: RunConfig,
    data: Data,
    *,
    should_stop: Callable[[], bool] = never,
    resume: State | None = None,
    keep: Callable[[int, ArticleNet], None] = keep_nothing,
    keep_state: Callable[[Callable[[], State]], None] = keep_no_state,
) -> Iterator[Event]:
    """Train one network and report on the way; closing the iterator stops it.

    data: images uint8 (N, 32, 32, 3), labels int64 (N,). Uses the threads that torch is set to.
    `should_stop` is asked before every step and ends the run with a Cancelled event.
    With `patience` a run ends that many epochs after its least validation loss, and the test images
    are measured, once, by the network of its best epoch; without it by that of its last epoch.
    `keep` is given each epoch's number and network before its Epoch event, and with `patience` the
    best epoch's once more at the end; it may copy the network, not change it.
    `keep_state` is given, after `keep`, what makes the run's state; its tensors are the run's own,
    to be saved before it returns. `resume` is such a state, of a run of this configuration on this
    device and as many threads: Started and the Epoch events until then come again, and after them
    what would have come without the break, to the last bit.
    Raises DivergedError when the loss stops being finite, naming the step, and ValueError when
    the data hold fewer images than the configuration asks for.
    """
    if len(data.train) < config.train_size:
        raise ValueError(
            f"train_size is {config.train_size}; allowed: at most {len(data.train)}, "
            "the training images that these data hold."
        )
    run = _Run(config, data, choose(config.precision), should_stop)
    if resume is not None:
        run.restore(resume)
    try:
        yield run.started()
        yield from run.told.copy()
        for epoch in range(len(run.told) + 1, config.epochs + 1):
            if run.out_of_patience():
                break
            yield from run.steps(epoch)
            done = run.epoch_done(epoch)
            keep(epoch, run.learner.net)
            keep_state(run.state)
            yield done
        ended = run.finished()
        if config.patience is not None:
            keep(ended.best_epoch, run.learner.net)
        yield ended
    except Stopped:
        yield Cancelled()


class _Run:
    """What one call of `train` keeps between its events."""

    def __init__(
        self, config: RunConfig, data: Data, device: Device, should_stop: Callable[[], bool]
    ) -> None:
        self.config, self.device, self.should_stop = config, device, should_stop
        size = config.train_size
        clean = min(size, CLEAN_SAMPLE)
        labels = with_noise(data.train.labels[:size], config.label_noise, config.seed)
        self.train = Pictures(data.train.images[:size], labels, device)
        self.clean = Pictures(data.train.images[:clean], labels[:clean], device)
        self.val = Pictures(data.val.images, data.val.labels, device)
        self.test = Pictures(data.test.images, data.test.labels, device)
        self.learner = Learner(config, device)
        self.order = generator(config.seed, "order")
        self.augment = Augmenter(config, device.name)
        self.begun = self.epoch_begun = time.perf_counter()
        self.reported_at, self.reported_step = -math.inf, 0
        self.losses = torch.zeros(config.steps, device=device.name)  # mean of each step's batch
        self.correct = torch.zeros(config.steps, device=device.name)  # images right, each step
        self.sizes = torch.zeros(config.steps, dtype=torch.float64)  # images of each step
        self.step = self.epoch_first = 0  # steps done; steps done when this epoch began
        self.best = (math.inf, 0)  # validation loss, epoch
        self.told: list[Epoch] = []  # of the epochs done

    def started(self) -> Started:
        return Started(
            device=self.device.name,
            precision=self.device.precision,
            threads=torch.get_num_threads(),
            parameters=parameter_count(self.learner.net),
            steps=self.config.steps,
        )

    def steps(self, epoch: int) -> Iterator[Step]:
        """One pass over the training images, in a new order."""
        self.epoch_begun, self.epoch_first = time.perf_counter(), self.step
        order = torch.randperm(len(self.train), generator=self.order)
        self.learner.net.train()
        for index in order.split(self.config.batch_size):
            if self.should_stop():
                raise Stopped
            images, labels = self.train.batch(index)
            loss, correct = self.learner.update(self.augment(images), labels)
            self.losses[self.step], self.correct[self.step] = loss, correct
            self.sizes[self.step] = len(index)
            self.step += 1
            if time.perf_counter() - self.reported_at >= SECONDS_BETWEEN_STEPS:
                yield self._report(epoch)

    def epoch_done(self, epoch: int) -> Epoch:
        self._check_finite(epoch)
        masked = self._mean(self.epoch_first, self.step)
        clean, val = self._measure(self.clean), self._measure(self.val)
        for name, loss in (("training", clean.loss), ("validation", val.loss)):
            if not math.isfinite(loss):
                raise DivergedError(self._diverged(f"The {name} loss", self.step, epoch, loss))
        self.best = min(self.best, (val.loss, epoch))
        if self.config.patience is not None and self.best[1] == epoch:
            self.learner.keep()
        seconds = time.perf_counter() - self.epoch_begun
        self.told.append(Epoch(epoch, masked, clean, val, seconds))
        return self.told[-1]

    def out_of_patience(self) -> bool:
        patience = self.config.patience
        return patience is not None and len(self.told) - self.best[1] >= patience

    def finished(self) -> Finished:
        if self.config.patience is not None:
            self.learner.go_back()
        test = self._measure(self.test)
        return Finished(test, self.best[1], time.perf_counter() - self.begun)

    def state(self) -> State:
        """After an epoch: what `restore` takes."""
        last = self._window()  # the next steps are averaged with these
        return {
            "step": self.step,
            "losses": self.losses[last].clone(),
            "correct": self.correct[last].clone(),
            "sizes": self.sizes[last].clone(),
            "told": [to_json(epoch) for epoch in self.told],
            "best": self.best,
            "seconds": time.perf_counter() - self.begun,
            "learner": self.learner.state(),
            "augment": self.augment.state(),
            "order": self.order.get_state(),
        }

    def restore(self, state: State) -> None:
        self.step = self.reported_step = state["step"]
        last = self._window()
        for name in ("losses", "correct", "sizes"):
            getattr(self, name)[last] = state[name].to(getattr(self, name).device)
        epochs = [from_json(epoch) for epoch in state["told"]]
        self.told = [epoch for epoch in epochs if isinstance(epoch, Epoch)]
        self.best = state["best"]
        self.begun -= state["seconds"]
        self.learner.restore(state["learner"])
        self.augment.restore(state["augment"])
        self.order.set_state(state["order"])

    def _window(self) -> slice:
        """The last steps, over which a step event averages."""
        return slice(max(0, self.step - STEP_WINDOW), self.step)

    def _measure(self, pictures: Pictures) -> Measure:
        return measure(self.learner.net, pictures, self.should_stop)

    def _report(self, epoch: int) -> Step:
        now = time.perf_counter()
        self._check_finite(epoch)
        first = max(self.reported_step, self.epoch_first)  # the pause to evaluate does not count
        images = float(self.sizes[first : self.step].sum())
        since = max(self.reported_at, self.epoch_begun)
        last = self._window()
        mean = self._mean(last.start, last.stop)
        self.reported_at, self.reported_step = now, self.step
        return Step(self.step, epoch, mean.loss, mean.accuracy, images / (now - since))

    def _mean(self, first: int, last: int) -> Measure:
        """Mean over the images of steps first+1..last, masks on."""
        sizes = self.sizes[first:last]
        loss = (self.losses[first:last].cpu().double() * sizes).sum() / sizes.sum()
        accuracy = self.correct[first:last].cpu().double().sum() / sizes.sum()
        return Measure(float(loss), float(accuracy))

    def _check_finite(self, epoch: int) -> None:
        for at, loss in enumerate(self.losses[self.reported_step : self.step].tolist()):
            if not math.isfinite(loss):
                step = self.reported_step + at + 1
                raise DivergedError(self._diverged("The training loss", step, epoch, loss))

    def _diverged(self, what: str, step: int, epoch: int, loss: float) -> str:
        rate = self.config.learning_rate
        return (
            f"{what} stopped being finite at step {step} (epoch {epoch}): it was {loss}. "
            f"The learning rate of {rate:g} is likely too high; try {rate / 10:g}."
        )
