"""Every route of a real server, as a script or another site would meet it."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pandas as pd
import psutil
import pytest

from dropout_demo.config import MAX_QUEUED_AN_OWNER, MAX_RUNS_A_REQUEST, RunConfig
from dropout_demo.owners import COOKIE, is_token
from tests.serving import LONG, TINY, Server, new_client, prepared_home, serve, until

STRANGER = "s" * 24
ERROR_FIELDS = {"error", "field"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve(prepared_home(tmp_path_factory)) as server:
        yield server
        assert "Traceback" not in server.log.read_text()


@pytest.fixture
def long(server: Server) -> Iterator[tuple[str, str]]:
    """A run that goes on, and its owner's token."""
    (run,), token = server.train(LONG)
    yield run, token
    server.cancel(run, token)


@pytest.fixture(scope="module")
def finished(server: Server) -> tuple[str, str]:
    """A run that came to its end, and its owner's token."""
    (run,), token = server.train(TINY | {"dropout": {"fc1": 0.5}})
    server.until_status(run, "finished")
    return run, token


def post(server: Server, content: Any = None, **options: Any) -> httpx.Response:
    if isinstance(content, dict):
        content = json.dumps(content).encode()
    with new_client(server.address) as client:
        return client.post("/api/runs", content=content, **options)


def refused(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The body of a refusal: one sentence, and the field it is about."""
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    assert body.keys() >= ERROR_FIELDS
    assert body["error"].endswith(".")
    assert "\n" not in body["error"]
    return body


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


# Starting runs


def test_a_new_owner_gets_a_token_once(server: Server) -> None:
    answer = post(server, {"configs": [TINY, TINY | {"seed": 1}]})
    assert answer.status_code == 201
    body = answer.json()
    assert body.keys() == {"ids", "owner"}
    assert len(set(body["ids"])) == 2
    assert is_token(body["owner"])
    again = post(server, {"configs": [TINY]}, headers=bearer(body["owner"]))
    assert again.status_code == 201
    assert again.json().keys() == {"ids"}
    for run in [*body["ids"], *again.json()["ids"]]:
        server.until_status(run, "finished")


def test_a_browsers_cookie_is_an_owner_too(server: Server) -> None:
    token = "c" * 24
    answer = post(server, {"configs": [LONG]}, headers={"cookie": f"{COOKIE}={token}"})
    assert answer.json().keys() == {"ids"}
    assert server.cancel(answer.json()["ids"][0], token).status_code == 202


def test_a_partial_configuration_is_completed_and_a_preset_is_named(server: Server) -> None:
    ids, token = server.train(
        LONG, {"preset": "article", **TINY}, {"preset": "quick", "dataset": "shapes", "seed": 3}
    )
    configs = [server.run(run)["config"] for run in ids]
    for run in ids:
        server.cancel(run, token)
    assert configs[0] == RunConfig.parse(LONG).model_dump(mode="json")
    assert configs[1] == RunConfig.preset("article", **TINY).model_dump(mode="json")
    assert configs[2]["dropout"]["fc1"] == {"p": 0.5, "kind": "element"}
    assert configs[2]["seed"] == 3


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({"epochs": 1_000_000}, "epochs"),
        ({"epochs": "3"}, "epochs"),
        ({"epochs": True}, "epochs"),
        ({"dropout": {"fc1": 1}}, "dropout.fc1.p"),
        ({"dropout": {"fc1": -0.1}}, "dropout.fc1.p"),
        ({"dropout": {"fc1": "NaN"}}, "dropout.fc1"),
        ({"dropout": {"fc9": 0.5}}, "dropout.fc9"),
        ({"dataset": "../../etc/passwd"}, "dataset"),
        ({"preset": "artikle"}, "preset"),
        ({"train_size": 10**9}, "train_size"),
        ({"learning_rate": None}, "learning_rate"),
        ({"no_such_field": 1}, "no_such_field"),
        ([], "config"),
        ("article", "config"),
    ],
)
def test_a_configuration_that_makes_no_sense_is_refused_with_its_field(
    server: Server, config: Any, field: str
) -> None:
    body = refused(post(server, {"configs": [config]}), 422)
    assert body["field"].startswith(field)
    (problem,) = body["problems"]
    assert problem.keys() == {"field", "value", "allowed"}
    assert problem["allowed"] in body["error"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400"])
def test_numbers_that_are_none_are_refused(server: Server, number: str) -> None:
    body = f'{{"configs": [{{"learning_rate": {number}}}]}}'.encode()
    assert refused(post(server, body), 422)["field"] == "learning_rate"


def test_all_problems_of_all_configurations_are_told_and_nothing_is_queued(
    server: Server,
) -> None:
    queued = server.health()["queue"]
    wrong = [TINY, {"epochs": 0, "seed": -1}, {"batch_size": 0}]
    body = refused(post(server, {"configs": wrong}), 422)
    assert {problem["field"] for problem in body["problems"]} == {
        "configs.1.epochs",
        "configs.1.seed",
        "configs.2.batch_size",
    }
    assert all(field in body["error"] for field in ("epochs", "seed", "batch_size"))
    after = server.health()["queue"]
    assert after["queued"] + after["running"] <= queued["queued"] + queued["running"]


def test_thousands_of_problems_get_a_short_answer(server: Server) -> None:
    answer = post(server, {"configs": [{f"f{k}": 1 for k in range(20_000)}]})
    refused(answer, 422)
    assert len(answer.content) < 50_000


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not json",
        b"\xff\xfe\x00",
        b"[1]",
        b'"configs"',
        b"null",
        b"{}",
        b'{"configs": []}',
        b'{"configs": {}}',
        b'{"configs": [{}], "owner": "me"}',
        b'{"configs": [{}], "\\ud800": 1}',
        b'{"configs": [' + b"9" * 5_000 + b"]}",
    ],
)
def test_a_body_that_is_none_is_refused(server: Server, content: bytes) -> None:
    refused(post(server, content), 400)


def test_more_runs_than_a_request_may_have_are_refused(server: Server) -> None:
    body = refused(post(server, {"configs": [TINY] * (MAX_RUNS_A_REQUEST + 1)}), 400)
    assert str(MAX_RUNS_A_REQUEST) in body["error"]


@pytest.mark.parametrize("depth", [500, 900, 5_000, 100_000])
def test_deep_nesting_is_refused(server: Server, depth: int) -> None:
    content = b'{"configs": [{"dropout": ' + b"[" * depth + b"]" * depth + b"}]}"
    assert post(server, content).status_code in (400, 422)
    assert server.get("/api/health").status_code == 200


def test_a_name_that_utf8_cannot_say_is_refused(server: Server) -> None:
    refused(post(server, b'{"configs": [{"\\ud800": 1}]}'), 422)


@pytest.mark.parametrize("says_its_length", [True, False])
def test_a_huge_body_is_refused_at_once_and_the_server_lives(
    server: Server, says_its_length: bool
) -> None:
    piece, count = b"x" * 2**16, 800  # 50 MB
    content: Any = piece * count if says_its_length else (piece for _ in range(count))
    began = time.monotonic()
    assert refused(post(server, content), 413)["field"] == "body"
    assert time.monotonic() - began < 10
    assert server.get("/api/health").status_code == 200


def test_who_asks_for_too_many_runs_is_told_the_limit(server: Server) -> None:
    ids, token = server.train(*[LONG] * MAX_RUNS_A_REQUEST)
    while len(ids) + MAX_RUNS_A_REQUEST < MAX_QUEUED_AN_OWNER:
        ids += server.train(*[LONG] * MAX_RUNS_A_REQUEST, token=token)[0]
    ids += server.train(*[LONG] * (MAX_QUEUED_AN_OWNER - len(ids) - 3), token=token)[0]
    body = refused(post(server, {"configs": [LONG] * 4}, headers=bearer(token)), 429)
    assert f"at most {MAX_QUEUED_AN_OWNER} at a time, so 3 more may be queued" in body["error"]
    assert server.health()["queue"]["queued"] >= MAX_RUNS_A_REQUEST - 2
    for run in reversed(ids):
        assert server.cancel(run, token).status_code == 202
    until(lambda: server.health()["queue"]["running"] == 0, what="free slots", every=0.1)


# Who may


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:1", "http://[", "", "file://"]
)
@pytest.mark.parametrize("path", ["/api/health", "/api/stream?run=x", "/api/runs/x/events"])
def test_pages_of_other_sites_are_refused(server: Server, origin: str, path: str) -> None:
    refused(server.get(path, headers={"Origin": origin}), 403)


def test_another_sites_page_starts_and_cancels_nothing(
    server: Server, long: tuple[str, str]
) -> None:
    run, token = long
    foreign = {"Origin": "http://evil.example"}
    refused(post(server, {"configs": [TINY]}, headers=foreign), 403)
    url = f"/api/runs/{run}"
    refused(server.client.delete(url, headers=foreign | bearer(token)), 403)
    assert server.run(run)["status"] in ("queued", "running")


def test_our_own_pages_are_answered(server: Server) -> None:
    assert server.get("/api/health", headers={"Origin": server.address}).status_code == 200
    answer = post(server, {"configs": [LONG]}, headers={"Origin": server.address})
    assert answer.status_code == 201
    assert server.cancel(answer.json()["ids"][0], answer.json()["owner"]).status_code == 202


def test_only_its_owner_cancels_a_run(server: Server, long: tuple[str, str]) -> None:
    run, token = long
    refused(server.cancel(run, None), 401)
    refused(server.cancel(run, STRANGER), 403)
    refused(server.cancel(run, "too short"), 401)
    basic = {"Authorization": "Basic Zm9v"}
    refused(server.client.delete(f"/api/runs/{run}", headers=basic), 401)
    assert server.run(run)["status"] in ("queued", "running")
    answer = server.cancel(run, token)
    assert answer.status_code == 202
    assert answer.json()["id"] == run
    assert answer.json()["status"] in ("queued", "running", "cancelled")
    server.until_status(run, "cancelled")


def test_a_token_that_is_none_starts_nothing(server: Server) -> None:
    refused(post(server, {"configs": [TINY]}, headers=bearer("short")), 401)


def test_a_run_that_ended_cannot_be_cancelled(server: Server, finished: tuple[str, str]) -> None:
    assert "finished" in refused(server.cancel(*finished), 409)["error"]


def test_nobodys_token_or_owner_is_told(server: Server, finished: tuple[str, str]) -> None:
    run, token = finished
    for path in (f"/api/runs/{run}", f"/api/runs/{run}/events", f"/api/runs/{run}/export.json"):
        answer = server.get(path)
        assert token not in answer.text
        assert "owner" not in answer.json()


# Reading


def test_cancelling_a_running_run_takes_effect_within_a_second(server: Server) -> None:
    (run,), token = server.train(LONG)
    server.until_steps(run)
    began = time.monotonic()
    server.cancel(run, token)
    server.until_status(run, "cancelled")
    assert time.monotonic() - began < 1.0 + 1.5  # a margin for a busy test machine
    last = server.events(run)[-1]
    assert last["kind"] == "cancelled"


def test_a_killed_worker_fails_its_run_with_the_reason_and_the_next_run_works(
    server: Server,
) -> None:
    (run,), token = server.train(LONG)
    server.until_steps(run)
    workers = server.health()["workers"]
    (training,) = [worker["pid"] for worker in workers if worker["state"] == "training"]
    psutil.Process(training).kill()
    told = server.until_status(run, "failed", 10)
    assert "worker process was killed" in told["summary"]["failed"]["error"]
    (after,), _ = server.train(TINY, token=token)
    server.until_status(after, "finished")


def test_a_run_is_told_from_its_start_to_its_end(server: Server) -> None:
    (run,), _ = server.train(TINY)
    fields = {
        *("id", "config", "hash", "status", "position", "seconds_left", "progress"),
        *("created", "began", "ended", "summary"),
        *("name", "colour", "pinned", "hidden", "imported"),
    }
    seen = []
    while not seen or seen[-1]["ended"] is None:
        seen.append(server.run(run))
        assert seen[-1].keys() == fields
    states = [told["status"] for told in seen]
    assert states == sorted(states, key=["queued", "running", "finished"].index)
    shares = [told["progress"] for told in seen]
    assert shares == sorted(shares)
    last = seen[-1]
    assert (last["progress"], last["position"]) == (1.0, None)
    assert last["created"] <= last["began"] <= last["ended"]
    assert last["hash"] == RunConfig.parse(TINY).hash
    assert last["summary"].keys() == {"epoch", "finished"}


def test_who_waits_is_told_place_and_time(server: Server) -> None:
    ids, token = server.train(*[LONG] * 4)
    until(lambda: server.run(ids[1])["status"] == "running", what="two running runs", every=0.1)
    waiting = [server.run(run) for run in ids[2:]]
    assert [told["status"] for told in waiting] == ["queued"] * 2
    assert [told["position"] for told in waiting] == [1, 2]
    assert all(told["seconds_left"] > 0 for told in waiting)
    assert server.health()["queue"] == {
        **server.health()["queue"],
        "slots": 2,
        "running": 2,
        "queued": 2,
    }
    for run in reversed(ids):
        server.cancel(run, token)
    for run in ids:
        server.until_status(run, "cancelled")


def test_events_are_complete_and_have_the_fields_that_others_rely_on(
    server: Server, finished: tuple[str, str]
) -> None:
    run, _ = finished
    events = server.events(run)
    common = {"run", "seq", "kind", "at"}
    measure = {"loss", "accuracy"}
    fields = {
        "started": {"device", "precision", "threads", "parameters", "steps"},
        "step": {"step", "epoch", "loss", "accuracy", "images_per_second"},
        "epoch": {"epoch", "train_masked", "train_clean", "val", "seconds"},
        "finished": {"test", "best_epoch", "seconds"},
    }
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert [event["at"] for event in events] == sorted(event["at"] for event in events)
    assert {event["kind"] for event in events} == fields.keys()
    for event in events:
        assert event.keys() == common | fields[event["kind"]]
        assert event["run"] == run
        for name in ("train_masked", "train_clean", "val", "test"):
            assert name not in event or event[name].keys() == measure
    assert events[0]["parameters"] == 361_034
    assert [event["epoch"] for event in events if event["kind"] == "epoch"] == [1, 2]


def test_events_after_a_seq_are_those_that_follow(
    server: Server, finished: tuple[str, str]
) -> None:
    run, _ = finished
    every = server.events(run)
    for after in (0, 1, len(every) - 1, len(every), len(every) + 5):
        body = server.get(f"/api/runs/{run}/events", params={"after": after}).json()
        assert body.keys() == {"events", "last"}
        assert body["events"] == every[after:]
        assert body["last"] == (len(every) if every[after:] else after)


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "", "²", "9" * 30, "1; DROP TABLE runs"])
def test_a_seq_that_is_none_is_refused(
    server: Server, finished: tuple[str, str], after: str
) -> None:
    answer = server.get(f"/api/runs/{finished[0]}/events", params={"after": after})
    assert refused(answer, 400)["field"] == "after"


def test_the_csv_export_is_a_table_of_the_epochs_to_the_last_bit(
    server: Server, finished: tuple[str, str]
) -> None:
    run, _ = finished
    answer = server.get(f"/api/runs/{run}/export.csv")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == f'attachment; filename="run-{run}.csv"'
    table = pd.read_csv(io.StringIO(answer.text))
    epochs = [event for event in server.events(run) if event["kind"] == "epoch"]
    assert len(table) == len(epochs) == 2
    for row, epoch in zip(table.to_dict("records"), epochs, strict=True):
        assert row["epoch"] == epoch["epoch"]
        assert row["seconds"] == epoch["seconds"]
        for name in ("train_masked", "train_clean", "val"):
            for part in ("loss", "accuracy"):
                assert row[f"{name}_{part}"] == epoch[name][part]


def test_the_json_export_is_the_whole_run(server: Server, finished: tuple[str, str]) -> None:
    run, _ = finished
    answer = server.get(f"/api/runs/{run}/export.json")
    assert answer.headers["content-type"].startswith("application/json")
    told, whole = server.run(run), answer.json()
    assert whole == {
        **{name: told[name] for name in ("id", "config", "hash", "status")},
        "events": server.events(run),
    }
    assert RunConfig.parse(whole["config"]) == RunConfig.parse(TINY | {"dropout": {"fc1": 0.5}})


def test_a_form_of_export_there_is_not_is_refused(
    server: Server, finished: tuple[str, str]
) -> None:
    refused(server.get(f"/api/runs/{finished[0]}/export.exe"), 404)


def test_health_tells_workers_queue_device_and_data(server: Server) -> None:
    until(lambda: server.health()["device"], what="the device", every=0.1)
    health = server.health()
    assert (health["status"], health["warnings"], health["backend"]) == ("ok", [], "local")
    assert len(health["workers"]) == 2
    pids = {child.pid for child in server.children()}
    assert {worker["pid"] for worker in health["workers"]} <= pids
    assert {worker["state"] for worker in health["workers"]} <= {"starting", "idle", "training"}
    assert health["queue"].keys() == {"slots", "threads", "running", "queued"}
    assert health["device"].keys() == {"device", "precision", "reason"}
    assert health["data"].keys() == {"cifar10", "shapes"}
    assert health["data"]["shapes"]["prepared"]
    assert not health["data"]["cifar10"]["ready"]


# Where nothing is


@pytest.mark.parametrize("run", ["nobody", "0" * 12, "%ff", "'%20OR%201=1--", "a" * 3_000])
@pytest.mark.parametrize("rest", ["", "/events", "/export.csv"])
def test_a_run_there_is_not_is_not_found(server: Server, run: str, rest: str) -> None:
    refused(server.get(f"/api/runs/{run}{rest}"), 404)


def test_a_run_there_is_not_cannot_be_cancelled(server: Server) -> None:
    refused(server.cancel("nobody", STRANGER), 404)


@pytest.mark.parametrize("path", ["/api/", "/api/nothing", "/api/runs/x/y/z"])
def test_an_address_without_a_route_is_not_found(server: Server, path: str) -> None:
    refused(server.get(path), 404)


@pytest.mark.parametrize(
    "path", ["/api/runs/%00", "/api/runs/%2e%2e", "/api/runs/..%2f..%2fetc", "/api/%5c%5cx"]
)
def test_rubbish_in_the_address_is_refused(server: Server, path: str) -> None:
    assert server.get(path).status_code in (400, 404)
    assert server.get("/api/health").status_code == 200


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "/api/runs"), ("GET", "/api/import"), ("POST", "/api/health")]
)
def test_a_wrong_method_is_refused_with_what_is_allowed(
    server: Server, method: str, path: str
) -> None:
    answer = server.client.request(method, path)
    refused(answer, 405)
    assert answer.headers["Allow"] in answer.json()["error"]


def test_each_problem_says_which_configuration_it_is_of(server: Server) -> None:
    configs = [{"epochs": 0, "width": 9}, {"fc1": 1}]
    answer = post(server, {"configs": configs})
    refused(answer, 422)
    fields = {problem["field"] for problem in answer.json()["problems"]}
    assert fields == {"configs.0.epochs", "configs.0.width", "configs.1.fc1"}
