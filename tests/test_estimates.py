from __future__ import annotations

import inspect

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dropout_demo import estimates, training
from dropout_demo.config import RunConfig
from dropout_demo.data.library import SHAPES_SIZES
from dropout_demo.estimates import (
    ARTICLE_MACS,
    FIRST_BESIDE,
    FIRST_GUESS,
    MOST_BESIDE,
    NEWEST,
    Pace,
    Progress,
    an_epoch,
    macs,
    seconds_until_done,
    work,
)
from dropout_demo.events import Epoch, Finished, Measure, Started, Step
from dropout_demo.model import build
from dropout_demo.streams import generator

STARTED = Started("cpu", "fp32", 1, 361_034, 100)


@pytest.mark.parametrize("changes", [{}, {"padding": 1}, {"width": 0.5}, {"width": 2.0}])
def test_multiply_adds_are_those_of_the_network(changes: dict[str, float]) -> None:
    config = RunConfig(**changes)
    net = build(config, generator(0, "weights"), generator(0, "masks"))
    counted = 0

    def count(module: torch.nn.Module, _: object, out: torch.Tensor) -> None:
        nonlocal counted
        counted += out.numel() * module.weight[0].numel()

    for layer in (net.conv1, net.conv2, net.conv3, net.fc1, net.logits):
        layer.register_forward_hook(count)
    net(torch.zeros(1, 3, 32, 32))
    assert macs(config) == counted
    assert changes or counted == ARTICLE_MACS


def test_what_is_measured_is_what_training_measures() -> None:
    assert estimates.CLEAN_SAMPLE == training.CLEAN_SAMPLE
    assert {"cifar10": 5_000, "shapes": SHAPES_SIZES["val"]} == estimates.EVALUATED_AN_EPOCH
    assert {"cifar10": 10_000, "shapes": SHAPES_SIZES["test"]} == estimates.EVALUATED_AT_END


def test_more_of_anything_is_more_work() -> None:
    plain = work(RunConfig(train_size=5_000, epochs=5))
    for changes in (
        {"train_size": 6_000}, {"epochs": 6}, {"width": 1.5}, {"padding": 1},
        {"batch_norm": "before"}, {"batch_norm": "after"}, {"augmentation": "flip"},
        {"augmentation": "crop"}, {"input_noise": 0.1},
        {"dropout": {"conv1": {"p": 0.1, "kind": "block"}}},
    ):  # fmt: skip
        assert work(RunConfig(**{"train_size": 5_000, "epochs": 5} | changes)) > plain
    assert work(RunConfig(train_size=5_000, epochs=5, seed=3)) == plain


def test_progress_only_grows_and_ends_just_before_the_last_measuring() -> None:
    config = RunConfig.preset("quick", epochs=3)
    progress = Progress(config)
    progress.note(STARTED)
    seen = [progress.done]
    a_epoch = config.steps // config.epochs
    measure = Measure(1, 0.5)
    for epoch in range(1, 4):
        for step in range((epoch - 1) * a_epoch + 1, epoch * a_epoch + 1):
            progress.note(Step(step, epoch, 1.0, 0.5, 100.0))
            seen.append(progress.done)
        progress.note(Epoch(epoch, measure, measure, measure, 1.0))
        seen.append(progress.done)
    assert seen[0] == 0
    assert seen == sorted(seen)
    assert 0.7 < seen[-1] < 1


@pytest.mark.parametrize("changes", [{"batch_norm": "before"}, {"augmentation": "flip-crop"}])
def test_progress_within_an_epoch_never_passes_its_end(changes: dict[str, str]) -> None:
    progress = Progress(RunConfig.preset("quick", epochs=3, **changes))
    measure = Measure(1, 0.5)
    progress.note(Step(79, 1, 1.0, 0.5, 100.0))
    before = progress.done
    progress.note(Epoch(1, measure, measure, measure, 1.0))
    assert 0.5 * progress.done < before < progress.done


def test_a_run_that_patience_ended_is_wholly_done() -> None:
    progress = Progress(RunConfig(epochs=10, patience=1))
    measure = Measure(1, 0.5)
    progress.note(STARTED)
    for epoch in (1, 2):
        progress.note(Epoch(epoch, measure, measure, measure, 1.0))
    assert progress.done < 0.3
    progress.note(Finished(measure, 1, 2.0))
    assert progress.done == 1
    assert progress.seconds_left() == 0


def test_the_time_left_follows_the_pace_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 50.0
    monkeypatch.setattr(estimates.time, "monotonic", lambda: now)
    config = RunConfig(epochs=10)
    progress = Progress(config)
    assert progress.seconds_left() is None
    now = 100.0  # waiting for the data is no pace
    progress.note(STARTED)
    measure = Measure(1, 0.5)
    progress.note(Epoch(1, measure, measure, measure, 1.0))
    now = 110.0
    left = progress.seconds_left()
    assert left == pytest.approx(10 * (1 - progress.done) / progress.done)
    assert 85 < left < 95


def trained(pace: Pace, config: RunConfig, seconds: float, beside: float = 0.0) -> None:
    """Take in a run whose work took so long, and that took `beside` more to start and end."""
    epochs = config.epochs * an_epoch(config) * macs(config) / ARTICLE_MACS
    for _ in range(config.epochs):
        pace.learn_epoch(config, seconds * epochs / work(config) / config.epochs)
    pace.learn_end(config, seconds * (1 - epochs / work(config)) + beside)


def test_a_pace_is_a_guess_first_and_then_what_was_measured() -> None:
    pace, config = Pace(), RunConfig.preset("quick")
    assert pace.seconds(config) == pytest.approx(FIRST_BESIDE + work(config) / FIRST_GUESS)
    for _ in range(300):
        trained(pace, config, 7.0)
    assert pace.seconds(config) == pytest.approx(7.0, rel=1e-6)
    twice = RunConfig.preset("quick", epochs=2 * config.epochs)
    assert pace.seconds(twice) == pytest.approx(7.0 * work(twice) / work(config), rel=1e-6)


def test_what_a_run_takes_beside_its_work_is_added_once() -> None:
    pace, config = Pace(), RunConfig.preset("quick")
    for _ in range(300):
        trained(pace, config, 7.0, beside=0.5)
    twice = RunConfig.preset("quick", epochs=2 * config.epochs)
    assert pace.seconds(config) == pytest.approx(7.5, rel=1e-6)
    assert pace.seconds(twice) == pytest.approx(0.5 + 7.0 * work(twice) / work(config), rel=1e-6)


def test_a_few_tiny_runs_hardly_change_what_a_long_one_is_said_to_take() -> None:
    pace, quick = Pace(), RunConfig.preset("quick")
    before = pace.seconds(quick)
    tiny = RunConfig(dataset="shapes", train_size=200, epochs=2, width=0.25)
    for _ in range(6):
        trained(pace, tiny, work(tiny) / FIRST_GUESS, beside=1.0)  # nearly all of it overhead
    assert before < pace.seconds(quick) < before + 1.1
    trained(pace, quick, 60.0)  # a real one on a busy machine
    assert 40 < pace.seconds(quick) < 60


def test_an_accident_is_not_what_runs_take() -> None:
    pace, config = Pace(), RunConfig.preset("quick")
    before = pace.seconds(config)
    pace.learn_end(config, 3_600.0)
    assert pace.seconds(config) <= before + NEWEST * MOST_BESIDE


@pytest.mark.parametrize("seconds", [0.0, -1.0])
def test_what_took_no_time_teaches_nothing(seconds: float) -> None:
    pace, config = Pace(), RunConfig.preset("quick")
    before = pace.seconds(config)
    pace.learn_epoch(config, seconds)
    pace.learn_end(config, seconds)
    assert pace.seconds(config) == before


times = st.lists(st.integers(0, 20).map(float), max_size=6)


@given(times, times, st.integers(1, 4))
def test_the_queue_ends_when_slots_played_second_by_second_end(
    running: list[float], waiting: list[float], slots: int
) -> None:
    running = running[:slots]
    busy = running + [0.0] * (slots - len(running))
    ends, queue, now = [], list(waiting), 0
    while queue:
        for slot in range(slots):
            while queue and busy[slot] <= now:
                busy[slot] = now + queue.pop(0)
                ends.append(busy[slot])
        now += 1
    assert sorted(seconds_until_done(running, waiting, slots)) == sorted(ends)


def test_the_queue_is_served_in_order() -> None:
    assert seconds_until_done([5.0], [3.0, 4.0, 1.0], 2) == [3.0, 7.0, 6.0]
    assert seconds_until_done([], [], 2) == []


def test_estimates_need_no_torch() -> None:
    assert "import torch" not in inspect.getsource(estimates)
