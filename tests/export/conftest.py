"""Runs, their events and the code exported from them, on small images."""

from __future__ import annotations

import json
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from dropout_demo.config import RunConfig
from dropout_demo.data import Data, Split
from dropout_demo.training import train
from tests.export.runs import Events, as_stored, without_epoch_of_test


@pytest.fixture(scope="session")
def tiny() -> Data:
    """130 training and 130 validation and test images: a colour a class under noise."""
    random = np.random.default_rng(0)
    colours = random.integers(60, 196, (10, 1, 1, 3))

    def split() -> Split:
        labels = np.arange(130, dtype=np.int64) % 10
        pixels = colours[labels] + random.normal(0, 40, (130, 32, 32, 3))
        return Split(pixels.clip(0, 255).astype(np.uint8), labels)

    return Data(split(), split(), split(), name="tiny")


@pytest.fixture(scope="session")
def shapes_file(tiny: Data, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny images as `data shapes --save` keeps them."""
    file = tmp_path_factory.mktemp("images") / "shapes.npz"
    parts = {part: getattr(tiny, part) for part in ("train", "val", "test")}
    arrays = {f"{part}_images": split.images for part, split in parts.items()}
    np.savez(file, **arrays, **{f"{part}_labels": split.labels for part, split in parts.items()})
    return file


@pytest.fixture
def repeated(tiny: Data, tmp_path: Path, one_thread: None) -> Callable[..., list[dict[str, Any]]]:
    """What the functions of a script reach with the settings of an arm, in this process."""
    parts = [
        [torch.from_numpy(split.images), torch.from_numpy(split.labels)]
        for split in (tiny.train, tiny.val, tiny.test)
    ]

    def run(source: str, arm: str = "", seed: int = 0) -> list[dict[str, Any]]:
        file = tmp_path / "script.py"
        file.write_text(source, "utf-8")
        argv, sys.argv = sys.argv, [str(file)]
        try:
            names = runpy.run_path(str(file), run_name="imported")
        finally:
            sys.argv = argv
        settings = dict(names["SETTINGS"])
        if arm:
            settings |= names["ARMS"][arm] | {"seed": seed}
        reports = list(names["train"](SimpleNamespace(**settings), parts))
        return without_epoch_of_test(json.loads(json.dumps(reports)))

    return run


@pytest.fixture
def trained(tiny: Data, one_thread: None) -> Callable[[RunConfig], Events]:
    """The events of a run of the Lab's own on the tiny images."""
    return lambda config: as_stored(list(train(config, tiny)))
