"""The map of a real server: filled by everybody's runs, and told as it fills."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from tests.serving import TINY, Server, new_client, prepared_home, serve

SETTING = {"dataset": "shapes", "train_size": 256, "epochs": 2}
RUN = SETTING | {"batch_size": 64}
DENSE = {"dropout": {"flatten": 0.5, "fc1": 0.5}}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve(prepared_home(tmp_path_factory)) as server:
        yield server
        assert "Traceback" not in server.log.read_text()


def ask(server: Server, **query: Any) -> httpx.Response:
    with new_client(server.address) as client:
        return client.get(f"/api/map?{urlencode(query)}")


def val_accuracy(server: Server, run: str) -> float:
    return float(server.run(run)["summary"]["epoch"]["val"]["accuracy"])


def test_the_runs_of_two_learners_fill_one_cell(server: Server) -> None:
    mine, _ = server.train(RUN | DENSE)
    yours, _ = server.train(RUN | DENSE | {"seed": 1}, RUN)
    server.train(TINY | {"epochs": 1} | DENSE)  # another setting
    for run in (*mine, *yours):
        server.until_status(run, "finished")
    cells = ask(server, **SETTING).json()["cells"]
    assert set(cells) == {"dense/0.5", "none/0"}
    dense = cells["dense/0.5"]
    assert dense["runs"] == [mine[0], yours[0]]
    values = [val_accuracy(server, run) for run in dense["runs"]]
    assert dense["mean"] == pytest.approx(sum(values) / 2)
    low, high = dense["interval"]
    assert low <= dense["mean"] <= high
    assert cells["none/0"]["interval"] is None


def test_the_stream_tells_what_becomes_of_a_cell(server: Server) -> None:
    query = urlencode(SETTING | {"epochs": 3, "measure": "gap"})
    states: list[dict[str, Any]] = []
    cells: dict[str, Any] = {}
    with (
        new_client(server.address) as client,
        client.stream("GET", f"/api/map/stream?{query}", timeout=60) as answer,
    ):
        kind = ""
        for line in answer.iter_lines():
            if line.startswith("event: "):
                kind = line.removeprefix("event: ")
            if not line.startswith("data: "):
                continue
            body = json.loads(line.removeprefix("data: "))
            if kind == "whole":
                cells = body
                server.train(RUN | DENSE | {"epochs": 3})
            cells |= body
            states.append(cells.get("dense/0.5") or {})
            if "mean" in states[-1]:
                break
    assert kind == "change"
    assert states[0] == {}
    assert {"busy": 1} in states
    assert len(states[-1]["runs"]) == 1


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ({"measure": "luck"}, 400, "measure"),
        ({"epochs": "0"}, 422, "epochs"),
        ({"train_size": "1&epochs=3"}, 422, "train_size"),
        ({"dataset": "<b>"}, 422, "dataset"),
        ({"width": "2"}, 400, "width"),
    ],
)
def test_a_map_that_makes_no_sense_is_refused_with_a_sentence(
    server: Server, query: dict[str, str], status: int, field: str
) -> None:
    answer = ask(server, **query)
    assert answer.status_code == status, answer.text
    assert answer.json()["field"] == field
    assert answer.json()["error"].endswith(".")
