"""Server-sent events of a real server, read as a browser reads them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice

import pytest

from dropout_demo.config import MAX_RUNS_A_STREAM
from tests.serving import LONG, TINY, Message, Server, prepared_home, serve, until, watching

ENDS = ("finished", "failed", "cancelled", "interrupted")
SLOW = TINY | {"train_size": 2_000, "epochs": 4}  # some seconds: time to be cut off in the middle


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve(prepared_home(tmp_path_factory)) as server:
        yield server
        assert "Traceback" not in server.log.read_text()


@pytest.fixture(scope="module")
def finished(server: Server) -> str:
    (run,), _ = server.train(TINY)
    server.until_status(run, "finished")
    return run


def until_nobody_watches(server: Server) -> None:
    until(lambda: server.health()["watching"] == 0, 20, "the end of all streams", every=0.05)


def data(said: list[Message]) -> list[dict[str, object]]:
    return [message.data for message in said if message.event != "status"]


def test_a_finished_run_is_replayed_in_full(server: Server, finished: str) -> None:
    with watching(server, finished) as stream:
        said = list(stream)
    assert data(said) == server.events(finished)
    assert [message.event for message in said] == [message.data["kind"] for message in said]
    assert [message.id for message in said] == [str(k) for k in range(1, len(said) + 1)]


def test_a_run_is_seen_while_it_grows_and_the_stream_ends_with_it(server: Server) -> None:
    (run,), _ = server.train(SLOW)
    said = []
    live = 0
    with watching(server, run) as stream:
        for message in stream:
            said.append(message)
            if message.event == "step" and server.run(run)["ended"] is None:
                live += 1
    assert live > 0
    assert said[-1].event == "finished"
    assert data(said) == server.events(run)


def test_a_stream_cut_again_and_again_has_no_gap_and_no_double(server: Server) -> None:
    (run, other), _ = server.train(SLOW, TINY | {"seed": 1})
    said: list[Message] = []
    cuts = 0
    while True:
        last = said[-1].id if said else None
        with watching(server, run, other, last=last) as stream:
            said += islice(stream, 3)
        cuts += 1
        if sum(message.event in ENDS for message in said) == 2:
            break
    assert cuts >= 4
    for each in (run, other):
        assert [one for one in data(said) if one["run"] == each] == server.events(each)


def test_in_batches_the_same_events_come_in_fewer_messages(server: Server, finished: str) -> None:
    with server.client.stream("GET", f"/api/stream?run={finished}&batch=1") as answer:
        lines = [line for line in answer.iter_lines() if line]
    kinds = [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]
    told = [json.loads(line[6:]) for line in lines if line.startswith("data: ")]
    events = [event for body in told for event in (body if isinstance(body, list) else [body])]
    assert events == server.events(finished)
    assert "batch" in kinds
    ids = [line.removeprefix("id: ") for line in lines if line.startswith("id: ")]
    assert ids[-1] == str(len(events))


def test_after_the_end_nothing_is_sent_again(server: Server, finished: str) -> None:
    with watching(server, finished) as stream:
        last = list(stream)[-1].id
    params = {"run": finished}
    answer = server.get("/api/stream", params=params, headers={"Last-Event-ID": str(last)})
    assert answer.status_code == 204  # which tells a browser not to come again


@pytest.mark.parametrize("last", ["0", "", "rubbish", "1.1", "9" * 9, "9" * 40, "-1", "1.", "²"])
def test_an_id_that_was_never_given_means_from_the_beginning(
    server: Server, finished: str, last: str
) -> None:
    headers = [(b"Last-Event-ID", last.encode())]
    with server.client.stream(
        "GET", "/api/stream", params={"run": finished}, headers=headers
    ) as answer:
        assert answer.status_code == 200
        ids = [line for line in answer.iter_lines() if line.startswith("id:")]
    assert ids[0] == "id: 1"
    assert len(ids) == len(server.events(finished))


def test_many_runs_share_one_connection_each_complete_and_in_order(server: Server) -> None:
    runs, _ = server.train(*[TINY | {"seed": seed, "epochs": 1} for seed in range(6)])
    with watching(server, *runs) as stream:
        said = list(stream)
    for run in runs:
        assert [one for one in data(said) if one["run"] == run] == server.events(run)
    # the last id says that everything was sent
    assert said[-1].id == ".".join(str(len(server.events(run))) for run in runs)


def test_a_cancelled_run_ends_its_stream(server: Server) -> None:
    (run,), token = server.train(LONG)
    with watching(server, run) as stream:
        assert next(stream).event == "started"
        server.cancel(run, token)
        assert list(stream)[-1].event == "cancelled"


def test_status_messages_tell_place_progress_and_time_left(server: Server) -> None:
    runs, token = server.train(LONG, LONG, LONG)
    told: dict[str, dict[str, object]] = {}
    with watching(server, *runs, status="1") as stream:
        for message in stream:
            if message.event != "status":
                continue
            assert message.data.keys() == {
                *("run", "status", "position", "seconds_left", "progress")
            }
            told[message.data["run"]] = message.data
            if len(told) == 3 and told[runs[0]]["progress"]:
                break
    for run in runs[::-1]:
        server.cancel(run, token)
    assert (told[runs[0]]["status"], told[runs[0]]["position"]) == ("running", None)
    assert (told[runs[2]]["status"], told[runs[2]]["position"]) == ("queued", 1)
    assert (told[runs[0]]["seconds_left"] or 0) > 0


def test_who_asks_for_no_status_gets_none(server: Server, finished: str) -> None:
    with watching(server, finished) as stream:
        assert "status" not in [message.event for message in stream]


def test_status_messages_move_no_id(server: Server) -> None:
    (run,), _ = server.train(TINY)
    with watching(server, run, status="1") as stream:
        said = list(stream)
    assert any(message.event == "status" for message in said)
    assert all((message.id is None) == (message.event == "status") for message in said)
    assert data(said) == server.events(run)


def test_thirty_watchers_get_the_same_and_leave_nothing_behind(server: Server) -> None:
    (run,), token = server.train(LONG)
    seen: dict[int, list[Message]] = {}

    with ExitStack() as stack:
        streams = [stack.enter_context(watching(server, run)) for _ in range(30)]
        until(lambda: server.health()["watching"] == 30, 20, "thirty watchers", every=0.05)
        threads = [
            threading.Thread(target=lambda k=k, s=s: seen.update({k: list(s)}))
            for k, s in enumerate(streams)
        ]
        for thread in threads:
            thread.start()
        server.until_steps(run, 3)
        server.cancel(run, token)
        for thread in threads:
            thread.join(30)
    events = server.events(run)
    assert [data(seen[k]) for k in range(30)] == [events] * 30
    until_nobody_watches(server)


def test_who_goes_away_is_forgotten(server: Server) -> None:
    (run,), token = server.train(LONG)
    with watching(server, run) as stream:
        next(stream)
        assert server.health()["watching"] >= 1
    until_nobody_watches(server)
    assert server.run(run)["status"] == "running"  # a run does not need watchers
    server.cancel(run, token)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("run=", 404),
        ("run=nobody", 404),
        ("run=%00&run=%ff", 404),
        ("run=a&run=a", 400),
        ("&".join(f"run={k}" for k in range(MAX_RUNS_A_STREAM + 1)), 400),
    ],
)
def test_what_cannot_be_watched_is_refused(server: Server, query: str, status: int) -> None:
    answer = server.get(f"/api/stream?{query}")
    assert answer.status_code == status
    assert answer.json().keys() == {"error", "field"}


def test_a_stream_is_neither_cached_nor_compressed_nor_held_back(
    server: Server, finished: str
) -> None:
    headers = {"Accept-Encoding": "gzip"}
    with server.client.stream(
        "GET", "/api/stream", params={"run": finished}, headers=headers
    ) as answer:
        raw = b"".join(answer.iter_raw())
        assert "content-encoding" not in answer.headers
        assert "no-store" in answer.headers["cache-control"]
        assert answer.headers["x-accel-buffering"] == "no"
    assert raw.startswith(b"retry: ")
    lines = [line for line in raw.decode().splitlines() if line.startswith("data: ")]
    assert [json.loads(line.removeprefix("data: ")) for line in lines] == server.events(finished)
