from __future__ import annotations

from dataclasses import replace

from dropout_demo.events import (
    Cancelled,
    Epoch,
    Event,
    Failed,
    Finished,
    Measure,
    Started,
    Step,
    to_json,
)
from dropout_demo.told import Told

STARTED = Started(device="cpu", precision="fp32", threads=2, parameters=10, steps=12)
EPOCH = Epoch(1, Measure(2.0, 0.2), Measure(1.9, 0.2), Measure(1.8, 0.3), 1.5)
ENDS: list[Event] = [Failed("No."), Cancelled(), Finished(Measure(1.0, 0.5), 1, 3.0)]


def whole_run() -> list[Event]:
    """Three epochs of four steps, all of them told."""
    events: list[Event] = [STARTED]
    for epoch in (1, 2, 3):
        events += [Step(4 * epoch - 3 + k, epoch, 2.0, 0.1, 9.0) for k in range(4)]
        events.append(replace(EPOCH, epoch=epoch))
    return [*events, ENDS[-1]]


def test_wherever_a_run_is_cut_both_parts_together_say_everything_once_and_in_order() -> None:
    run = whole_run()
    for cut in range(len(run)):
        told = Told.by(map(to_json, run[:cut]))
        assert run[:cut] + [event for event in run if not told.includes(event)] == run


def test_a_step_that_comes_after_its_epoch_was_told_is_not_told() -> None:
    told = Told.by(map(to_json, [STARTED, EPOCH]))
    assert told.includes(Step(4, 1, 2.0, 0.1, 9.0))
    assert not told.includes(Step(5, 2, 2.0, 0.1, 9.0))


def test_a_run_that_said_nothing_says_everything() -> None:
    assert not any(Told().includes(event) for event in whole_run())


def test_ends_are_always_told() -> None:
    told = Told.by(map(to_json, whole_run()[:-1]))
    assert not any(map(told.includes, ENDS))


def test_the_seconds_of_the_epochs_told_add_up() -> None:
    assert Told.by(map(to_json, whole_run())).seconds == 4.5


def test_only_another_beginning_contradicts() -> None:
    told = Told.by([to_json(STARTED)])
    assert all(told.contradicted_by(event) is None for event in whole_run())
    assert Told().contradicted_by(STARTED) is None
    said = told.contradicted_by(replace(STARTED, device="cuda", precision="bf16", threads=1))
    assert said == (
        "The run began on cpu in fp32 with 2 threads and can only go on on cuda in bf16 with "
        "1 thread, which gives other numbers; train it again."
    )
