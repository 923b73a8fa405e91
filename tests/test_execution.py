from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch

from dropout_demo import execution
from dropout_demo.config import RunConfig
from dropout_demo.data import Data, DataError
from dropout_demo.events import Failed, Started
from dropout_demo.execution import execute, first_line
from dropout_demo.training import DivergedError, never

Quick = Callable[..., RunConfig]


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch, small_data: Data) -> None:
    monkeypatch.setattr(execution, "load", lambda name: small_data)


def failing(error: BaseException) -> Callable[..., Iterator[Any]]:
    def train(*_: Any, **__: Any) -> Iterator[Any]:
        yield Started("cpu", "fp32", 1, 1, 1)
        raise error

    return train


@pytest.mark.parametrize("threads", [1, 2])
def test_a_run_uses_the_threads_it_was_given_and_says_so(
    loaded: None, quick: Quick, threads: int
) -> None:
    events = list(execute(quick(epochs=1, train_size=20), threads, never))
    assert events[0].threads == threads  # type: ignore[union-attr]
    assert [events[0].kind, events[-1].kind] == ["started", "finished"]


def test_a_stop_ends_in_cancelled(loaded: None, quick: Quick) -> None:
    assert list(execute(quick(), 1, lambda: True))[-1].kind == "cancelled"


def test_a_diverged_run_fails_with_its_own_sentence(loaded: None, quick: Quick) -> None:
    config = quick(optimizer="sgd", learning_rate=10, batch_size=16, epochs=20)
    last = list(execute(config, 1, never))[-1]
    assert isinstance(last, Failed)
    assert "stopped being finite at step" in last.error


def test_missing_images_fail_with_the_sentence_of_the_data(quick: Quick) -> None:
    (only,) = execute(quick(dataset="cifar10"), 1, never)
    assert isinstance(only, Failed)
    assert "CIFAR-10 is not here yet" in only.error


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (DataError("No images."), "No images."),
        (DivergedError("At step 3."), "At step 3."),
        (MemoryError(), "Training stopped by an error of the machine: MemoryError."),
        (RuntimeError("out of memory.\nTrace: …"),
         "Training stopped by an error of the machine: out of memory."),
        (OSError(28, "No space left"),
         "Training stopped by an error of the machine: [Errno 28] No space left."),
    ],
)  # fmt: skip
def test_what_the_machine_does_ends_in_one_sentence(
    loaded: None, quick: Quick, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    monkeypatch.setattr(execution, "train", failing(error))
    assert list(execute(quick(), 1, never))[-1] == Failed(said)


@pytest.mark.parametrize("error", [TypeError("a mistake of ours"), KeyboardInterrupt()])
def test_our_own_mistakes_and_ctrl_c_are_not_hidden(
    loaded: None, quick: Quick, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    monkeypatch.setattr(execution, "train", failing(error))
    with pytest.raises(type(error)):
        list(execute(quick(), 1, never))


def test_repeatable_libraries_are_asked_for(loaded: None, quick: Quick) -> None:
    torch.backends.cudnn.benchmark = True
    list(execute(quick(epochs=1, train_size=20), 1, never))
    assert not torch.backends.cudnn.benchmark


def test_the_first_line_of_an_error_has_no_trace_and_no_full_stop() -> None:
    assert first_line(RuntimeError("  one.\ntwo")) == "one"
    assert first_line(RuntimeError("\n")) == "RuntimeError"
