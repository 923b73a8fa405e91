"""The HTTP routes, on the server that also serves the pages. See README, "API"."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dropout_demo import export, stream
from dropout_demo.config import (
    MAX_BODY_BYTES,
    MAX_PROBLEMS_TOLD,
    MAX_RUNS_A_REQUEST,
    RunConfig,
)
from dropout_demo.data import status as data_status
from dropout_demo.guard import METHODS, guarded_route
from dropout_demo.lab import Lab, lab
from dropout_demo.owners import COOKIE, is_token, new_token, owner_of
from dropout_demo.problems import ConfigError
from dropout_demo.refusal import Refusal
from dropout_demo.store import WAITING, Run


def api_routes(base: str = "") -> list[Route]:
    """All routes, at the root and, if Streamlit is told to serve below a base path, there too."""
    return [route for prefix in dict.fromkeys(("", base)) for route in _routes(f"{prefix}/api")]


def _routes(api: str) -> list[Route]:
    return [
        guarded_route(f"{api}/runs", POST=start_runs),
        guarded_route(f"{api}/runs/{{run}}", GET=read_run, DELETE=cancel_run),
        guarded_route(f"{api}/runs/{{run}}/events", GET=read_events),
        guarded_route(f"{api}/runs/{{run}}/export.{{form}}", GET=export_run),
        guarded_route(f"{api}/stream", GET=stream.stream_runs),
        guarded_route(f"{api}/health", GET=health),
        guarded_route(f"{api}/{{rest:path}}", **dict.fromkeys(METHODS, nothing_here)),
    ]


async def start_runs(request: Request) -> Response:
    """POST /api/runs: queue configurations."""
    body = await _json_body(request)
    configs = body.get("configs") if isinstance(body, dict) else None
    if not isinstance(configs, list) or not 1 <= len(configs) <= MAX_RUNS_A_REQUEST:
        raise Refusal(
            400,
            f'The body must be {{"configs": [...]}} with 1 to {MAX_RUNS_A_REQUEST} configurations.',
            "configs",
        )
    unknown = set(body) - {"configs"}
    if unknown:
        raise Refusal(400, "The body has unknown fields; allowed: configs.", min(unknown))
    parsed = await run_in_threadpool(_parsed, configs)
    token = _token(request)
    fresh = token or new_token()
    ids = await run_in_threadpool(lab().jobs.submit, parsed, owner_of(fresh))
    answer: dict[str, Any] = {"ids": ids}
    if token is None:
        answer["owner"] = fresh
    return JSONResponse(answer, 201)


async def read_run(request: Request) -> Response:
    """GET /api/runs/{id}: configuration, status, place in the queue, summary."""
    run = await _run(request)
    return JSONResponse(await run_in_threadpool(describe, lab(), run))


async def cancel_run(request: Request) -> Response:
    """DELETE /api/runs/{id}: end a run; its owner alone may."""
    run = await _run(request)
    token = _token(request)
    if token is None:
        raise Refusal(401, "Say who you are: Authorization: Bearer <the owner's token>.")
    if owner_of(token) != run.owner:
        raise Refusal(403, "Only the owner of a run may cancel it.")
    if not await run_in_threadpool(lab().jobs.cancel, run.id):
        run = await _run(request)
        if run.status in WAITING:
            raise Refusal(409, "Another server looks after this run; ask there.")
        raise Refusal(409, f"The run is {run.status}; there is nothing to cancel.")
    run = await _run(request)
    return JSONResponse({"id": run.id, "status": run.status}, 202)


async def read_events(request: Request) -> Response:
    """GET /api/runs/{id}/events?after=SEQ: what happened since."""
    run = await _run(request)
    after = _whole_number(request.query_params.get("after", "0"), "after")
    events = await run_in_threadpool(lab().store.events, run.id, after)
    return JSONResponse({"events": events, "last": events[-1]["seq"] if events else after})


async def export_run(request: Request) -> Response:
    """GET /api/runs/{id}/export.{csv,json}: the run as a file."""
    run = await _run(request)
    form = request.path_params["form"]
    if form not in export.FORMS:
        allowed = " or ".join(export.FORMS)
        raise Refusal(404, f"There is no export as {form[:20]!r} yet; allowed: {allowed}.", "form")
    events = await run_in_threadpool(lab().store.events, run.id)
    media_type, text = export.FORMS[form](run, events)
    headers = {"Content-Disposition": f'attachment; filename="run-{run.id}.{form}"'}
    return Response(text, media_type=media_type, headers=headers)


async def health(_: Request) -> Response:
    """GET /api/health: workers, queue, device, data sets, warnings."""
    return JSONResponse(await run_in_threadpool(describe_health, lab()))


async def nothing_here(_: Request) -> Response:
    """Any other path under /api."""
    raise Refusal(404, "There is nothing at this address; see README, API.")


def describe(lab: Lab, run: Run) -> dict[str, Any]:
    """A run as the API tells it."""
    outlook = lab.jobs.outlook(run.id) if run.status in WAITING else None
    if outlook is None and run.status in WAITING:  # it ended since it was read
        run = lab.store.run(run.id) or run
    return {
        "id": run.id,
        "config": run.config.model_dump(mode="json"),
        "hash": run.config.hash,
        "status": outlook["status"] if outlook else run.status,
        "position": outlook["position"] if outlook else None,
        "seconds_left": outlook["seconds_left"] if outlook else None,
        "progress": outlook["progress"] if outlook else (1.0 if run.status == "finished" else 0.0),
        "created": run.created,
        "began": run.began,
        "ended": run.ended,
        "summary": run.summary,
    }


def describe_health(lab: Lab) -> dict[str, Any]:
    """The state of the laboratory as the API tells it."""
    data = {name: data_status(name) for name in ("cifar10", "shapes")}
    return {
        "status": "ok" if not lab.warnings else "limited",
        "warnings": lab.warnings,
        "backend": lab.backend.name,
        "workers": [{"pid": w.pid, "state": w.state} for w in lab.backend.workers()],
        "queue": lab.jobs.counts(),
        "watching": lab.tails.watching,
        "device": lab.backend.device(),
        "data": {
            name: {"ready": s.ready, "prepared": s.prepared, "detail": s.detail}
            for name, s in data.items()
        },
    }


def _token(request: Request) -> str | None:
    """The learner's token, from the header or, in a browser, the cookie."""
    header = request.headers.get("authorization")
    if header is None:
        cookie = request.cookies.get(COOKIE)
        return cookie if is_token(cookie) else None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not is_token(token.strip()):
        raise Refusal(401, "Authorization must be: Bearer <the owner's token>.", "Authorization")
    return token.strip()


async def _run(request: Request) -> Run:
    run = await run_in_threadpool(lab().store.run, request.path_params["run"][:64])
    if run is None:
        raise Refusal(404, "There is no run of this id.", "id")
    return run


async def _json_body(request: Request) -> Any:
    """The body as JSON, read no further than the limit."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise Refusal(413, f"The body is larger than {MAX_BODY_BYTES // 1024} KB.", "body")
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise Refusal(400, "The body is not JSON.", "body") from None


def _parsed(configs: list[Any]) -> list[RunConfig]:
    """All configurations, or the problems of all of them, as many as anybody would read."""
    parsed, problems = [], []
    for place, config in enumerate(configs):
        try:
            parsed.append(RunConfig.parse(config))
        except ConfigError as error:
            which = f"configs.{place}." if len(configs) > 1 else ""
            problems += [replace(p, field=which + p.field) for p in error.problems]
    if problems:
        raise ConfigError(problems[:MAX_PROBLEMS_TOLD])
    return parsed


def _whole_number(text: str, field: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise Refusal(400, f"{field} must be a whole number, 0 or more.", field)
    return int(text)
