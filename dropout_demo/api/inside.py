"""Questions about opened networks, for the parts of the Inside page that never rerun it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dropout_demo.api.asking import address_of, json_body, only_fields, token_of
from dropout_demo.inside.catalogue import QUESTIONS
from dropout_demo.inside.networks import NetworkRef
from dropout_demo.inside.questions import Question
from dropout_demo.lab import lab
from dropout_demo.opening import NotOpen, open_run
from dropout_demo.probing import ProbeFailed, Told, TooManyQuestions
from dropout_demo.refusal import Refusal

SECONDS_BETWEEN_LOOKS = 0.5
"""How often it is looked whether the asker is still there: who slides on asks anew."""

_EXAMPLE = '{"networks": [{"run": "id", "epoch": 15}], "question": {...}}'


async def ask(request: Request) -> Response:
    """POST /api/inside/{kind}: the answer to a question about one or more trained networks."""
    lab().brakes.question(token_of(request) or address_of(request))
    wanted = QUESTIONS.get(request.path_params["kind"])
    if wanted is None:
        allowed = " or ".join(QUESTIONS)
        raise Refusal(404, f"There is no such question; allowed: {allowed}.", "kind")
    body = only_fields(await json_body(request), _EXAMPLE, "networks", "question")
    question = wanted.parse(body.get("question", {}))
    told = body.get("networks", None if wanted.most_networks else [])
    networks = await run_in_threadpool(_networks, told, wanted.most_networks)
    return JSONResponse(await _answer(question, networks, request))


def _networks(told: object, most: int) -> list[NetworkRef]:
    fewest = min(1, most)
    if not isinstance(told, list) or not fewest <= len(told) <= most:
        allowed = f"a list of {fewest} to {most} like {_EXAMPLE}" if most else "left out"
        raise Refusal(422, f"networks must be {allowed}.", "networks")
    return [_network(one) for one in told]


def _network(told: object) -> NetworkRef:
    one = only_fields(told, '{"run": "id", "epoch": 15}', "run", "epoch")
    run, epoch = one.get("run"), one.get("epoch")
    if not isinstance(run, str):
        raise Refusal(422, "run must be the id of a run.", "run")
    if epoch is not None and (not isinstance(epoch, int) or isinstance(epoch, bool)):
        raise Refusal(422, "epoch must be a whole number, or null for the last.", "epoch")
    try:
        return open_run(lab().store, run).network(epoch)
    except NotOpen as error:
        raise Refusal(404, str(error), "run") from None


async def _answer(
    question: Question, networks: Sequence[NetworkRef], request: Request
) -> dict[str, object]:
    """Wait for the end of a question without holding a thread, as long as the asker does."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[Told] = loop.create_future()

    def end(told: Told) -> None:
        if not ended.done():
            ended.set_result(told)

    def listener(told: Told) -> None:
        if told.ended:
            with suppress(RuntimeError):  # the loop is gone: the server ends
                loop.call_soon_threadsafe(end, told)

    try:
        leave = await run_in_threadpool(lab().probing.listen, question, networks, listener)
    except ProbeFailed as error:
        status = 429 if isinstance(error, TooManyQuestions) else 503
        raise Refusal(status, str(error)) from None
    try:
        while not (await asyncio.wait((ended,), timeout=SECONDS_BETWEEN_LOOKS))[0]:
            if await request.is_disconnected():
                raise Refusal(499, "Whoever asked has left.")
        told = ended.result()
    finally:
        leave()
    if told.answer is None:
        raise Refusal(422, told.error or "There is no answer.")
    return told.answer
