"""What all tests share: a home folder of their own, small learnable images, quick runs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

from dropout_demo.config import RunConfig
from dropout_demo.data import Data, Split
from dropout_demo.events import Event, to_json

ROOT = Path(__file__).resolve().parents[1]
_given = os.environ.get("DROPOUT_DEMO_DATA")
REAL_DATA = str(Path(_given).absolute()) if _given else None  # servers start elsewhere
ENVIRONMENT = ("DATA", "DATABASE", "BACKEND", "SLOTS")
MEASURED_TIMES = ("seconds", "images_per_second")

settings.register_profile("repeatable", derandomize=True, database=None, deadline=None)
settings.load_profile("repeatable")


LONG_FILES = (
    "tests/browser/",
    "tests/test_server.py",
    "tests/test_training_settings.py",
    "tests/export/test_script.py",
    "tests/test_api_classes.py",
    "tests/test_api.py",
    "tests/test_stream.py",
    "tests/backends/test_local.py",
    "tests/inside/test_probing.py",
    "tests/test_config.py",
    "tests/test_kinds.py",
)
"""What takes longest, longest first; measured by the processor's time."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files come first, or one process would end with a long one while the others idle.

    The sort is stable: pytest-randomly's order stays within a file and among the other files.
    The Makefile's --no-loadscope-reorder keeps it; xdist would put files of few tests last.
    """

    def place(item: pytest.Item) -> int:
        starts = [at for at, name in enumerate(LONG_FILES) if item.nodeid.startswith(name)]
        return starts[0] if starts else len(LONG_FILES)

    items.sort(key=place)


@pytest.fixture(scope="session", autouse=True)
def session_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """No test touches this machine's own runs, not even a fixture that outlives the test.

    Settings from outside go here, and not only for each test: a fixture of a module is made
    before those of its tests, and workers that it starts keep the environment they began with.
    """
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("session-home")
        for name in ENVIRONMENT:
            patch.delenv(f"DROPOUT_DEMO_{name}", raising=False)
        patch.setenv("DROPOUT_DEMO_HOME", str(folder))
        yield folder


@pytest.fixture(autouse=True)
def home(session_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder for every test, and no setting that another's fixture left behind."""
    assert not {f"DROPOUT_DEMO_{name}" for name in ENVIRONMENT} & set(os.environ)
    folder = tmp_path / "home"
    monkeypatch.setenv("DROPOUT_DEMO_HOME", str(folder))
    return folder


@pytest.fixture(autouse=True)
def torch_as_it_was() -> Iterator[None]:
    """No test leaves another thread count or grad mode behind."""
    torch = sys.modules.get("torch")
    threads = torch.get_num_threads() if torch else None
    yield
    if torch:
        assert torch.is_grad_enabled()
        torch.set_num_threads(threads)


@pytest.fixture
def one_thread(torch_as_it_was: None) -> None:
    """Small networks train quicker on one thread, whatever else the machine does."""
    import torch

    torch.set_num_threads(1)


def shared_folder(factory: pytest.TempPathFactory) -> Path:
    """A folder of this whole test run, whichever of its processes asks."""
    base = factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def real_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One home for all tests on real images: they are read once."""
    folder = shared_folder(tmp_path_factory) / "real-home"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def real_data(home: Path, real_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of real CIFAR-10, set as the person who runs the tests set it."""
    if not REAL_DATA:
        pytest.skip("DROPOUT_DEMO_DATA names no folder with CIFAR-10")
    monkeypatch.setenv("DROPOUT_DEMO_DATA", REAL_DATA)
    monkeypatch.setenv("DROPOUT_DEMO_HOME", str(real_home))
    return Path(REAL_DATA)


@pytest.fixture(scope="session")
def small_data() -> Data:
    """512 training, 200 validation and 200 test images: a colour a class under much noise."""
    random = np.random.default_rng(0)
    colours = random.integers(60, 196, (10, 1, 1, 3))

    def split(count: int) -> Split:
        labels = np.arange(count, dtype=np.int64) % 10
        pixels = colours[labels] + random.normal(0, 40, (count, 32, 32, 3))
        return Split(pixels.clip(0, 255).astype(np.uint8), labels)

    return Data(split(512), split(200), split(200), name="small")


@pytest.fixture(scope="session")
def quick() -> Callable[..., RunConfig]:
    """Makes configurations for `small_data` that train in a moment; the last batch is uneven."""

    def make(**changes: Any) -> RunConfig:
        plain = {"dataset": "shapes", "train_size": 512, "width": 0.25, "batch_size": 100}
        return RunConfig.model_validate(plain | {"epochs": 2, "precision": "fp32"} | changes)

    return make


@pytest.fixture(scope="session")
def numbers() -> Callable[[Sequence[Event]], list[dict[str, Any]]]:
    """All that events say and that must repeat: neither times, nor which steps were reported."""

    def of(events: Sequence[Event]) -> list[dict[str, Any]]:
        told = [to_json(event) for event in events if event.kind != "step"]
        return [{k: v for k, v in fields.items() if k not in MEASURED_TIMES} for fields in told]

    return of


@pytest.fixture(scope="session")
def in_new_process() -> Callable[..., str]:
    """Runs Python code in a process of its own and gives what it printed."""

    def run(code: str, **environment: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run
