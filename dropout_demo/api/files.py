"""Runs and comparisons as files, and back."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dropout_demo import export
from dropout_demo.api.asking import body_of, from_json, run_of, token_of
from dropout_demo.api.comparisons import comparison_of
from dropout_demo.config import MAX_IMPORT_BYTES
from dropout_demo.imports import import_runs
from dropout_demo.lab import lab
from dropout_demo.owners import new_token, owner_of
from dropout_demo.refusal import Refusal

_importing = asyncio.Semaphore(1)
"""Checking megabytes takes a second: one at a time, so that the server stays quick and small."""


async def export_run(request: Request) -> Response:
    """GET /api/runs/{id}/export.{csv,json,py,ipynb}: the run as a file."""
    run = await run_of(request)
    form = _form(request)

    def made() -> tuple[str, str]:
        return export.run_file(form, run, lab().store.events(run.id))

    return _file(await run_in_threadpool(made), f"run-{run.id}.{form}")


async def export_comparison(request: Request) -> Response:
    """GET /api/comparisons/{id}/export.{csv,json,py,ipynb}: all its runs in one file."""
    found = await comparison_of(request)
    form = _form(request)

    def made() -> tuple[str, str]:
        runs = lab().store.some(found.runs)
        if not runs:
            raise Refusal(404, "All runs of this comparison were deleted.", "id")
        events = lab().store.events_of([run.id for run in runs])
        pairs = [(run, events[run.id]) for run in runs]
        return export.comparison_file(form, pairs, found.query)

    return _file(await run_in_threadpool(made), f"comparison-{found.id}.{form}")


async def import_file(request: Request) -> Response:
    """POST /api/import: an exported JSON file becomes runs of the asker again, all or none."""
    token = token_of(request)
    fresh = token or new_token()
    body = await body_of(request, MAX_IMPORT_BYTES)

    def keep() -> list[str]:
        return import_runs(lab().store, owner_of(fresh), from_json(body))

    async with _importing:
        ids = await run_in_threadpool(keep)
    answer: dict[str, Any] = {"ids": ids}
    if token is None:
        answer["owner"] = fresh
    return JSONResponse(answer, 201)


def _form(request: Request) -> str:
    form = str(request.path_params["form"])
    if form not in export.MEDIA_TYPES:
        allowed = " or ".join(export.MEDIA_TYPES)
        raise Refusal(404, f"There is no export as {form[:20]!r}; allowed: {allowed}.", "form")
    return form


def _file(made: tuple[str, str], name: str) -> Response:
    media_type, text = made
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type=media_type, headers=headers)
