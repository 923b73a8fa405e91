"""How the server is."""

from __future__ import annotations

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dropout_demo.data import status as data_status
from dropout_demo.lab import Lab, lab


async def health(_: Request) -> Response:
    """GET /api/health: workers, queue, device, data sets, warnings."""
    return JSONResponse(await run_in_threadpool(describe_health, lab()))


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
