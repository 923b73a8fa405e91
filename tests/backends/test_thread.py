from __future__ import annotations

import threading
from pathlib import Path

import pytest

from dropout_demo.backends import create
from dropout_demo.backends.thread import ThreadBackend
from dropout_demo.config import RunConfig
from dropout_demo.events import to_json
from tests.serving import LONG, TINY, outcome, prepared_home


@pytest.fixture(autouse=True)
def images(
    home: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DROPOUT_DEMO_HOME", str(prepared_home(tmp_path_factory)))


def test_a_run_goes_from_started_to_finished() -> None:
    events = list(ThreadBackend().run(RunConfig.parse(TINY), 1, lambda: False))
    kinds = [event.kind for event in events if event.kind != "step"]
    assert kinds == ["started", "epoch", "epoch", "finished"]
    assert to_json(events[0])["threads"] == 1


def test_a_second_run_gives_the_same_numbers() -> None:
    config = RunConfig.parse(TINY | {"dropout": {"fc1": 0.5}})
    first, second = (
        outcome(map(to_json, ThreadBackend().run(config, 1, lambda: False))) for _ in range(2)
    )
    assert first == second


def test_a_run_that_is_stopped_ends_as_cancelled() -> None:
    stop = threading.Event()
    kinds = []
    for event in ThreadBackend().run(RunConfig.parse(LONG), 1, stop.is_set):
        kinds.append(event.kind)
        stop.set()
    assert (kinds[0], kinds[-1]) == ("started", "cancelled")
    assert len(kinds) <= 3


def test_images_that_are_not_there_fail_the_run_with_what_to_do() -> None:
    events = list(ThreadBackend().run(RunConfig(train_size=256, epochs=1), 1, lambda: False))
    assert [event.kind for event in events] == ["failed"]
    assert "CIFAR-10 is not here" in to_json(events[0])["error"]


def test_it_knows_its_device_and_has_no_workers() -> None:
    backend = create("thread", slots=3)
    backend.start()
    assert backend.workers() == []
    device = backend.device()
    assert device is not None
    assert device.keys() == {"device", "precision", "reason"}
    backend.close()


def test_there_is_no_backend_of_another_name() -> None:
    with pytest.raises(ValueError, match="local or thread"):
        create("abacus", slots=1)
