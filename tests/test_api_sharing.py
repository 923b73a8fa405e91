"""Shelf, comparisons, import and QR picture of a real server, as scripts and browsers meet them."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from dropout_demo.config import MAX_IMPORT_BYTES, MAX_QUERY_CHARACTERS, MAX_RUNS_A_STREAM
from dropout_demo.owners import COOKIE
from tests.serving import LONG, TINY, Server, new_client, prepared_home, serve

STRANGER = "s" * 24


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve(prepared_home(tmp_path_factory)) as server:
        yield server
        assert "Traceback" not in server.log.read_text()


@pytest.fixture(scope="module")
def finished(server: Server) -> tuple[list[str], str]:
    """Two runs that came to their end, and their owner's token."""
    runs, token = server.train(TINY, TINY | {"dropout": {"fc1": 0.5}})
    for run in runs:
        server.until_status(run, "finished")
    return runs, token


def ask(
    server: Server, method: str, path: str, token: str | None = None, **options: Any
) -> httpx.Response:
    """A request of a client without cookies."""
    headers = options.pop("headers", {})
    if token:
        headers |= {"Authorization": f"Bearer {token}"}
    with new_client(server.address) as client:
        return client.request(method, path, headers=headers, **options)


def refused(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The body of a refusal: one sentence, and the field it is about."""
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    assert body.keys() >= {"error", "field"}
    assert body["error"].endswith(".")
    return body


# The shelf


def test_a_learner_lists_the_own_runs_and_nobody_elses(
    server: Server, finished: tuple[list[str], str]
) -> None:
    runs, token = finished
    listed = ask(server, "GET", "/api/runs", token).json()["runs"]
    assert [told["id"] for told in listed] == runs
    assert listed == [server.run(run) for run in runs]
    newest = ask(server, "GET", "/api/runs", token, params={"limit": 1}).json()["runs"]
    assert [told["id"] for told in newest] == runs[1:]
    assert ask(server, "GET", "/api/runs", STRANGER).json() == {"runs": []}
    cookie = {"cookie": f"{COOKIE}={token}"}
    assert len(ask(server, "GET", "/api/runs", headers=cookie).json()["runs"]) == 2
    refused(ask(server, "GET", "/api/runs"), 401)


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "x", ""])
def test_a_limit_that_is_none_is_refused(server: Server, limit: str) -> None:
    answer = ask(server, "GET", "/api/runs", STRANGER, params={"limit": limit})
    assert refused(answer, 400)["field"] == "limit"


def test_marks_are_changed_one_by_one(server: Server, finished: tuple[list[str], str]) -> None:
    (run, _), token = finished
    path = f"/api/runs/{run}"
    answer = ask(server, "PATCH", path, token, json={"name": "<b>warm</b>\n", "colour": 3})
    assert answer.status_code == 200
    assert answer.json() == server.run(run)
    ask(server, "PATCH", path, token, json={"pinned": True, "hidden": True})
    told = server.run(run)
    assert (told["name"], told["colour"]) == ("<b>warm</b>", 3)
    assert (told["pinned"], told["hidden"]) == (True, True)
    back = {"name": None, "colour": None, "pinned": False, "hidden": False}
    told = ask(server, "PATCH", path, token, json=back).json()
    assert {name: told[name] for name in back} == back | {"name": ""}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"colour": 12}, 422),
        ({"name": "x" * 61}, 422),
        ({"pinned": "yes"}, 422),
        ({"status": "finished"}, 422),
        ({"owner": "me"}, 422),
        ({"deleted": None}, 422),
        ({}, 400),
        ([], 400),
        (None, 400),
    ],
)
def test_marks_that_make_no_sense_are_refused(
    server: Server, finished: tuple[list[str], str], body: Any, status: int
) -> None:
    (run, _), token = finished
    before = server.run(run)
    refused(ask(server, "PATCH", f"/api/runs/{run}", token, json=body), status)
    assert server.run(run) == before


@pytest.mark.parametrize(("method", "end"), [("PATCH", ""), ("POST", "/delete"), ("DELETE", "")])
def test_nobody_else_changes_a_run_by_token_cookie_or_another_site(
    server: Server, finished: tuple[list[str], str], method: str, end: str
) -> None:
    (run, _), token = finished
    path, body = f"/api/runs/{run}{end}", {"name": "mine now"}
    before = server.run(run)
    refused(ask(server, method, path, json=body), 401)
    refused(ask(server, method, path, STRANGER, json=body), 403)
    cookie = {"cookie": f"{COOKIE}={STRANGER}"}
    refused(ask(server, method, path, json=body, headers=cookie), 403)
    own = {"cookie": f"{COOKIE}={token}", "Origin": "http://evil.example"}
    refused(ask(server, method, path, json=body, headers=own), 403)
    assert server.run(run) == before


def test_a_deleted_run_is_gone_for_all_until_its_owner_restores_it(server: Server) -> None:
    (run,), token = server.train(TINY)
    told = server.until_status(run, "finished")
    path = f"/api/runs/{run}"
    assert ask(server, "POST", f"{path}/delete", token).json() == {"id": run, "deleted": True}
    for rest in ("", "/events", "/export.csv", "/export.json"):
        refused(ask(server, "GET", path + rest), 404)
    refused(ask(server, "GET", "/api/stream", params={"run": run}), 404)
    refused(ask(server, "PATCH", path, token, json={"pinned": True}), 404)
    refused(ask(server, "POST", f"{path}/delete", token), 404)
    refused(server.cancel(run, token), 404)
    assert ask(server, "GET", "/api/runs", token).json() == {"runs": []}
    refused(ask(server, "POST", f"{path}/restore"), 401)
    refused(ask(server, "POST", f"{path}/restore", STRANGER), 404)
    answer = ask(server, "POST", f"{path}/restore", token)
    assert answer.json() == {"id": run, "deleted": False}
    assert server.run(run) == told
    refused(ask(server, "POST", f"{path}/restore", token), 404)


def test_deleting_a_run_that_trains_cancels_it_and_frees_its_slot(server: Server) -> None:
    (run,), token = server.train(LONG)
    server.until_steps(run)
    assert ask(server, "POST", f"/api/runs/{run}/delete", token).status_code == 200
    refused(ask(server, "GET", f"/api/runs/{run}"), 404)
    assert ask(server, "POST", f"/api/runs/{run}/restore", token).status_code == 200
    server.until_status(run, "cancelled")


# Comparisons


def test_a_comparison_is_a_short_address_that_anyone_may_look_at(
    server: Server, finished: tuple[list[str], str]
) -> None:
    runs, token = finished
    body = {"query": "flatten=0.5&compare=pair", "runs": runs}
    answer = ask(server, "POST", "/api/comparisons", token, json=body)
    assert answer.status_code == 201
    show = answer.json()["id"]
    assert answer.json() == {"id": show, "address": f"{server.address}/?show={show}"}
    told = ask(server, "GET", f"/api/comparisons/{show}").json()
    assert told.keys() == {"id", "address", "created", "query", "runs", "guess", "name"}
    assert {name: told[name] for name in body} == body
    assert token not in json.dumps(told)
    again = ask(server, "POST", "/api/comparisons", token, json=body)
    assert again.json()["id"] == show
    assert ask(server, "GET", f"/?show={show}").status_code == 200


def test_a_comparison_that_cannot_be_is_refused(
    server: Server, finished: tuple[list[str], str]
) -> None:
    runs, token = finished

    def post(body: Any, who: str | None = token) -> httpx.Response:
        return ask(server, "POST", "/api/comparisons", who, json=body)

    refused(post({"runs": runs}, None), 401)
    assert refused(post({"runs": ["nobody"]}), 404)["field"] == "runs"
    assert refused(post({"runs": []}), 422)["field"] == "runs"
    assert refused(post({"runs": [[]]}), 400)["field"] == "runs"
    assert refused(post({"runs": runs * MAX_RUNS_A_STREAM}), 400)["field"] == "runs"
    assert (
        refused(post({"runs": runs, "query": "x" * (MAX_QUERY_CHARACTERS + 1)}), 422)["field"]
        == "query"
    )
    assert refused(post({"runs": runs, "query": "\u202e"}), 422)["field"] == "query"
    assert refused(post({"runs": runs, "query": 1}), 400)["field"] == "query"
    assert refused(post({"runs": runs, "owner": "me"}), 400)["field"] == "owner"
    refused(post([]), 400)
    refused(ask(server, "GET", "/api/comparisons/nothing1"), 404)
    refused(ask(server, "GET", "/api/comparisons"), 405)
    refused(ask(server, "GET", "/api/comparisons/nothing1/export.csv"), 404)


# Files


def test_an_exported_comparison_is_imported_as_it_was(
    server: Server, finished: tuple[list[str], str]
) -> None:
    runs, token = finished
    show = ask(server, "POST", "/api/comparisons", token, json={"runs": runs}).json()["id"]
    path = f"/api/comparisons/{show}/export"
    answer = ask(server, "GET", f"{path}.json")
    name = f'attachment; filename="comparison-{show}.json"'
    assert answer.headers["content-disposition"] == name
    taken = ask(server, "POST", "/api/import", content=answer.content)
    assert taken.status_code == 201, taken.text
    assert taken.json().keys() == {"ids", "owner"}
    ids = taken.json()["ids"]
    assert not set(ids) & set(runs)
    for old, new in zip(runs, ids, strict=True):
        before, after = server.run(old), server.run(new)
        assert (before["imported"], after["imported"]) == (False, True)
        for field in ("config", "hash", "status", "began", "ended", "summary", "progress"):
            assert after[field] == before[field]
        told = [event | {"run": new} for event in server.events(old)]
        assert server.events(new) == told
    mine = ask(server, "GET", "/api/runs", taken.json()["owner"]).json()["runs"]
    assert [run["id"] for run in mine] == ids
    refused(ask(server, "GET", f"{path}.exe"), 404)


@pytest.mark.parametrize(
    ("form", "media_type"),
    [
        ("csv", "text/csv"),
        ("json", "application/json"),
        ("py", "text/x-python"),
        ("ipynb", "application/x-ipynb+json"),
    ],
)
def test_a_run_and_a_comparison_are_files_in_every_form(
    server: Server, finished: tuple[list[str], str], form: str, media_type: str
) -> None:
    runs, token = finished
    show = ask(server, "POST", "/api/comparisons", token, json={"runs": runs}).json()["id"]
    for kind, name in (("run", runs[0]), ("comparison", show)):
        answer = ask(server, "GET", f"/api/{kind}s/{name}/export.{form}")
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith(media_type)
        told = f'attachment; filename="{kind}-{name}.{form}"'
        assert answer.headers["content-disposition"] == told
        assert token not in answer.text
        if form in ("json", "ipynb"):
            json.loads(answer.text)
        elif form == "py":
            compile(answer.text, "script.py", "exec")


def test_a_comparison_whose_runs_were_all_deleted_is_no_file(server: Server) -> None:
    (run,), token = server.train(TINY)
    server.until_status(run, "finished")
    show = ask(server, "POST", "/api/comparisons", token, json={"runs": [run]}).json()["id"]
    ask(server, "POST", f"/api/runs/{run}/delete", token)
    assert ask(server, "GET", f"/api/comparisons/{show}").json()["runs"] == [run]
    refused(ask(server, "GET", f"/api/comparisons/{show}/export.csv"), 404)


def test_an_exported_run_is_imported_by_who_asks(
    server: Server, finished: tuple[list[str], str]
) -> None:
    (run, _), _ = finished
    content = ask(server, "GET", f"/api/runs/{run}/export.json").content
    answer = ask(server, "POST", "/api/import", "i" * 24, content=content)
    assert answer.status_code == 201
    assert answer.json().keys() == {"ids"}
    assert len(ask(server, "GET", "/api/runs", "i" * 24).json()["runs"]) == 1


def test_a_run_that_still_trains_is_not_imported(server: Server) -> None:
    (run,), token = server.train(LONG)
    server.until_steps(run)
    content = ask(server, "GET", f"/api/runs/{run}/export.json").content
    server.cancel(run, token)
    body = refused(ask(server, "POST", "/api/import", content=content), 422)
    assert "export it again when it has" in body["error"]


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"not json", 400),
        (b"[" * 100_000, 400),
        (b"[]", 422),
        (b"{}", 422),
        (b'{"runs": []}', 422),
        (b'{"runs": [{"config": {"epochs": NaN}}]}', 422),
        (b'{"config": {}, "events": [{"kind": "\\ud800"}]}', 422),
    ],
)
def test_a_file_that_is_no_export_is_refused(server: Server, content: bytes, status: int) -> None:
    refused(ask(server, "POST", "/api/import", content=content), status)
    assert ask(server, "GET", "/api/health").status_code == 200


def test_a_file_larger_than_allowed_is_refused(server: Server) -> None:
    body = refused(ask(server, "POST", "/api/import", content=b" " * (MAX_IMPORT_BYTES + 1)), 413)
    assert body["field"] == "body"


def test_another_site_imports_nothing(server: Server, finished: tuple[list[str], str]) -> None:
    content = ask(server, "GET", f"/api/runs/{finished[0][0]}/export.json").content
    foreign = {"Origin": "http://evil.example"}
    refused(ask(server, "POST", "/api/import", content=content, headers=foreign), 403)


# The QR picture


def title(answer: httpx.Response) -> str | None:
    return ET.fromstring(answer.text).findtext("{http://www.w3.org/2000/svg}title")


def test_a_qr_picture_leads_to_a_path_on_this_very_server(server: Server) -> None:
    answer = ask(server, "GET", "/api/qr.svg", params={"path": "/?show=abcd2345"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert "max-age" in answer.headers["cache-control"]
    assert title(answer) == f"QR code of {server.address}/?show=abcd2345"
    named = {"Host": "lab.example:8501"}
    answer = ask(server, "GET", "/api/qr.svg", params={"path": "/ü <x>"}, headers=named)
    assert title(answer) == "QR code of http://lab.example:8501/%C3%BC%20%3Cx%3E"


@pytest.mark.parametrize(
    "path",
    ["", "http://evil.example", "//evil.example", "evil", "/a\nb", "/\u202e", "/" + "x" * 1_000],
)
def test_a_qr_picture_of_anything_else_is_refused(server: Server, path: str) -> None:
    answer = ask(server, "GET", "/api/qr.svg", params={"path": path})
    assert refused(answer, 400)["field"] == "path"


def test_a_host_that_is_none_is_refused(server: Server) -> None:
    foreign = {"Host": 'evil"><script>'}
    answer = ask(server, "GET", "/api/qr.svg", params={"path": "/"}, headers=foreign)
    assert answer.status_code == 400
