"""Boards: whoever watches, from wherever on, knows the whole state, and each change once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropout_demo.boards import KEPT_CHANGES, Board, Boards, messages

PARTS = st.dictionaries(st.sampled_from('abc\n"ü'), st.none() | st.integers(0, 2), max_size=4)


def apply(state: dict[str, Any], sent: bytes) -> tuple[dict[str, Any], str]:
    """What a browser makes of these messages; and the id of the last."""
    last = ""
    for message in filter(None, sent.decode().split("\n\n")):
        lines = dict(line.split(": ", 1) for line in message.split("\n"))
        body = json.loads(lines["data"])
        state = body if lines["event"] == "whole" else state | body
        last = lines["id"]
    return {name: value for name, value in state.items() if value is not None}, last


def plain(parts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parts.items() if value is not None}


@given(st.lists(PARTS, min_size=1, max_size=8), st.data())
def test_a_watcher_from_any_version_on_comes_to_the_same_state(
    states: list[dict[str, Any]], data: st.DataObject
) -> None:
    board = Board(dict)
    seen: list[tuple[int, dict[str, Any]]] = [(0, {})]
    for parts in states:
        board.take(parts)
        seen.append((board.version, plain(parts)))
    version, known = data.draw(st.sampled_from(seen))
    state, _ = apply(known, board.since(version))
    assert state == plain(states[-1])


def test_what_is_the_same_is_told_once() -> None:
    board = Board(dict)
    board.take({"a": 1, "b": 2})
    first = board.version
    board.take({"a": 1, "b": 2})
    assert board.version == first
    board.take({"a": 1, "b": 3})
    assert apply({}, board.since(first))[0] == {"b": 3}


def test_even_an_empty_board_says_so() -> None:
    board = Board(dict)
    board.take({})
    assert board.since(0).endswith(b"event: whole\ndata: {}\n\n")


def test_who_missed_too_much_is_told_all() -> None:
    board = Board(dict)
    for value in range(KEPT_CHANGES + 2):
        board.take({"a": value})
    assert b"event: whole" in board.since(1)
    assert b"event: whole" not in board.since(2)


@pytest.mark.parametrize(
    "last", [None, "", "x", "7", "name.1", ".1", "{name}.x", "{name}.99", "{name}.²"]
)
def test_an_id_of_another_board_is_none(last: str | None) -> None:
    board = Board(dict)
    board.take({"a": 1})
    assert board.version_of(last and last.replace("{name}", board.name)) == 0
    assert board.version_of(f"{board.name}.1") == 1


class Source:
    """A state that a test changes, and how often it was read."""

    def __init__(self) -> None:
        self.parts: dict[str, Any] = {"n": 0}
        self.reads = 0

    def read(self) -> dict[str, Any]:
        self.reads += 1
        return dict(self.parts)


async def until(
    state: dict[str, Any], stream: Any, done: Callable[[dict[str, Any]], bool]
) -> tuple[dict[str, Any], str]:
    last = ""
    while not done(state):
        state, last = apply(state, await asyncio.wait_for(anext(stream), 10))
    return state, last


def test_all_watch_one_reader_and_a_cut_misses_nothing() -> None:
    async def scene() -> None:
        boards, source = Boards(), Source()
        streams = [messages(boards, "key", source.read, None) for _ in range(20)]
        told = [await until({}, stream, lambda state: "n" in state) for stream in streams]
        assert boards.watching == 20
        assert source.reads < 5
        state, last = told[0]
        await streams[0].aclose()  # cut
        source.parts = {"n": 5, "m": 1}
        await until({}, streams[1], lambda state: state.get("n") == 5)
        again = messages(boards, "key", source.read, last)
        assert (await until(state, again, lambda state: state.get("n") == 5))[0] == source.parts
        for stream in (*streams[1:], again):
            await stream.aclose()
        assert boards.watching == 0
        reads = source.reads
        await asyncio.sleep(0)
        assert source.reads == reads

    asyncio.run(scene())
