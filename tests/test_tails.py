from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
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

    def event_texts(self, run: str, after: int = 0) -> list[str]:
        self.reads[run] += 1
        if self.broken:
            raise StoreError("The disk was taken away.")
        return super().event_texts(run, after)


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
            await asyncio.wait_for(tail.task, LIMIT)  # an ended run is not read any more

    inside(test)


def test_nobody_watching_means_nobody_reading(store: CountingStore) -> None:
    async def test() -> None:
        tails = Tails(store)
        async with tails.watch(["a"], asyncio.Event()) as [first]:
            async with tails.watch(["a"], asyncio.Event()):
                pass
            assert not first.task.cancelling()
        await until(lambda: first.task.done())
        reads = store.reads["a"]
        await asyncio.sleep(0.3)
        assert store.reads["a"] == reads
        async with tails.watch(["a"], asyncio.Event()) as [second]:
            assert second is not first

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
