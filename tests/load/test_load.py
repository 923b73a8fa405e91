"""A small class of simulated students: nothing is lost, nothing runs twice; no time is asserted."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import psutil
import pytest

from tests.load.client import Place
from tests.load.scenarios import Class, start_all, watch
from tests.serving import TINY, Server, prepared_home, serve

STUDENTS = 12


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve(prepared_home(tmp_path_factory)) as server:
        yield server
        assert "Traceback" not in server.log.read_text()


def test_all_watch_and_a_cut_connection_misses_nothing(server: Server) -> None:
    async def measured() -> None:
        here = await Class.open(Place.of(server.address), TINY | {"epochs": 400}, 1)
        await here.join(STUDENTS, seconds=0.5)
        told = await watch(here, psutil.Process(server.process.pid), 4, 2)
        assert told.lost == 0
        assert told.agree
        assert len(told.delays) >= STUDENTS

    asyncio.run(measured())


def test_all_start_at_once_and_none_is_lost_or_run_twice(server: Server) -> None:
    async def measured() -> None:
        here = await Class.open(Place.of(server.address), TINY | {"epochs": 1}, 1)
        await here.join(STUDENTS, seconds=0.5)
        told = await start_all(here, slots=2, limit=120, within=0.2)
        assert told.runs == told.finished == STUDENTS
        assert told.in_order == 1

    asyncio.run(measured())


@pytest.mark.parametrize(
    "address", ["http://10.0.0.1:80", "http://example.org:80", "http://127.0.0.1"]
)
def test_other_machines_are_not_asked(address: str) -> None:
    with pytest.raises(ValueError, match="loopback"):
        Place.of(address)
