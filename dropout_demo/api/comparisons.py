"""Comparisons over HTTP: keep what is on show under a short name, and look at it again."""

from __future__ import annotations

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dropout_demo.api.asking import address_here, asker, json_body, only_fields
from dropout_demo.config import MAX_RUNS_A_STREAM
from dropout_demo.lab import lab
from dropout_demo.refusal import Refusal
from dropout_demo.store import Comparison


async def add_comparison(request: Request) -> Response:
    """POST /api/comparisons: a short address for runs, and for the settings beside them."""
    example = f'{{"query": "...", "runs": [...]}} with 1 to {MAX_RUNS_A_STREAM} ids'
    owner = asker(request)
    body = only_fields(await json_body(request), example, "query", "runs")
    query, ids = body.get("query", ""), body.get("runs")
    if not isinstance(query, str):
        raise Refusal(400, f"The body must be {example}.", "query")
    if not isinstance(ids, list) or not all(isinstance(run, str) for run in ids):
        raise Refusal(400, f"The body must be {example}.", "runs")
    if len(ids) > MAX_RUNS_A_STREAM:
        raise Refusal(400, f"A comparison has at most {MAX_RUNS_A_STREAM} runs.", "runs")
    there = await run_in_threadpool(lab().store.some, [run[:64] for run in ids])
    if len(there) < len(ids):
        raise Refusal(404, "There is no run of one of these ids.", "runs")
    comparison = await run_in_threadpool(lab().store.add_comparison, owner, query, ids)
    return JSONResponse({"id": comparison, "address": _address(request, comparison)}, 201)


async def read_comparison(request: Request) -> Response:
    """GET /api/comparisons/{id}: what is shown under a short name. Anyone may look."""
    found = await comparison_of(request)
    told: dict[str, Any] = {
        "id": found.id,
        "address": _address(request, found.id),
        "created": found.created,
        "query": found.query,
        "runs": list(found.runs),
        "guess": found.guess,
        "name": found.name,
    }
    return JSONResponse(told)


async def comparison_of(request: Request) -> Comparison:
    """The comparison that the path names."""
    name = request.path_params["comparison"][:64]
    found = await run_in_threadpool(lab().store.comparison, name)
    if found is None:
        raise Refusal(404, "There is no comparison of this id.", "id")
    return found


def _address(request: Request, comparison: str) -> str:
    """Where the page shows it, below the base path at which the API was asked."""
    base = request.url.path.partition("/api/")[0]
    return address_here(request, f"{base}/?show={comparison}")
