from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import pytest

from dropout_demo.config import MAX_EPOCHS
from dropout_demo.weights import (
    MOST_EPOCHS,
    epochs_in,
    epochs_to_keep,
    file_of,
    folder_of,
    forget,
    make_room,
    root,
)

SIZE = 1_000


def keep(run: str, *epochs: int, at: float = 0.0) -> Path:
    """Networks of a run, each of SIZE bytes, written so many seconds after the first."""
    folder = folder_of(run)
    folder.mkdir(parents=True, exist_ok=True)
    for epoch in epochs:
        file = file_of(folder, epoch)
        file.write_bytes(bytes(SIZE))
        os.utime(file, (1e9 + at + epoch / 100,) * 2)
    return folder


def test_a_runs_networks_are_kept_in_a_folder_of_its_own_at_home(home: Path) -> None:
    assert folder_of("a1b2") == home / "weights" / "a1b2" == root() / "a1b2"
    assert file_of(folder_of("a1b2"), 7).name == "epoch-007.pt"


@pytest.mark.parametrize("run", ["", "..", "a/b", "A", "a\n", "a" * 65, "ä", "C:"])
def test_what_is_no_runs_id_names_no_folder(run: str) -> None:
    with pytest.raises(ValueError, match="no run's id"):
        folder_of(run)


@pytest.mark.parametrize("epochs", range(1, MAX_EPOCHS + 1))
def test_few_epochs_are_kept_and_always_the_first_and_the_last(epochs: int) -> None:
    kept = sorted(epochs_to_keep(epochs))
    assert (kept[0], kept[-1]) == (1, epochs)
    assert min(epochs, 5) <= len(kept) <= MOST_EPOCHS
    gaps = [after - before for before, after in pairwise(kept)]
    assert all(after >= before - 1 for before, after in pairwise(gaps))


def test_epochs_are_those_of_the_example() -> None:
    assert sorted(epochs_to_keep(15)) == [1, 2, 3, 5, 7, 10, 15]
    assert sorted(epochs_to_keep(3)) == [1, 2, 3]


def test_the_epochs_that_are_there_are_told_in_order_and_nothing_else(home: Path) -> None:
    folder = keep("a", 10, 2, 7)
    for other in ("resume.pt", "epoch-1.pt", "epoch-0001.pt", ".ab.part", "epoch-003.pt.part"):
        (folder / other).write_bytes(b"")
    assert epochs_in(folder) == [2, 7, 10]
    assert epochs_in(folder_of("nobody")) == []


def test_forgetting_a_run_takes_all_its_files_and_no_others(home: Path) -> None:
    folder, other = keep("a", 1, 2), keep("b", 1)
    forget(["a", "nobody"])
    assert not folder.exists()
    assert epochs_in(other) == [1]


def test_room_is_made_of_the_oldest_networks_on_the_way_first_and_of_last_ones_last(
    home: Path,
) -> None:
    old, new = keep("old", 1, 2, 5), keep("new", 1, 2, 5, at=100)
    make_room(6 * SIZE)
    assert (epochs_in(old), epochs_in(new)) == ([1, 2, 5], [1, 2, 5])
    make_room(5 * SIZE)
    assert (epochs_in(old), epochs_in(new)) == ([2, 5], [1, 2, 5])
    make_room(3 * SIZE + 1)
    assert (epochs_in(old), epochs_in(new)) == ([5], [2, 5])
    make_room(SIZE)
    assert (old.exists(), epochs_in(new)) == (False, [5])
    make_room(0)
    assert list(root().iterdir()) == []


def test_making_room_where_nothing_is_kept_does_nothing(home: Path) -> None:
    make_room(0)
    assert not root().exists()
