"""The HTTP routes, on the server that also serves the pages. See README, "API"."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dropout_demo import stream
from dropout_demo.api import classes, comparisons, files, health, inside, maps, qr, runs, shelf
from dropout_demo.guard import METHODS, guarded_route
from dropout_demo.refusal import Refusal


def api_routes(base: str = "") -> list[Route]:
    """All routes, at the root and, if Streamlit is told to serve below a base path, there too."""
    return [route for prefix in dict.fromkeys(("", base)) for route in _routes(f"{prefix}/api")]


def _routes(api: str) -> list[Route]:
    run, comparison = f"{api}/runs/{{run}}", f"{api}/comparisons/{{comparison}}"
    one = f"{api}/classes/{{code}}"
    return [
        guarded_route(f"{api}/runs", GET=runs.list_runs, POST=runs.start_runs),
        guarded_route(run, GET=runs.read_run, PATCH=shelf.mark_run, DELETE=runs.cancel_run),
        guarded_route(f"{run}/delete", POST=shelf.delete_run),
        guarded_route(f"{run}/restore", POST=shelf.restore_run),
        guarded_route(f"{run}/events", GET=runs.read_events),
        guarded_route(f"{run}/export.{{form}}", GET=files.export_run),
        guarded_route(f"{api}/comparisons", POST=comparisons.add_comparison),
        guarded_route(comparison, GET=comparisons.read_comparison),
        guarded_route(f"{comparison}/export.{{form}}", GET=files.export_comparison),
        guarded_route(f"{api}/import", POST=files.import_file),
        guarded_route(f"{api}/stream", GET=stream.stream_runs),
        guarded_route(f"{api}/map", GET=maps.read_map),
        guarded_route(f"{api}/map/stream", GET=maps.stream_map),
        guarded_route(f"{api}/classes", GET=classes.list_classes, POST=classes.open_class),
        guarded_route(one, GET=classes.read_class),
        guarded_route(f"{one}/join", POST=classes.join_class),
        guarded_route(f"{one}/runs", POST=classes.start_run),
        guarded_route(f"{one}/votes", POST=classes.vote),
        guarded_route(f"{one}/stream", GET=classes.stream_class),
        guarded_route(f"{one}/desk", GET=classes.read_desk),
        guarded_route(f"{one}/{{what}}.csv", GET=classes.export_class),
        guarded_route(f"{one}/{{action}}", POST=classes.teach),
        guarded_route(f"{api}/inside/{{kind}}", POST=inside.ask),
        guarded_route(f"{api}/qr.svg", GET=qr.qr_picture),
        guarded_route(f"{api}/health", GET=health.health),
        guarded_route(f"{api}/{{rest:path}}", **dict.fromkeys(METHODS, nothing_here)),
    ]


async def nothing_here(_: Request) -> Response:
    """Any other path under /api."""
    raise Refusal(404, "There is nothing at this address; see README, API.")
