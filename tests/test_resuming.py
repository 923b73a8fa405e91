"""A run that is cut and taken up again gives the numbers of one that was not, to the last bit."""

from __future__ import annotations

import io
import math
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from dropout_demo import execution, resuming, training
from dropout_demo.config import Dropout, RunConfig
from dropout_demo.data import Data
from dropout_demo.events import Epoch, Event, Step, to_json
from dropout_demo.execution import execute
from dropout_demo.model import ArticleNet
from dropout_demo.resuming import StateKeeper, load, save
from dropout_demo.takeups import state_file
from dropout_demo.training import State, never, train

pytestmark = pytest.mark.usefixtures("one_thread")

Quick = Callable[..., RunConfig]
SMALL = {"train_size": 120, "batch_size": 50, "width": 0.125}
STEPS = 3  # an epoch of these
Numbers = Callable[[list[Event]], list[dict[str, Any]]]

EVERYWHERE = {"input": 0.1, "conv1": 0.1, "conv2": 0.2, "flatten": 0.25, "fc1": 0.5}
CASES: Mapping[str, dict[str, Any]] = {
    "Adam and element dropout": {"dropout": EVERYWHERE},
    "momentum and cosine": {
        "optimizer": "sgd", "momentum": 0.9, "schedule": "cosine", "learning_rate": 0.02,
    },
    "AdamW, norms and steps": {
        "optimizer": "adamw", "weight_decay": 0.01, "max_norm": 1.0, "schedule": "step",
        "dropout": {"fc1": 0.5},
    },
    "batch norm before": {"batch_norm": "before", "dropout": {"conv1": 0.2, "fc1": 0.5}},
    "batch norm after": {"batch_norm": "after", "dropout": {"flatten": 0.25}},
    "whole channels": {
        "dropout": {"conv1": Dropout(0.2, "channel"), "conv3": Dropout(0.2, "channel")},
    },
    "blocks": {"dropout": {"conv1": Dropout(0.2, "block"), "conv2": Dropout(0.1, "block")}},
    "Gaussian noise": {
        "dropout": {"conv2": Dropout(0.3, "gaussian"), "fc1": Dropout(0.5, "gaussian")},
    },
    "DropConnect": {"dropout": {"fc1": Dropout(0.5, "connect")}},
    "changed images and labels": {
        "augmentation": "flip-crop", "input_noise": 0.1, "label_noise": 0.2,
        "dropout": {"fc1": 0.5},
    },
    "early dropout": {"dropout": {"fc1": 0.5}, "dropout_schedule": "early"},
    "late dropout": {"dropout": {"fc1": 0.5}, "dropout_schedule": "late"},
    "growing dropout": {"dropout": {"conv1": Dropout(0.3, "block")}, "dropout_schedule": "growing"},
    "bf16": {"precision": "bf16", "dropout": EVERYWHERE, "batch_norm": "before", "max_norm": 1.0},
    "bf16 and momentum": {
        "precision": "bf16", "optimizer": "sgd", "momentum": 0.9, "schedule": "cosine",
        "input_noise": 0.1, "dropout": {"conv1": Dropout(0.2, "block")},
    },
}  # fmt: skip


IMPATIENT = SMALL | {"epochs": 40, "patience": 2, "learning_rate": 0.02, "dropout": {"fc1": 0.5}}


@pytest.fixture(autouse=True)
def every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """All steps are reported, so that all can be compared."""
    monkeypatch.setattr(training, "SECONDS_BETWEEN_STEPS", 0.0)


class Trained:
    """A run to its end, with its state after each epoch in a folder of its own."""

    def __init__(
        self, config: RunConfig, data: Data, folder: Path, resume: State | None = None
    ) -> None:
        self.config, self.folder = config, folder
        self.epochs_kept: list[int] = []
        self.net: dict[str, torch.Tensor] = {}
        self.state: Any = None
        self.events = list(
            train(config, data, resume=resume, keep=self._keep, keep_state=self._keep_state)
        )

    def _keep(self, epoch: int, net: ArticleNet) -> None:
        self.epochs_kept.append(epoch)
        self.net = {name: value.detach().clone() for name, value in net.state_dict().items()}

    def _keep_state(self, state: Callable[[], State]) -> None:
        folder = self.after(self.epochs_kept[-1])
        save(folder, state(), self.config)
        self.state = load(folder, self.config)

    def after(self, epoch: int) -> Path:
        return self.folder / str(epoch)

    def cut(self, epoch: int, data: Data) -> Trained:
        """The same run, taken up after an epoch."""
        state = load(self.after(epoch), self.config)
        assert state is not None
        return Trained(self.config, data, self.folder / "again", state)


def same(one: Any, other: Any) -> bool:
    """Whether two nested values are equal to the last bit, times left out."""
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other) and one.stride() == other.stride()
    if isinstance(one, Mapping):
        names = one.keys() - {"seconds"}
        return names == other.keys() - {"seconds"} and all(same(one[n], other[n]) for n in names)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def steps(events: list[Event], after: int = 0) -> list[tuple[Any, ...]]:
    told = [event for event in events if isinstance(event, Step) and event.step > after]
    return [(event.step, event.epoch, event.loss, event.accuracy) for event in told]


def check_cut(whole: Trained, epoch: int, data: Data, numbers: Numbers) -> Trained:
    again = whole.cut(epoch, data)
    assert numbers(again.events) == numbers(whole.events)
    assert steps(again.events) == steps(whole.events, epoch * STEPS)
    if again.state is not None:  # it trained on
        assert same(again.net, whole.net)
        assert same(again.state, whole.state)
    return again


@pytest.mark.parametrize("changes", CASES.values(), ids=CASES)
def test_a_cut_run_says_and_becomes_what_it_would_have_without_the_cut(
    changes: dict[str, Any], small_data: Data, quick: Quick, numbers: Numbers, tmp_path: Path
) -> None:
    whole = Trained(quick(**SMALL, epochs=3, **changes), small_data, tmp_path)
    assert [event.kind for event in whole.events].count("epoch") == 3
    for epoch in (1, 2, 3):
        check_cut(whole, epoch, small_data, numbers)


def test_patience_goes_on_wherever_the_cut_is_and_finds_the_same_best_network(
    small_data: Data, quick: Quick, numbers: Numbers, tmp_path: Path
) -> None:
    config = quick(**IMPATIENT)
    whole = Trained(config, small_data, tmp_path)
    best = whole.epochs_kept[-1]
    done = len(whole.epochs_kept) - 1
    assert 1 < best < done < 40  # there are cuts before the best epoch, at it and after it
    for epoch in (1, best - 1, best, best + 1, done):
        again = check_cut(whole, epoch, small_data, numbers)
        assert again.epochs_kept == [*range(epoch + 1, done + 1), best]
        assert same(again.net, whole.net)


def test_a_run_may_be_cut_twice_and_adds_up_the_seconds(
    small_data: Data, quick: Quick, numbers: Numbers, tmp_path: Path
) -> None:
    whole = Trained(quick(**SMALL, epochs=3), small_data, tmp_path)
    first = whole.cut(1, small_data)
    twice = first.cut(2, small_data)
    assert numbers(twice.events) == numbers(whole.events)
    told = [event.seconds for event in twice.events if isinstance(event, Epoch)]
    assert told[0] == next(e for e in whole.events if isinstance(e, Epoch)).seconds
    assert twice.events[-1].seconds >= sum(told)  # type: ignore[union-attr]


@pytest.fixture
def kept(small_data: Data, quick: Quick, tmp_path: Path) -> tuple[Path, RunConfig]:
    """A folder with a good state, and whose it is."""
    config = quick(**SMALL, epochs=1)
    return Trained(config, small_data, tmp_path).after(1), config


def rewritten(change: Callable[[Any], Any]) -> Callable[[bytes], bytes]:
    """Other contents under a right sum: a file of another version, or of somebody else."""

    def rewrite(content: bytes) -> bytes:
        told = torch.load(io.BytesIO(content[4:]), weights_only=True)
        whole = io.BytesIO()
        torch.save(change(told), whole)
        return zlib.crc32(whole.getvalue()).to_bytes(4, "little") + whole.getvalue()

    return rewrite


class Trap:
    """What would run code if a file were read as code."""

    def __reduce__(self) -> Any:
        return pytest.fail, ("a file was run as code",)


def flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes((content[middle] ^ 1,)) + content[middle + 1 :]


SPOILS: Mapping[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "short": lambda content: content[:3],
    "cut off": lambda content: content[: len(content) // 2],
    "no torch file": lambda _: zlib.crc32(b"text").to_bytes(4, "little") + b"text",
    "one bit of a weight": flipped,
    "another version": rewritten(lambda told: told | {"version": resuming.VERSION + 1}),
    "another run": rewritten(lambda told: told | {"config": "0123456789abcdef"}),
    "another device": rewritten(lambda told: told | {"device": "abacus"}),
    "another format": rewritten(lambda told: told | {"precision": "fp64"}),
    "other threads": rewritten(lambda told: told | {"threads": 99}),
    "too little": rewritten(lambda told: {"version": resuming.VERSION}),
    "a list": rewritten(lambda _: [1, 2]),
    "code": rewritten(lambda told: told | {"state": Trap()}),
}  # fmt: skip


@pytest.mark.parametrize("spoil", SPOILS.values(), ids=SPOILS)
def test_a_damaged_or_foreign_state_is_no_state(
    kept: tuple[Path, RunConfig], spoil: Callable[[bytes], bytes], caplog: pytest.LogCaptureFixture
) -> None:
    folder, config = kept
    assert load(folder, config) is not None
    file = state_file(folder)
    file.write_bytes(spoil(file.read_bytes()))
    assert load(folder, config) is None
    assert "begins again" in caplog.text


def test_no_state_and_a_folder_in_its_place_are_no_state(tmp_path: Path, quick: Quick) -> None:
    assert load(tmp_path, quick()) is None
    state_file(tmp_path).mkdir()
    assert load(tmp_path, quick()) is None


def test_a_state_of_other_threads_is_no_state(kept: tuple[Path, RunConfig]) -> None:
    folder, config = kept
    torch.set_num_threads(2)
    assert load(folder, config) is None


def test_a_file_in_the_writing_leaves_the_last_one_whole(
    kept: tuple[Path, RunConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, config = kept
    state = load(folder, config)
    assert state is not None

    def half(path: Path, content: Any) -> int:
        with path.open("wb") as file:
            file.write(bytes(content)[:100])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(OSError, match="No space"):
        save(folder, state, config)
    assert load(folder, config) is not None
    assert [path.name for path in folder.iterdir()] == [state_file(folder).name]


def test_keeping_takes_a_fiftieth_of_the_time_at_most(
    kept: tuple[Path, RunConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, config = kept
    clock = SimpleNamespace(now=1_000.0)
    saved: list[float] = []

    def slow(*_: Any) -> None:
        saved.append(clock.now)
        clock.now += 0.1

    monkeypatch.setattr(resuming, "save", slow)
    monkeypatch.setattr(resuming, "time", SimpleNamespace(monotonic=lambda: clock.now))
    keep_state = StateKeeper(folder, config)
    for _ in range(300):
        clock.now += 0.5  # an epoch
        keep_state(dict)
    assert len(saved) > 20
    assert len(saved) * 0.1 <= resuming.COST * (clock.now - 1_000) + 0.1


def test_a_full_disk_leaves_the_run_alone(
    kept: tuple[Path, RunConfig],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(resuming, "save", full)
    StateKeeper(*kept)(dict)
    assert "No space left" in caplog.text


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch, small_data: Data) -> None:
    monkeypatch.setattr(execution, "load", lambda name: small_data)
    monkeypatch.setattr(resuming, "COST", math.inf)  # every epoch


def until_epoch(events: Iterator[Event], epoch: int) -> None:
    """Let a run go on until an epoch is told, and cut it there, as if its process were killed."""
    for event in events:
        if isinstance(event, Epoch) and event.epoch == epoch:
            break
    events.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("spoil", [None, SPOILS["cut off"], SPOILS["another version"]])
def test_a_run_goes_on_in_its_folder_or_begins_again_with_the_same_numbers(
    loaded: None,
    quick: Quick,
    numbers: Numbers,
    tmp_path: Path,
    spoil: Callable[[bytes], bytes] | None,
) -> None:
    config = quick(**SMALL, epochs=4, dropout={"fc1": 0.5})
    whole = list(execute(config, 1, never))
    until_epoch(execute(config, 1, never, tmp_path), 2)
    file = state_file(tmp_path)
    assert file.exists()
    if spoil is not None:
        file.write_bytes(spoil(file.read_bytes()))
    again = list(execute(config, 1, never, tmp_path))
    assert numbers(again) == numbers(whole)
    assert steps(again) == steps(whole, 0 if spoil else 2 * STEPS)


def test_the_best_network_is_kept_also_when_only_the_end_was_left(
    loaded: None, quick: Quick, tmp_path: Path
) -> None:
    from dropout_demo import checkpoints

    config = quick(**IMPATIENT)
    whole = list(execute(config, 1, never, tmp_path / "whole"))
    done = sum(isinstance(event, Epoch) for event in whole)
    until_epoch(execute(config, 1, never, tmp_path / "cut"), done)
    again = list(execute(config, 1, never, tmp_path / "cut"))
    assert to_json(again[-1]) == to_json(whole[-1]) | {"seconds": again[-1].seconds}  # type: ignore[union-attr]
    best = whole[-1].best_epoch  # type: ignore[union-attr]
    nets = [checkpoints.load(tmp_path / part, best, config) for part in ("whole", "cut")]
    assert same(nets[0].state_dict(), nets[1].state_dict())
