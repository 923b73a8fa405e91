from __future__ import annotations

import pytest

from dropout_demo.config import RunConfig
from dropout_demo.events import Epoch, Failed, Measure, Started, Step
from dropout_demo.store import Store, StoreFull

CONFIG = RunConfig(dataset="shapes", train_size=256, epochs=2)
STARTED = Started(device="cpu", precision="fp32", threads=1, parameters=1, steps=4)
STEP = Step(1, 1, 0.5, 0.25, 100.0)
EPOCH = Epoch(1, Measure(2.3, 0.1), Measure(2.2, 0.15), Measure(2.25, 0.125), 0.5)
TRICK = Failed('he wrote "kind":"epoch" and %_ \\"kind\\":\\"epoch\\"')


@pytest.fixture
def two(store: Store) -> Store:
    store.add([("a", CONFIG), ("b", CONFIG), ("c", CONFIG)], "me")
    for seq, event in enumerate([STARTED, STEP, EPOCH, TRICK], start=1):
        store.append("a", event, seq)
    store.append("b", STARTED, 1)
    return store


def test_events_of_many_runs_are_those_of_each_in_the_order_asked_for(two: Store) -> None:
    found = two.events_of(["b", "a", "c", "nobody"])
    assert list(found) == ["b", "a", "c", "nobody"]
    assert found == {run: two.events(run) for run in found}


def test_events_of_some_kinds_are_those_alone_whatever_a_text_says(two: Store) -> None:
    found = two.events_of(["a", "b"], ["epoch"])
    assert [event["kind"] for event in found["a"]] == ["epoch"]
    assert found["b"] == []
    kinds = [event["kind"] for event in two.events_of(["a"], ["failed", "started"])["a"]]
    assert kinds == ["started", "failed"]


def test_events_of_no_run_are_none(store: Store) -> None:
    assert store.events_of([]) == {}


def test_imported_runs_are_kept_all_or_none(two: Store) -> None:
    event = {"seq": 1, "at": 1.0, "kind": "cancelled"}
    from dropout_demo.store import StoreError

    with pytest.raises(StoreError):
        two.add_imported([("d", CONFIG, "", [event]), ("a", CONFIG, "", [event])], "me")
    assert two.run("d") is None
    assert two.events("d") == []


def test_a_learner_keeps_no_more_imported_runs_than_anybody_may(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dropout_demo.store.event_log.MAX_IMPORTED_AN_OWNER", 3)
    event = {"seq": 1, "at": 1.0, "kind": "cancelled"}
    store.add_imported([("a", CONFIG, "", [event]), ("b", CONFIG, "", [event])], "me")
    with pytest.raises(StoreFull, match=r"You have 2 imported runs and brought 2 more; at most 3"):
        store.add_imported([("c", CONFIG, "", [event]), ("d", CONFIG, "", [event])], "me")
    store.add_imported([("c", CONFIG, "", [event])], "me")
    store.add_imported([("d", CONFIG, "", [event])], "you")
    assert store.count_on_shelf("me") == 3
