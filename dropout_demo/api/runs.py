"""Runs over HTTP: start, list, read, follow and cancel."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dropout_demo.api.asking import (
    address_of,
    asker,
    json_body,
    only_fields,
    own_run,
    run_of,
    token_of,
    whole_number,
)
from dropout_demo.config import MAX_PROBLEMS_TOLD, MAX_RUNS_A_REQUEST, RunConfig
from dropout_demo.lab import Lab, lab
from dropout_demo.owners import new_token, owner_of
from dropout_demo.problems import ConfigError
from dropout_demo.refusal import Refusal
from dropout_demo.store import WAITING, Run

LISTED = 100
MOST_LISTED = 1_000


async def start_runs(request: Request) -> Response:
    """POST /api/runs: queue configurations."""
    example = f'{{"configs": [...]}} with 1 to {MAX_RUNS_A_REQUEST} configurations'
    body = await json_body(request)
    configs = body.get("configs") if isinstance(body, dict) else None
    if not isinstance(configs, list) or not 1 <= len(configs) <= MAX_RUNS_A_REQUEST:
        raise Refusal(400, f"The body must be {example}.", "configs")
    only_fields(body, example, "configs")
    parsed = await run_in_threadpool(_parsed, configs)
    token = token_of(request)
    fresh = token or new_token()
    lab().brakes.start(owner_of(fresh), address_of(request), len(parsed))
    ids = await run_in_threadpool(lab().jobs.submit, parsed, owner_of(fresh))
    answer: dict[str, Any] = {"ids": ids}
    if token is None:
        answer["owner"] = fresh
    return JSONResponse(answer, 201)


async def list_runs(request: Request) -> Response:
    """GET /api/runs?limit=: the asker's newest runs, in the order in which they came."""
    owner = asker(request)
    limit = whole_number(request.query_params.get("limit", str(LISTED)), "limit")
    if not 1 <= limit <= MOST_LISTED:
        raise Refusal(400, f"limit must be from 1 to {MOST_LISTED:,}.", "limit")

    def told() -> list[dict[str, Any]]:
        return [describe(lab(), run) for run in lab().store.runs(owner, limit=limit)]

    return JSONResponse({"runs": await run_in_threadpool(told)})


async def read_run(request: Request) -> Response:
    """GET /api/runs/{id}: configuration, status, place in the queue, summary."""
    run = await run_of(request)
    return JSONResponse(await run_in_threadpool(describe, lab(), run))


async def cancel_run(request: Request) -> Response:
    """DELETE /api/runs/{id}: end a run; its owner alone may."""
    run = await own_run(request, "cancel")
    if not await run_in_threadpool(lab().jobs.cancel, run.id):
        run = await run_of(request)
        if run.status in WAITING:
            raise Refusal(409, "Another server looks after this run; ask there.")
        raise Refusal(409, f"The run is {run.status}; there is nothing to cancel.")
    run = await run_of(request)
    return JSONResponse({"id": run.id, "status": run.status}, 202)


async def read_events(request: Request) -> Response:
    """GET /api/runs/{id}/events?after=SEQ: what happened since."""
    run = await run_of(request)
    after = whole_number(request.query_params.get("after", "0"), "after")
    events = await run_in_threadpool(lab().store.events, run.id, after)
    return JSONResponse({"events": events, "last": events[-1]["seq"] if events else after})


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
        "name": run.name,
        "colour": run.colour,
        "pinned": run.pinned,
        "hidden": run.hidden,
        "imported": run.imported,
    }


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
