"""Classes over HTTP: what anybody, a student and the teacher may do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dropout_demo.api.asking import address_of, asker, json_body, only_fields, token_of
from dropout_demo.api.watching import watch_board
from dropout_demo.class_rules.codes import read_code
from dropout_demo.class_rules.modes import Rules
from dropout_demo.classroom.board import ClassBoard, words_of
from dropout_demo.classroom.desk import desk, epochs_csv, results_csv
from dropout_demo.classroom.forms import form_of
from dropout_demo.config import RunConfig
from dropout_demo.lab import lab
from dropout_demo.map import map_words
from dropout_demo.owners import new_token, owner_of
from dropout_demo.problems import ConfigError, Problem, shown
from dropout_demo.refusal import Refusal
from dropout_demo.store import Class


async def open_class(request: Request) -> Response:
    """POST /api/classes: open one; answers with its code and the secret of the teacher's link."""
    example = '{"name": ..., "setting": {...}, "rules": {"mode": ...}}'
    body = only_fields(await json_body(request), example, "name", "setting", "rules")
    token = token_of(request)
    fresh = token or new_token()
    lab().brakes.change(owner_of(fresh), address_of(request))

    def made() -> tuple[str, str]:
        setting, rules = RunConfig.parse(body.get("setting", {})), Rules.parse(body.get("rules"))
        return lab().classroom.open(owner_of(fresh), body.get("name", ""), setting, rules)

    code, secret = await run_in_threadpool(made)
    answer = {"code": code, "secret": secret, "path": f"/class/{code}"}
    if token is None:
        answer["owner"] = fresh
    return JSONResponse(answer, 201)


async def list_classes(request: Request) -> Response:
    """GET /api/classes: the classes that the asker has opened, the newest first."""
    owner = asker(request)

    def told() -> list[dict[str, Any]]:
        return [_described(found) for found in lab().store.classes(owner)]

    return JSONResponse({"classes": await run_in_threadpool(told)})


async def read_class(request: Request) -> Response:
    """GET /api/classes/{code}: what the class is, and the asker's seat, runs and vote in it."""
    found = await _class(request)
    owner = _owner(request)

    def told() -> dict[str, Any]:
        return _described(found) | {"me": None if owner is None else _me(found, owner)}

    return JSONResponse(await run_in_threadpool(told))


async def join_class(request: Request) -> Response:
    """POST /api/classes/{code}/join {"nickname": ...}: take a seat, or change one's nickname."""
    found = await _class(request)
    body = only_fields(await json_body(request), '{"nickname": ...}', "nickname")
    token = token_of(request)
    fresh = token or new_token()
    owner = owner_of(fresh)
    lab().brakes.change(owner, address_of(request))
    nickname = body.get("nickname", "")

    def joined() -> dict[str, Any]:
        lab().classroom.join(found.code, owner, nickname)
        return {"me": _me(found, owner)}

    answer = await run_in_threadpool(joined)
    if token is None:
        answer["owner"] = fresh
    return JSONResponse(answer, 201)


async def start_run(request: Request) -> Response:
    """POST /api/classes/{code}/runs {"number": 0, "config": {...}}: a student's next run.

    The number counts the student's runs: sent twice, it starts one. `config` is for contests.
    """
    found = await _class(request)
    body = only_fields(await json_body(request), '{"number": 0}', "number", "config")
    owner = _known(request)
    lab().brakes.start(owner, address_of(request))
    number = _whole(body.get("number"), "number")

    def started() -> dict[str, Any]:
        asked = RunConfig.parse(body["config"]) if body.get("config") is not None else None
        run, new = lab().classroom.start(found.code, owner, number, asked)
        outlook = lab().jobs.outlook(run)
        if outlook is None:  # it has ended, or another server looks after it
            there = lab().store.run(run)
            outlook = {} if there is None else {"status": there.status}
        return {"run": run, "new": new, **outlook}

    answer = await run_in_threadpool(started)
    return JSONResponse(answer, 201 if answer["new"] else 200)


async def vote(request: Request) -> Response:
    """POST /api/classes/{code}/votes {"question": 1, "choice": 0}: a prediction."""
    found = await _class(request)
    body = only_fields(
        await json_body(request), '{"question": 1, "choice": 0}', "question", "choice"
    )
    owner = _known(request)
    lab().brakes.change(owner, address_of(request))
    question, choice = (_whole(body.get(name), name) for name in ("question", "choice"))
    await run_in_threadpool(lab().classroom.vote, found.code, owner, question, choice)
    return JSONResponse({"choice": choice}, 201)


async def stream_class(request: Request) -> Response:
    """GET /api/classes/{code}/stream: the class's picture as server-sent events, whole and changes.

    `Last-Event-ID` resumes without a gap.
    """
    found = await _class(request)
    board = ClassBoard(lab().store, lab().jobs, found.code)
    return watch_board(request, f"class/{found.code}", board.parts)


async def read_desk(request: Request) -> Response:
    """GET /api/classes/{code}/desk: for the teacher, who runs, waits or failed, with all names."""
    found = await _taught(request)
    told = await run_in_threadpool(desk, lab().store, lab().jobs, found)
    return JSONResponse(_described(found) | told)


async def export_class(request: Request) -> Response:
    """GET /api/classes/{code}/{results,epochs}.csv: all results, for the teacher."""
    found = await _taught(request)
    what = str(request.path_params["what"])
    forms = {"results": results_csv, "epochs": epochs_csv}
    if what not in forms:
        raise Refusal(404, f"Allowed: {', '.join(f'{name}.csv' for name in forms)}.")
    text = await run_in_threadpool(forms[what], lab().store, found)
    name = f"class-{found.code}-{what}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type="text/csv", headers=headers)


async def teach(request: Request) -> Response:
    """POST /api/classes/{code}/{action}: what the teacher alone may do; see `ACTIONS`."""
    found = await _taught(request)
    name = str(request.path_params["action"])
    if name not in ACTIONS:
        raise Refusal(404, f"There is no such action; allowed: {', '.join(ACTIONS)}.")
    allowed, act = ACTIONS[name]
    given = await json_body(request) if allowed else {}
    example = "{" + ", ".join(f'"{field}": ...' for field in allowed) + "}"
    body = only_fields(given, example, *allowed)
    lab().brakes.change(found.owner, address_of(request))
    told = await run_in_threadpool(act, found.code, body)
    return JSONResponse({"done": name} | (told or {}))


def _stop(code: str, body: Mapping[str, Any]) -> None:
    lab().classroom.stop(code, str(body.get("run"))[:64])


def _hide(code: str, body: Mapping[str, Any]) -> None:
    hidden = _flag(body.get("hidden", True), "hidden")
    lab().classroom.hide(code, _whole(body.get("seat"), "seat"), hidden=hidden)


def _ask(code: str, body: Mapping[str, Any]) -> None:
    lab().classroom.ask(code, _whole(body.get("question"), "question"))


def _reveal(code: str, body: Mapping[str, Any]) -> None:
    lab().classroom.reveal(code, revealed=_flag(body.get("revealed", True), "revealed"))


def _train(code: str, body: Mapping[str, Any]) -> dict[str, Any]:
    config = RunConfig.parse(body.get("config", {}))
    return {"run": lab().classroom.train_own(code, config)}


def _key(code: str, _: Mapping[str, Any]) -> dict[str, Any]:
    return {"secret": lab().classroom.new_secret(code)}


def _plain(name: str) -> Action:
    def act(code: str, _: Mapping[str, Any]) -> None:
        getattr(lab().classroom, name)(code)

    return act


Action = Callable[[str, Mapping[str, Any]], dict[str, Any] | None]

ACTIONS: Mapping[str, tuple[tuple[str, ...], Action]] = {
    **{name: ((), _plain(name)) for name in ("pause", "resume", "end", "reopen", "delete")},
    "stop": (("run",), _stop),
    "hide": (("seat", "hidden"), _hide),
    "ask": (("question",), _ask),
    "reveal": (("revealed",), _reveal),
    "train": (("config",), _train),
    "key": ((), _key),
}
"""By name: the fields of the body, and what is done."""


def _described(found: Class) -> dict[str, Any]:
    return {
        "code": found.code,
        "name": found.name,
        "state": found.state,
        "mode": found.rules.mode,
        "runs_each": found.rules.runs_each,
        "budget": found.rules.budget,
        "words": words_of(found.setting),
        "setting": found.setting.model_dump(mode="json"),
        "form": form_of(found.rules, found.setting),
        "map": map_words() if found.rules.mode == "cells" else None,
    }


def _me(found: Class, owner: str) -> dict[str, Any] | None:
    """The asker's seat, what is to be trained next, what was, and the vote; None: not joined."""
    here = lab()
    student = here.store.student(found.code, owner)
    if student is None:
        return None
    runs = [run.run for run in here.store.class_runs(found.code, owner)]
    following = here.classroom.next_run(found, student, len(runs))
    left = max(0, found.rules.runs_each - len(runs))
    used = sum(run.config.epochs for run in here.store.some(runs, put_away=True))
    return {
        "seat": student.seat,
        "nickname": student.nickname,
        "hidden": student.hidden,
        "runs": runs,
        "runs_left": 0 if found.rules.mode == "votes" else left,
        "epochs_left": max(0, found.rules.budget - used),
        "next": None if following is None or left == 0 else here.classroom.words(found, following),
        "vote": here.store.votes(found.code, found.question).get(owner),
    }


async def _class(request: Request) -> Class:
    """The class of the path's code; guesses of an address are counted, and braked."""
    here, address = lab(), address_of(request)
    code, token = read_code(str(request.path_params["code"])[:40]), token_of(request)
    owner = None if token is None else owner_of(token)

    def found() -> Class:
        class_ = None if code is None else here.store.class_(code)
        known = class_ is not None and _belongs(class_, owner, token)
        here.brakes.guess(address, code, right=class_ is not None, known=known)
        if class_ is None:
            raise Refusal(404, "There is no class of this code; ask your teacher for it.", "code")
        return class_

    return await run_in_threadpool(found)


def _belongs(found: Class, owner: str | None, token: str | None) -> bool:
    """Whether this is a student of the class or its teacher, whom no brake concerns."""
    here = lab()
    joined = owner is not None and here.store.student(found.code, owner) is not None
    return joined or here.classroom.teaches(found, owner, token)


async def _taught(request: Request) -> Class:
    found = await _class(request)
    token = token_of(request)
    owner = None if token is None else owner_of(token)
    return await run_in_threadpool(lab().classroom.taught_by, found.code, owner, token)


def _owner(request: Request) -> str | None:
    token = token_of(request)
    return None if token is None else owner_of(token)


def _known(request: Request) -> str:
    owner = _owner(request)
    if owner is None:
        raise Refusal(401, "Join the class first.", "nickname")
    return owner


def _whole(value: Any, field: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**6:
        raise ConfigError([Problem(field, shown(value), "a whole number from 0 to 999,999")])
    return value


def _flag(value: Any, field: str) -> bool:
    if not isinstance(value, bool):
        raise ConfigError([Problem(field, shown(value), "true or false")])
    return value
