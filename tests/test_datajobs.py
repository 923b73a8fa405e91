from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from dropout_demo.data import status
from dropout_demo.datajobs import MODULE, DataJobs, DataWork
from tests.serving import gone, prepared_home, suspend, until

LIMIT = 60.0  # seconds; drawing takes about four


@pytest.fixture
def jobs() -> Iterator[DataJobs]:
    jobs = DataJobs()
    yield jobs
    jobs.close()
    assert at_work() == []


def at_work() -> list[psutil.Process]:
    """The processes that prepare data for this one; a server of other tests may run beside."""
    children = psutil.Process().children()
    return [child for child in children if MODULE in child.cmdline()]


def work(jobs: DataJobs) -> DataWork:
    told = jobs.work()
    assert told is not None
    return told


def until_ended(jobs: DataJobs) -> DataWork:
    until(lambda: work(jobs).ended, LIMIT, "the end of the work")
    return work(jobs)


def until_busy(jobs: DataJobs) -> psutil.Process:
    until(lambda: work(jobs).done > 0, LIMIT, "progress")
    (child,) = at_work()
    return child


def test_a_fresh_home_gets_what_a_first_run_wants(jobs: DataJobs) -> None:
    jobs.prepare_first()
    until_busy(jobs)
    told = work(jobs)
    assert told.name == "shapes"
    assert told.phase in ("Reading the images", "Writing the cache")
    assert 0 < told.done <= told.total
    assert not jobs.begin("shapes")  # one at a time
    assert until_ended(jobs).error is None
    assert status("shapes").prepared


def test_what_is_prepared_is_not_prepared_again(
    jobs: DataJobs, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DROPOUT_DEMO_HOME", str(prepared_home(tmp_path_factory)))
    jobs.prepare_first()
    assert jobs.work() is None


def test_cancelled_work_says_so_and_leaves_no_half_cache(jobs: DataJobs) -> None:
    jobs.begin("shapes")
    child = until_busy(jobs)
    jobs.cancel()
    assert until_ended(jobs).error == "Cancelled."
    assert gone([child])
    assert not status("shapes").prepared


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals")
def test_killed_work_says_why(jobs: DataJobs) -> None:
    jobs.begin("shapes")
    until_busy(jobs).kill()
    error = until_ended(jobs).error
    assert error is not None
    assert "was killed" in error
    assert error.endswith("try again.")


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot stop a process")
def test_work_that_hangs_does_not_hold_the_servers_end(jobs: DataJobs) -> None:
    jobs.begin("shapes")
    child = until_busy(jobs)
    suspend(child)
    began = time.monotonic()
    jobs.close()
    assert time.monotonic() - began < 5
    assert gone([child])


def test_what_goes_wrong_is_told_in_a_sentence(jobs: DataJobs, home: Path) -> None:
    home.parent.mkdir(exist_ok=True)
    home.write_text("a file stands where the folder should be")
    jobs.begin("shapes")
    error = until_ended(jobs).error
    assert error is not None
    assert error.endswith(".")
    assert "\n" not in error


def test_images_that_are_nowhere_are_told_with_what_to_do(jobs: DataJobs) -> None:
    jobs.begin("cifar10")
    assert "CIFAR-10 is not here" in (until_ended(jobs).error or "")
    assert jobs.begin("shapes")  # the next work may begin
