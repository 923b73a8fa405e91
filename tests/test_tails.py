from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from dropout_demo.config import RunConfig
from dropout_demo.events import Cancelled, Step
from dropout_demo.store import Store, StoreError
from dropout_demo.tails import Tail, Tails

CONFIG = RunConfig(dataset="shapes", train_size=256, epochs=2)
LIMIT = 20.0  # seconds


class CountingStore(Store):
    """The real store; it also counts who reads events."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.reads: Counter[str] = Counter()
        self.broken = False

    def news(self, after: Mapping[str, int]) -> dict[str, list[str]]:
        self.reads.update([*after, "all"])
        if self.broken:
            raise StoreError("The disk was taken away.")
        return super().news(after)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CountingStore]:
    store = CountingStore(f"sqlite:///{tmp_path / 'runs.db'}")
    store.add([("a", CONFIG), ("b", CONFIG)], "me")
    yield store
    store.close()


def grow(store: Store, run: str, count: int) -> None:
    for _ in range(count):
        seq = store.last_seq(run) + 1
        store.append(run, Step(seq, 1, 2.0, 0.1, 100.0), seq)


async def until(look: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT):
        while not look():
            await asyncio.sleep(0.01)


def inside(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 3 * LIMIT))  # type: ignore[arg-type]


def test_thirty_watchers_share_one_tail_and_one_reader(store: CountingStore) -> None:
    async def test() -> None:
        tails = Tails(store)
        async with AsyncExitStack() as stack:
            seen: list[Tail] = []
            for _ in range(30):
                seen += await stack.enter_async_context(tails.watch(["a"], asyncio.Event()))
            assert len({id(tail) for tail in seen}) == 1
            assert tails.watching == 30
            before = store.reads["a"]
            grow(store, "a", 5)
            await until(lambda: len(seen[0].texts) == 5)
            await until(lambda: store.reads["a"] >= before + 3)
            await asyncio.sleep(0.3)
            assert store.reads["a"] - before < 30  # one look each POLL_SECONDS, not 30
        assert tails.watching == 0

    inside(test)


def test_news_wake_everybody_who_watches_that_run(store: CountingStore) -> None:
    async def test() -> None:
        tails = Tails(store)
        first, second, other = asyncio.Event(), asyncio.Event(), asyncio.Event()
        async with (
            tails.watch(["a"], first) as [a],
            tails.watch(["b", "a"], second),
            tails.watch(["b"], other),
        ):
            grow(store, "a", 1)
            async with asyncio.timeout(LIMIT):
                await first.wait()
                await second.wait()
            assert a.kinds == ["step"]
            assert not other.is_set()

    inside(test)


def test_a_tail_has_what_was_and_what_comes_in_order(store: CountingStore) -> None:
    async def test() -> None:
        grow(store, "a", 3)
        async with Tails(store).watch(["a"], asyncio.Event()) as [tail]:
            await until(lambda: len(tail.texts) == 3)
            grow(store, "a", 4)
            await until(lambda: len(tail.texts) == 7)
            assert tail.texts == store.event_texts("a")
            assert not tail.ended
            store.append("a", Cancelled(), 8)
            await until(lambda: tail.ended)
            reads = store.reads["a"]
            await asyncio.sleep(0.4)
            assert store.reads["a"] == reads  # an ended run is not read any more

    inside(test)


def test_nobody_watching_means_nobody_reading(store: CountingStore) -> None:
    async def test() -> None:
        tails = Tails(store)
        async with tails.watch(["a"], asyncio.Event()) as [first]:
            async with tails.watch(["a"], asyncio.Event()):
                pass
            grow(store, "a", 1)
            await until(lambda: len(first.texts) == 1)
        reads = store.reads["all"]
        await asyncio.sleep(0.4)
        assert store.reads["all"] <= reads + 1  # one look was perhaps on its way
        async with tails.watch(["a"], asyncio.Event()) as [second]:
            assert second is not first

    inside(test)


def test_many_runs_are_read_at_once_and_a_new_one_does_not_wait(store: CountingStore) -> None:
    async def test() -> None:
        tails = Tails(store)
        grow(store, "b", 2)
        async with tails.watch(["a"], asyncio.Event()):
            await until(lambda: store.reads["all"] >= 2)
            async with tails.watch(["a", "b"], asyncio.Event()) as [_, b]:
                await until(lambda: len(b.texts) == 2)
                looks, reads = store.reads["all"], store.reads["a"] + store.reads["b"]
                await until(lambda: store.reads["all"] >= looks + 3)
                assert store.reads["a"] + store.reads["b"] - reads >= 2 * 3

    inside(test)


def test_a_store_that_cannot_be_read_for_a_while_is_read_again(store: CountingStore) -> None:
    async def test() -> None:
        store.broken = True
        grow(store, "a", 2)
        async with Tails(store).watch(["a"], asyncio.Event()) as [tail]:
            await until(lambda: store.reads["a"] >= 2)
            assert tail.texts == []
            store.broken = False
            await until(lambda: len(tail.texts) == 2)

    inside(test)
