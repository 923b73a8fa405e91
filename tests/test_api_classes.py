"""Classes on a real server: every mode, what is refused, and what a killed server leaves."""

from __future__ import annotations

import io
import json
import signal
from collections.abc import Iterator
from typing import Any

import httpx
import pandas as pd
import pytest

from tests.serving import LONG, TINY, Server, gone, new_client, prepared_home, serve, until

SETTING = TINY | {"epochs": 1}
TEACHER = "the-teachers-own-token"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve(prepared_home(tmp_path_factory)) as server:
        yield server
        assert "Traceback" not in server.log.read_text()


class Class:
    """A class on a server, as people reach it: each by a token."""

    def __init__(self, server: Server, mode: str, **rules: Any) -> None:
        self.server = server
        self.client = server.client
        told = self.post_to(
            "/api/classes",
            {"name": "Tuesday", "setting": SETTING, "rules": {"mode": mode, **rules}},
            TEACHER,
        ).json()
        self.code, self.secret = told["code"], told["secret"]

    def post_to(self, path: str, body: Any, token: str | None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.client.post(path, json=body, headers=headers)

    def post(self, action: str, body: Any = None, token: str | None = TEACHER) -> httpx.Response:
        return self.post_to(f"/api/classes/{self.code}/{action}", body or {}, token)

    def get(self, path: str = "", token: str | None = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.client.get(f"/api/classes/{self.code}{path}", headers=headers)

    def join(self, count: int) -> list[str]:
        """So many students; their tokens."""
        tokens = [f"student-{place:02}-{self.code}" for place in range(count)]
        for place, token in enumerate(tokens):
            answer = self.post("join", {"nickname": f"Student {place}"}, token)
            assert answer.status_code == 201, answer.text
            assert answer.json()["me"]["seat"] == place
        return tokens

    def train(self, token: str, number: int = 0, **body: Any) -> dict[str, Any]:
        answer = self.post("runs", {"number": number, **body}, token)
        assert answer.status_code in (200, 201), answer.text
        return dict(answer.json())

    def picture(self, until_finished: int = 0) -> dict[str, Any]:
        """What the class's stream shows once so many runs have finished."""
        parts: dict[str, Any] = {}
        with (
            new_client(self.server.address) as client,
            client.stream("GET", f"/api/classes/{self.code}/stream", timeout=60) as answer,
        ):
            for line in answer.iter_lines():
                if line.startswith("data: "):
                    parts |= json.loads(line.removeprefix("data: "))
                    if parts["class"].get("finished", 0) >= until_finished:
                        break
        return parts


def error(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    return str(answer.json()["error"])


def test_each_student_fills_another_cell_of_the_map(server: Server) -> None:
    here = Class(server, "cells")
    tokens = here.join(3)
    runs = [here.train(token)["run"] for token in tokens]
    picture = here.picture(until_finished=3)
    cells = [picture[f"r/{run}"]["cell"] for run in runs]
    assert cells == ["none/0", "input/0.1", "input/0.25"]
    for run, cell in zip(runs, cells, strict=True):
        told = server.run(run)
        assert picture[f"c/{cell}"]["mean"] == told["summary"]["epoch"]["val"]["accuracy"]
        assert picture[f"c/{cell}"]["interval"] is None
        assert told["config"]["epochs"] == SETTING["epochs"]
    assert [picture[f"s/{seat}"] for seat in range(3)] == [f"Student {seat}" for seat in range(3)]
    assert picture["class"]["students"] == picture["class"]["finished"] == 3


def test_one_configuration_with_many_seeds_makes_a_band(server: Server) -> None:
    here = Class(server, "seeds", runs_each=2)
    tokens = here.join(2)
    runs = [here.train(token, number)["run"] for number in range(2) for token in tokens]
    picture = here.picture(until_finished=4)
    seeds = {server.run(run)["config"]["seed"] for run in runs}
    assert len(seeds) == 4
    finals = [picture[f"r/{run}"]["final"] for run in runs]
    told = picture["finals"]
    assert told["count"] == 4
    assert told["mean"] == pytest.approx(sum(finals) / 4)
    assert told["sd"] == pytest.approx(pd.Series(finals).std())
    assert (told["least"], told["most"]) == (min(finals), max(finals))
    low, high = told["interval"]
    assert low <= told["mean"] <= high
    mean, sd, count = picture["band"][0]
    assert count == 4
    assert mean == pytest.approx(told["mean"], abs=1e-7)
    assert sd == pytest.approx(told["sd"], abs=1e-7)
    assert "at most 2 in this class" in error(here.post("runs", {"number": 2}, tokens[0]), 422)


def test_a_number_that_was_started_is_not_started_again(server: Server) -> None:
    here = Class(server, "seeds", runs_each=3)
    (token,) = here.join(1)
    first, again = here.train(token), here.train(token)
    assert (first["new"], again["new"]) == (True, False)
    assert first["run"] == again["run"]
    assert "the number of runs" in error(here.post("runs", {"number": 2}, token), 422)
    assert here.get("", token).json()["me"]["runs"] == [first["run"]]


def test_a_contest_leaves_free_what_it_says_and_keeps_to_its_budget(server: Server) -> None:
    here = Class(server, "contest", runs_each=5, budget=3, free=["dropout", "epochs"])
    (token,) = here.join(1)
    mine = SETTING | {"dropout": {"fc1": 0.3}}
    form = here.get("", token).json()["form"]
    assert [field["name"] for field in form] == ["dropout", "epochs"]
    wrong = here.post("runs", {"number": 0, "config": mine | {"learning_rate": 0.1}}, token)
    assert "learning_rate" in error(wrong, 422)
    wrong = here.post("runs", {"number": 0, "config": mine | {"epochs": 4}}, token)
    assert "at most 3" in error(wrong, 422)
    run = here.train(token, config=mine | {"epochs": 2})["run"]
    assert "at most 1" in error(
        here.post("runs", {"number": 1, "config": mine | {"epochs": 2}}, token), 422
    )
    picture = here.picture(until_finished=1)
    assert picture[f"r/{run}"]["arm"].startswith("dropout 0.3")
    assert here.get("", token).json()["me"]["epochs_left"] == 1
    assert here.post_to(f"/api/runs/{run}/delete", {}, token).status_code == 200
    wrong = here.post("runs", {"number": 1, "config": mine | {"epochs": 2}}, token)
    assert "at most 1" in error(wrong, 422)  # what was put away was trained all the same


def test_votes_show_only_once_they_are_revealed(server: Server) -> None:
    here = Class(server, "votes")
    tokens = here.join(3)
    assert "not open" in error(here.post("votes", {"question": 2, "choice": 0}, tokens[0]), 409)
    assert here.post("ask", {"question": 2}).status_code == 200
    for token, choice in zip(tokens, (0, 1, 1), strict=True):
        assert here.post("votes", {"question": 2, "choice": choice}, token).status_code == 201
    assert here.post("votes", {"question": 2, "choice": 1}, tokens[0]).status_code == 201
    assert "choice" in error(here.post("votes", {"question": 2, "choice": 9}, tokens[0]), 422)
    covered = here.picture()["question"]
    assert covered["votes"] == 3
    assert not {"counts", "answer"} & set(covered)
    assert here.post("reveal", {"revealed": True}).status_code == 200
    shown = here.picture()["question"]
    assert shown["counts"][:2] == [0, 3]
    assert shown["answer"]
    assert "closed" in error(here.post("votes", {"question": 2, "choice": 0}, tokens[0]), 409)
    assert "predict" in error(here.post("runs", {"number": 0}, tokens[0]), 422)


def test_the_teacher_pauses_stops_hides_ends_and_reopens(server: Server) -> None:
    here = Class(server, "seeds", runs_each=2)
    tokens = here.join(2)
    assert here.post("pause").status_code == 200
    held = here.train(tokens[0])
    assert (held["status"], held["position"], held["seconds_left"]) == ("queued", None, None)
    free, _ = server.train(SETTING)  # somebody who is not in the class
    server.until_status(free[0], "finished")
    assert server.run(held["run"])["status"] == "queued"
    assert here.post("stop", {"run": free[0]}).status_code == 404
    assert here.post("stop", {"run": held["run"]}).status_code == 200
    assert server.run(held["run"])["status"] == "cancelled"
    waiting = here.train(tokens[1])["run"]
    assert here.post("resume").status_code == 200
    server.until_status(waiting, "finished")
    assert here.post("hide", {"seat": 0, "hidden": True}).status_code == 200
    assert here.picture()["s/0"] == ""
    desk = here.get("/desk", TEACHER).json()["students"]
    assert [(row["nickname"], row["hidden"]) for row in desk] == [
        ("Student 0", True),
        ("Student 1", False),
    ]
    assert here.post("pause").status_code == 200
    left = here.train(tokens[1], 1)["run"]
    assert here.post("end").status_code == 200
    assert server.run(left)["status"] == "cancelled"
    assert "has ended" in error(here.post("join", {"nickname": "Late"}, "a-late-comers-token"), 409)
    assert "has ended" in error(here.post("runs", {"number": 1}, tokens[0]), 409)
    assert here.post("reopen").status_code == 200
    assert here.train(tokens[0], 1)["new"]


def test_the_teachers_run_goes_before_all_that_wait(server: Server) -> None:
    here = Class(server, "seeds")
    blocking, token = server.train(LONG, LONG | {"seed": 1})
    waiting = [here.train(student)["run"] for student in here.join(3)]
    mine = here.post("train", {"config": SETTING}).json()["run"]
    assert server.run(mine)["position"] == 1
    assert [server.run(run)["position"] for run in waiting] == [2, 3, 4]
    server.cancel(blocking[0], token)  # one slot alone: two would begin at once, in any order
    for run in (mine, *waiting):
        server.until_status(run, "finished")
    server.cancel(blocking[1], token)
    began = {run: server.run(run)["began"] for run in (mine, *waiting)}
    assert began[mine] == min(began.values())


def test_results_are_taken_along_as_csv(server: Server) -> None:
    here = Class(server, "cells")
    formula = "=1+1 a"
    here.post("join", {"nickname": formula}, "a-student-with-a-formula")
    run = here.train("a-student-with-a-formula")["run"]
    here.post("join", {"nickname": "Idle"}, "a-student-without-runs")
    here.post("ask", {"question": 1})
    here.post("votes", {"question": 1, "choice": 0}, "a-student-without-runs")
    server.until_status(run, "finished")
    answer = here.get("/results.csv", here.secret)
    assert answer.headers["content-type"].startswith("text/csv")
    table = pd.read_csv(io.StringIO(answer.text))
    assert list(table["nickname"]) == [f"'{formula}", "Idle"]
    assert list(table["run"].fillna("")) == [run, ""]
    assert table["val_accuracy"][0] == server.run(run)["summary"]["epoch"]["val"]["accuracy"]
    assert list(table["vote on claim 1"].notna()) == [False, True]
    epochs = pd.read_csv(io.StringIO(here.get("/epochs.csv", here.secret).text))
    assert list(epochs["run"]) == [run]


@pytest.mark.parametrize("token", [None, "another-persons-token", "not a token"])
def test_nobody_else_does_what_the_teacher_may(server: Server, token: str | None) -> None:
    here = Class(server, "cells")
    (student,) = here.join(1)
    run = here.train(student)["run"]
    wanted = (401, 403)
    for action in ("pause", "resume", "end", "reopen", "delete", "key"):
        assert here.post(action, {}, token).status_code in wanted
        assert here.post(action, {}, student).status_code == 403
    for action, body in (
        ("stop", {"run": run}),
        ("hide", {"seat": 0, "hidden": True}),
        ("ask", {"question": 1}),
        ("reveal", {"revealed": True}),
        ("train", {"config": SETTING}),
    ):
        assert here.post(action, body, token).status_code in wanted
        assert here.post(action, body, student).status_code == 403
    for path in ("/desk", "/results.csv", "/epochs.csv"):
        assert here.get(path, token).status_code in wanted
        assert here.get(path, student).status_code == 403
    assert server.cancel(run, "another-persons-token").status_code == 403
    server.until_status(run, "finished")


def test_a_new_secret_makes_the_old_one_worthless(server: Server) -> None:
    here = Class(server, "cells")
    fresh = here.post("key", {}, here.secret).json()["secret"]
    assert here.get("/desk", here.secret).status_code == 403
    assert here.get("/desk", fresh).status_code == 200


@pytest.mark.parametrize(
    "nickname",
    ["", "   ", "\u202e\u202d", "x" * 10_000, 7, None, ["a"], "\x00", "!!!"],
)
def test_what_is_no_nickname_is_refused_with_what_is(server: Server, nickname: Any) -> None:
    here = Class(server, "cells")
    answer = here.post("join", {"nickname": nickname}, "a-student-of-this-class")
    assert "1 to 24 characters" in error(answer, 422)
    assert here.picture()["class"]["students"] == 0


def test_two_with_one_nickname_are_told_apart(server: Server) -> None:
    here = Class(server, "cells")
    names = []
    for place, nickname in enumerate(("Ada", "ada", "A\u202eda", "<b>Ada</b>")):
        token = f"one-of-the-adas-{place}"
        names.append(here.post("join", {"nickname": nickname}, token).json()["me"]["nickname"])
    assert names == ["Ada", "ada 2", "Ada 3", "<b>Ada</b>"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "", "rules": {"mode": "cells"}}, "name"),
        ({"name": "a\nb" * 40, "rules": {"mode": "cells"}}, "name"),
        ({"name": "A", "rules": {"mode": "races"}}, "mode"),
        ({"name": "A", "rules": None}, "rules"),
        ({"name": "A", "rules": {"mode": "seeds", "runs_each": 0}}, "runs_each"),
        ({"name": "A", "rules": {"mode": "contest", "free": ["width"]}}, "free"),
        ({"name": "A", "setting": {"epochs": 0}, "rules": {"mode": "seeds"}}, "epochs"),
    ],
)
def test_a_class_that_makes_no_sense_is_not_opened(server: Server, body: Any, field: str) -> None:
    answer = server.client.post("/api/classes", json=body)
    assert field in error(answer, 422)


@pytest.mark.parametrize("code", ["XXXXXX", "xx", "A" * 300, "<script>", "%20"])
def test_there_is_no_class_of_a_wrong_code(server: Server, code: str) -> None:
    for path in ("", "/stream", "/desk"):
        assert "no class of this code" in error(server.get(f"/api/classes/{code}{path}"), 404)


def test_pages_are_served_and_nothing_else(server: Server) -> None:
    here = Class(server, "cells")
    for path in ("", "/screen", "/teacher"):
        answer = server.get(f"/class/{here.code}{path}")
        assert answer.status_code == 200
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        for asset in set(answer.text.split('"')):
            if asset.startswith("/class/assets/"):
                assert "immutable" in server.get(asset).headers["cache-control"]
    assert server.get(f"/class/{here.code}/other").status_code == 404
    assert server.get("/class/assets/none.js").status_code == 404
    assert server.get("/class").headers["location"].endswith("/classroom")


def test_a_stream_that_was_cut_goes_on_without_a_gap(server: Server) -> None:
    here = Class(server, "seeds")
    tokens = here.join(2)
    states: list[dict[str, Any]] = [{}, {}]
    path = f"/api/classes/{here.code}/stream"
    with (
        new_client(server.address) as steady,
        steady.stream("GET", path, timeout=60) as watching,
    ):
        lines = watching.iter_lines()
        last = _read(lines, states[0], lambda parts: "class" in parts)
        with new_client(server.address) as client, client.stream("GET", path) as answer:
            last = _read(answer.iter_lines(), states[1], lambda parts: "class" in parts)
        run = here.train(tokens[0])["run"]
        server.until_status(run, "finished")
        done = lambda parts: parts["class"]["finished"] == 1 and "finals" in parts  # noqa: E731
        _read(lines, states[0], done)
        with (
            new_client(server.address) as client,
            client.stream("GET", path, headers={"Last-Event-ID": last}) as answer,
        ):
            _read(answer.iter_lines(), states[1], done, changes_alone=True)
    assert states[0][f"r/{run}"] == states[1][f"r/{run}"]
    assert states[0]["finals"] == states[1]["finals"]


def _read(lines: Any, parts: dict[str, Any], done: Any, *, changes_alone: bool = False) -> str:
    """Take in messages until done; the id of the last."""
    last = ""
    for line in lines:
        if line.startswith("id: "):
            last = line.removeprefix("id: ")
        if changes_alone:
            assert line != "event: whole"
        if line.startswith("data: "):
            parts |= json.loads(line.removeprefix("data: "))
            if done(parts):
                return last
    raise AssertionError("the stream ended")


def test_a_killed_server_leaves_class_students_results_and_queue(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    home = prepared_home(tmp_path_factory)
    with serve(home, DROPOUT_DEMO_SLOTS="1") as server:
        here = Class(server, "seeds", runs_each=3)
        tokens = here.join(2)
        done = here.train(tokens[0])["run"]
        server.until_status(done, "finished")
        paused = Class(server, "seeds")
        (paused_student,) = paused.join(1)
        assert paused.post("pause").status_code == 200
        held = paused.train(paused_student)["run"]
        blocking, owner = server.train(LONG)
        waiting = [here.train(tokens[0], 1)["run"], here.train(tokens[1])["run"]]
        first = here.post("train", {"config": SETTING}).json()["run"]
        children = server.children()
        server.signal(signal.SIGKILL)
        until(lambda: gone(children), 20, "the end of the workers")
    with serve(home, DROPOUT_DEMO_SLOTS="1") as server:
        here.server, here.client = server, server.client
        for run in blocking:
            server.cancel(run, owner)
        for run in (first, *waiting):
            server.until_status(run, "finished")
        picture = here.picture(until_finished=4)
        assert {f"r/{run}" for run in (done, first, *waiting)} <= set(picture)
        assert [picture["s/0"], picture["s/1"]] == ["Student 0", "Student 1"]
        assert here.get("", tokens[0]).json()["me"]["runs"] == [done, waiting[0]]
        assert server.run(first)["began"] <= min(server.run(run)["began"] for run in waiting)
        assert server.run(held)["status"] == "queued"
        paused.client = server.client
        assert paused.post("resume").status_code == 200
        server.until_status(held, "finished")


def test_guessing_codes_is_slowed_down_and_students_do_not_notice(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with serve(prepared_home(tmp_path_factory)) as server:
        here = Class(server, "cells")
        (student,) = here.join(1)
        codes = [f"ABCD{a}{b}" for a in "EFGHJK" for b in "EFGHJKMNPQRS"]
        guesses = [server.get(f"/api/classes/{code}").status_code for code in codes]
        assert set(guesses[:50]) == {404}
        assert guesses[-1] == 429
        other = Class(server, "cells")  # whose code nobody of this address has used
        assert "Too many wrong codes" in error(other.get(), 429)
        assert here.get().status_code == 200  # the address knows this one
        assert here.get("", student).status_code == 200
        assert here.get("/desk", TEACHER).status_code == 200
        assert here.get("/desk", here.secret).status_code == 200


def test_a_made_up_address_gives_no_further_guesses(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with serve(prepared_home(tmp_path_factory)) as server:
        here = Class(server, "cells")
        answers = (
            server.client.get(
                f"/api/classes/ABCD{a}{b}", headers={"X-Forwarded-For": f"10.0.{ord(a)}.{ord(b)}"}
            )
            for a in "EFGHJKMNPQRSTUVWXYZ"
            for b in "EFGHJKMNPQRSTUVWXYZ"
        )
        assert "Too many" in error(next(one for one in answers if one.status_code != 404), 429)
        assert here.get().status_code == 200  # none of it is laid to those who say nothing


@pytest.mark.parametrize(
    ("mode", "runs_each", "most"),
    [("cells", 20, 2**31 - 20 * 13), ("seeds", 2, 2**31 - 1_000), ("votes", 20, 2**31 - 1)],
)
def test_every_run_of_a_class_has_a_seed(
    server: Server, mode: str, runs_each: int, most: int
) -> None:
    def opened(seed: int) -> httpx.Response:
        rules = {"mode": mode, "runs_each": runs_each}
        body = {"name": "Seeds", "setting": SETTING | {"seed": seed}, "rules": rules}
        return server.client.post(
            "/api/classes", json=body, headers={"Authorization": f"Bearer {TEACHER}"}
        )

    assert opened(most).status_code == 201
    if most < 2**31 - 1:
        assert f"0 to {most:,}" in error(opened(most + 1), 422)


def test_starting_in_a_loop_is_slowed_down_for_that_learner_alone(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with serve(prepared_home(tmp_path_factory)) as server:
        here = Class(server, "seeds", runs_each=20)
        loops, calm = here.join(2)
        answers = (here.post("runs", {"number": 0}, loops) for _ in range(1_000))
        refused = next(answer for answer in answers if not answer.is_success)
        assert "try again in" in error(refused, 429)
        assert len(here.get("", loops).json()["me"]["runs"]) == 1
        assert here.train(calm)["new"]
