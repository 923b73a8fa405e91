"""Questions about trained networks, asked of a real server as a browser asks them."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import psutil
import pytest

from dropout_demo.inside.catalogue import QUESTIONS
from tests.serving import TINY, Server, prepared_home, serve, until

PROBER = "dropout_demo.inside.prober"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve(prepared_home(tmp_path_factory)) as server:
        yield server
        assert "Traceback" not in server.log.read_text()


@pytest.fixture(scope="module")
def run(server: Server) -> str:
    """A finished run."""
    [run], _ = server.train(TINY | {"width": 0.25})
    server.until_status(run, "finished")
    return run


def ask(server: Server, kind: str, body: Any, **options: Any) -> httpx.Response:
    return server.client.post(f"/api/inside/{kind}", json=body, **options)


def probers(server: Server) -> list[psutil.Process]:
    return [child for child in server.children() if PROBER in child.cmdline()]


def test_a_question_about_a_run_is_answered_at_any_kept_epoch(server: Server, run: str) -> None:
    told = [
        ask(server, "filters", {"networks": [{"run": run, "epoch": epoch}]}).json()
        for epoch in (0, 1, 2, None)
    ]
    assert told[0] != told[1] != told[2]
    assert told[3] == told[2]
    assert ask(server, "filters", {"networks": [{"run": run}]}).json() == told[2]


def test_thirty_browsers_that_ask_at_once_are_all_answered(server: Server, run: str) -> None:
    body = {"networks": [{"run": run, "epoch": 1}]}
    with ThreadPoolExecutor(30) as pool:
        answers = list(pool.map(lambda _: ask(server, "mistakes", body), range(30)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert len(probers(server)) == 1


@pytest.mark.parametrize(
    ("kind", "body", "status", "field", "words"),
    [
        ("nothing", {}, 404, "kind", "filters or"),
        ("filters", [], 400, "body", "must be"),
        ("filters", {}, 422, "networks", "a list of 1 to"),
        ("filters", {"networks": []}, 422, "networks", "a list of 1 to"),
        ("filters", {"networks": [{"run": "RUN"}] * 99}, 422, "networks", "a list of 1 to"),
        ("filters", {"networks": ["RUN"]}, 400, "body", "must be"),
        ("filters", {"networks": [{"run": "RUN", "x": 1}]}, 400, "x", "unknown fields"),
        ("filters", {"networks": [{"run": 3}]}, 422, "run", "must be the id"),
        ("filters", {"networks": [{"run": "RUN", "epoch": "1"}]}, 422, "epoch", "whole number"),
        ("filters", {"networks": [{"run": "RUN", "epoch": True}]}, 422, "epoch", "whole number"),
        ("filters", {"networks": [{"run": "RUN", "epoch": 9}]}, 404, "run", "epochs 0, 1, 2."),
        ("filters", {"networks": [{"run": "RUN", "epoch": -1}]}, 404, "run", "epochs 0, 1, 2."),
        ("filters", {"networks": [{"run": "../../.."}]}, 404, "run", "no run of this id"),
        ("filters", {"networks": [{"run": "x" * 9_000}]}, 404, "run", "no run of this id"),
        ("peaks", {"networks": [{"run": "RUN"}], "question": []}, 422, "question", "an object"),
        ("peaks", {"networks": [{"run": "RUN"}], "question": {"x": 1}}, 422, "x", "fields"),
        (
            *("peaks", {"networks": [{"run": "RUN"}], "question": {"channel": 10**9}}),
            *(422, "channel", ">= 0"),
        ),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(
    server: Server, run: str, kind: str, body: Any, status: int, field: str, words: str
) -> None:
    answer = ask(server, kind, _with(run, body))
    assert answer.status_code == status, answer.text
    told = answer.json()
    assert told["field"] == field
    assert words in told["error"]
    assert told["error"].endswith(".")


def _with(run: str, body: Any) -> Any:
    """The body with the run's id where "RUN" stands."""
    if isinstance(body, dict):
        return {name: _with(run, value) for name, value in body.items()}
    if isinstance(body, list):
        return [_with(run, value) for value in body]
    return run if body == "RUN" else body


def test_other_sites_and_large_bodies_are_refused(server: Server, run: str) -> None:
    body = {"networks": [{"run": run}]}
    foreign = ask(server, "filters", body, headers={"Origin": "http://elsewhere.example"})
    assert foreign.status_code == 403
    huge = ask(server, "filters", body | {"question": "x" * 300_000})
    assert huge.status_code == 413


def test_a_damaged_file_is_a_sentence_and_other_epochs_still_open(server: Server) -> None:
    [run], _ = server.train(TINY | {"width": 0.25, "seed": 5})
    server.until_status(run, "finished")
    file = server.home / "weights" / run / "epoch-001.pt"
    file.write_bytes(file.read_bytes()[:-4_000])
    broken = ask(server, "filters", {"networks": [{"run": run, "epoch": 1}]})
    assert broken.status_code == 422
    assert broken.json()["error"].startswith("The weights after epoch 1 cannot be read")
    assert ask(server, "filters", {"networks": [{"run": run, "epoch": 2}]}).status_code == 200


def test_a_prober_that_was_killed_is_replaced(server: Server, run: str) -> None:
    ask(server, "filters", {"networks": [{"run": run}]})
    [old] = probers(server)
    old.send_signal(signal.SIGKILL)
    until(lambda: not old.is_running() or old.status() == psutil.STATUS_ZOMBIE, what="its end")

    def answered() -> bool:
        told = ask(server, "maps", {"networks": [{"run": run}], "question": {"image": 3}})
        return told.status_code == 200

    until(answered, what="an answer of the next")
    assert len(probers(server)) == 1


def test_every_kind_of_question_says_how_many_networks_it_is_about() -> None:
    assert all(0 <= question.most_networks <= 24 for question in QUESTIONS.values())
    assert all(kind.isalpha() and len(kind) <= 20 for kind in QUESTIONS)
