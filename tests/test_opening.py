from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dropout_demo import checkpoints, opening
from dropout_demo.config import RunConfig
from dropout_demo.events import Cancelled, Epoch, Finished, Measure, Started
from dropout_demo.model import ArticleNet, build
from dropout_demo.opening import NotOpen, open_run, openable
from dropout_demo.recorded import FOLDER, recording
from dropout_demo.store import Store
from dropout_demo.streams import generator
from dropout_demo.weights import epochs_in, folder_of

M = Measure(1.0, 0.5)
STARTED = Started("cpu", "fp32", 1, 10, 10)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(f"sqlite:///{tmp_path / 'runs.db'}")


def net_of(config: RunConfig) -> ArticleNet:
    return build(config, generator(config.seed, "weights"), generator(config.seed, "masks"))


@pytest.fixture
def finished(store: Store, quick: Callable[..., RunConfig]) -> Callable[..., RunConfig]:
    """Stores a run that finished, with networks kept after some epochs."""

    def add(
        run: str, kept: tuple[int, ...] = (1, 2), best: int = 2, **changes: object
    ) -> RunConfig:
        config = quick(**changes)
        store.add([(run, config)], "me")
        store.append(run, STARTED, 1)
        for epoch in range(1, config.epochs + 1):
            store.append(run, Epoch(epoch, M, M, M, 1.0), epoch + 1)
        store.append(run, Finished(M, best, 2.0), config.epochs + 2)
        for epoch in kept:
            checkpoints.save(folder_of(run), epoch, net_of(config), config)
        return config

    return add


def test_a_finished_run_opens_at_every_kept_epoch_and_untrained(
    store: Store, finished: Callable[..., RunConfig]
) -> None:
    config = finished("a")
    opened = open_run(store, "a")
    assert opened.epochs == (0, 1, 2)
    assert opened.last == 2
    assert opened.network().epoch == 2
    assert opened.network(0).config == config
    with pytest.raises(NotOpen, match=r"Epoch 7 of this run is not kept; .* epochs 0, 1, 2\."):
        opened.network(7)


def test_after_early_stopping_the_best_epoch_is_the_last(
    store: Store, finished: Callable[..., RunConfig]
) -> None:
    finished("a", kept=(1, 2, 3), best=2, epochs=3, patience=1)
    assert open_run(store, "a").last == 2


def test_without_early_stopping_it_is_the_last_epoch_whichever_was_best(
    store: Store, finished: Callable[..., RunConfig]
) -> None:
    finished("a", kept=(1, 2, 3), best=2, epochs=3)
    assert open_run(store, "a").last == 3


def test_what_cannot_be_opened_says_why(
    store: Store, finished: Callable[..., RunConfig], quick: Callable[..., RunConfig]
) -> None:
    store.add([("waits", quick())], "me")
    store.add([("stopped", quick())], "me")
    store.append("stopped", Cancelled(), 1)
    finished("pruned", kept=(1,))
    told = {}
    for run in ("waits", "stopped", "pruned", "unknown", "../../etc", "recorded-", "recorded-x"):
        with pytest.raises(NotOpen) as error:
            open_run(store, run)
        told[run] = str(error.value)
    assert "is queued" in told["waits"]
    assert "is cancelled" in told["stopped"]
    assert "train it again" in told["pruned"]
    assert told["unknown"] == told["../../etc"] == "There is no run of this id on this server."
    assert told["recorded-"] == told["recorded-x"] == "There is no recorded run of this name."


def test_an_imported_run_has_no_networks(store: Store, quick: Callable[..., RunConfig]) -> None:
    store.add_imported([("b", quick(), "", [{"kind": "cancelled", "seq": 1, "at": 0.0}])], "me")
    with pytest.raises(NotOpen, match="came from a file"):
        open_run(store, "b")


def test_only_runs_that_open_are_listed(
    store: Store, finished: Callable[..., RunConfig], quick: Callable[..., RunConfig]
) -> None:
    finished("a")
    store.add([("b", quick())], "me")
    finished("c", kept=())
    assert [one.run for one in openable(store.runs("me"))] == ["a"]


def test_recorded_runs_of_this_repository_open_with_the_networks_they_ended_with(
    store: Store,
) -> None:
    found = recording("article-pair")
    assert found is not None
    kept = [run for run in found.runs if (opening.weights_of(run.config)).is_dir()]
    for run in kept:
        opened = open_run(store, run.id)
        assert opened.last == run.config.epochs
        ref = opened.network()
        net = checkpoints.load(ref.folder, ref.epoch, ref.config)
        assert sum(weight.numel() for weight in net.parameters()) == 361_034
    assert len(kept) >= 6
    assert {path.name for path in (FOLDER / "weights").iterdir()} == {r.config.hash for r in kept}
    assert all(epochs_in(opening.weights_of(run.config)) for run in kept)
