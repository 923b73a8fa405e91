from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from dropout_demo import takeups
from dropout_demo.weights import file_of, folder_of


@pytest.fixture
def folder(home: Path) -> Path:
    """The folder of a run, which is not there yet."""
    return folder_of("run")


def test_a_run_is_taken_up_so_often_and_not_once_more(folder: Path) -> None:
    assert [takeups.count(folder) for _ in range(takeups.MOST + 2)] == [True] * takeups.MOST + [
        False,
        False,
    ]


def test_an_end_in_order_makes_the_count_begin_again(folder: Path) -> None:
    takeups.forgive(folder)  # nothing there: nothing happens
    for _ in range(takeups.MOST):
        takeups.count(folder)
    takeups.forgive(folder)
    assert takeups.count(folder)


@pytest.mark.parametrize("content", [b"", b"many", b"\xff\xfe", b"-1"])
def test_a_spoilt_count_is_no_error(folder: Path, content: bytes) -> None:
    takeups.count(folder)
    (file,) = folder.iterdir()
    file.write_bytes(content)
    assert takeups.count(folder) in (True, False)


def test_a_run_that_cannot_be_counted_is_taken_up_all_the_same(folder: Path) -> None:
    folder.parent.mkdir(parents=True)
    folder.write_text("a file where the folder should be")
    assert takeups.count(folder)
    assert not takeups.cancelled(folder)
    takeups.note_cancelled(folder)  # a wish that cannot be kept stops nobody
    takeups.forget(folder)


def test_a_wish_to_end_is_kept(folder: Path) -> None:
    assert not takeups.cancelled(folder)
    takeups.note_cancelled(folder)
    assert takeups.cancelled(folder)


def test_only_networks_stay_of_a_run_that_ended(folder: Path) -> None:
    takeups.count(folder)
    takeups.note_cancelled(folder)
    for file in (takeups.state_file(folder), folder / ".a1b2.part", file_of(folder, 3)):
        file.write_bytes(b"something")
    assert list(takeups.folders()) == [folder]
    takeups.forget(folder)
    assert list(folder.iterdir()) == [file_of(folder, 3)]
    assert list(takeups.folders()) == []
    takeups.forget(folder_of("nobody"))


def test_a_state_is_old_after_a_month(folder: Path) -> None:
    assert not takeups.old(folder)
    folder.mkdir(parents=True)
    file = takeups.state_file(folder)
    file.touch()
    for days, old in ((29, False), (31, True)):
        os.utime(file, (time.time() - days * 86_400,) * 2)
        assert takeups.old(folder) == old
