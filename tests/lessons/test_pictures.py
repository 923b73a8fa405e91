"""Images to put a mask on: there are some without any data, and real ones where there are data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dropout_demo.data import Split, shapes
from dropout_demo.lessons import pictures
from dropout_demo.lessons.pictures import lesson_pictures


@pytest.fixture(autouse=True)
def _without_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DROPOUT_DEMO_HOME", str(tmp_path))
    monkeypatch.delenv("DROPOUT_DEMO_DATA", raising=False)


def test_without_data_there_are_drawn_pictures_named_by_what_they_show() -> None:
    told = lesson_pictures()
    assert [one.words for one in told] == ["drawn star", "drawn hexagon"]
    first = next(shapes.draw(10))
    assert told[0].pixels == first[3].tobytes()
    assert all(len(one.pixels) == 32 * 32 * 3 for one in told)


def test_real_images_come_first_where_they_are_prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    labels = np.arange(10, dtype=np.int64)
    images = np.repeat(labels.astype(np.uint8), 3072).reshape(10, 32, 32, 3)

    class Prepared:
        prepared = True
        test = Split(images, labels)

    monkeypatch.setattr(pictures, "status", lambda _name: Prepared)
    monkeypatch.setattr(pictures, "load", lambda _name: Prepared)
    words = [one.words for one in lesson_pictures()]
    assert words[:3] == ["cat (CIFAR-10)", "frog (CIFAR-10)", "ship (CIFAR-10)"]
    assert words[3:] == ["drawn star", "drawn hexagon"]
    assert lesson_pictures()[0].pixels == bytes([3]) * 3072
