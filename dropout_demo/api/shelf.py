"""The shelf over HTTP: what only a run's owner may change of it."""

from __future__ import annotations

from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dropout_demo.api.asking import asker, json_body, own_run, run_of
from dropout_demo.api.runs import describe
from dropout_demo.lab import lab
from dropout_demo.marks import marks_from
from dropout_demo.refusal import Refusal
from dropout_demo.store import WAITING


async def mark_run(request: Request) -> Response:
    """PATCH /api/runs/{id}: change name, colour, pinned or hidden; the others stay."""
    run = await own_run(request, "change")
    body = await json_body(request)
    if not isinstance(body, dict) or not body:
        raise Refusal(
            400, 'The body must name what to change, as {"name": "...", "pinned": true}.', "body"
        )
    await run_in_threadpool(partial(lab().store.mark, run.owner, [run.id], **marks_from(body)))
    run = await run_of(request)
    return JSONResponse(await run_in_threadpool(describe, lab(), run))


async def delete_run(request: Request) -> Response:
    """POST /api/runs/{id}/delete: put a run away; one that waits or trains is cancelled first."""
    run = await own_run(request, "delete")
    if run.status in WAITING and not await run_in_threadpool(lab().jobs.cancel, run.id):
        run = await run_of(request)
        if run.status in WAITING:
            raise Refusal(409, "Another server looks after this run; ask there.")
    await run_in_threadpool(lab().store.delete, run.owner, [run.id])
    return JSONResponse({"id": run.id, "deleted": True})


async def restore_run(request: Request) -> Response:
    """POST /api/runs/{id}/restore: bring back a run that was deleted not long ago."""
    run = request.path_params["run"][:64]
    if not await run_in_threadpool(lab().store.restore, asker(request), [run]):
        raise Refusal(404, "You have no deleted run of this id.", "id")
    return JSONResponse({"id": run, "deleted": False})
