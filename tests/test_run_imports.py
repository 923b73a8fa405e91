from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropout_demo.config import MAX_PROBLEMS_TOLD, MAX_RUNS_A_REQUEST, RunConfig
from dropout_demo.data import Data
from dropout_demo.events import Epoch, Event, Failed, Finished, Measure, Started, Step, to_json
from dropout_demo.export import as_json
from dropout_demo.imports import ImportRefused, import_runs, read_export
from dropout_demo.store import Store
from dropout_demo.training import train

CONFIG = RunConfig(dataset="shapes", train_size=256, batch_size=64, epochs=3, seed=5)
MEASURES = (Measure(2.3, 0.1), Measure(0.1 + 0.2, 1 / 3), Measure(2.25, 0.125))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path / 'runs.db'}")
    yield store
    store.close()


def exported(config: RunConfig, *events: Event, status: str = "finished") -> dict[str, Any]:
    """As `GET /api/runs/{id}/export.json` gives it."""
    return {
        "id": "abc",
        "config": config.model_dump(mode="json"),
        "hash": config.hash,
        "status": status,
        "events": [
            {"run": "abc", "seq": seq, "at": 1e9 + seq / 3, **to_json(event)}
            for seq, event in enumerate(events, start=1)
        ],
    }


def started(config: RunConfig = CONFIG) -> Started:
    return Started(device="cpu", precision="fp32", threads=1, parameters=9, steps=config.steps)


def whole(config: RunConfig = CONFIG, epochs: int = 3, best: int = 2) -> list[Event]:
    """A run of 4 steps an epoch, of which some are told."""
    told: list[Event] = [started(config)]
    for epoch in range(1, epochs + 1):
        told += [Step(4 * epoch - 2, epoch, 2.0, 0.5, 1e3), Step(4 * epoch, epoch, 1.0, 0.5, 1e3)]
        told += [Epoch(epoch, *MEASURES, 0.5)]
    return [*told, Finished(MEASURES[2], best, 1.5)]


def fields_of(wrong: Any) -> list[str]:
    """What is told to be wrong, each a sentence."""
    with pytest.raises(ImportRefused) as caught:
        read_export(wrong)
    assert all(str(problem).endswith(".") for problem in caught.value.problems)
    return [problem.field for problem in caught.value.problems]


def test_a_run_that_is_exported_imported_and_exported_again_is_the_same(
    store: Store, quick: Callable[..., RunConfig], small_data: Data, one_thread: None
) -> None:
    config = quick(epochs=2, dropout={"fc1": 0.5}, seed=3)
    store.add([("abc", config)], "teacher")
    for seq, event in enumerate(train(config, small_data), start=1):
        store.append("abc", event, seq)
    (original,) = store.some(["abc"])
    first = json.loads(as_json(original, store.events("abc"))[1])
    (new,) = import_runs(store, "me", first)
    (run,) = store.some([new])
    again = json.loads(as_json(run, store.events(new))[1])
    assert new != "abc"
    assert again["id"] == new
    assert {event["run"] for event in again["events"]} == {new}
    for one in (first, again):
        del one["id"]
        for event in one["events"]:
            del event["run"]
    assert again == first
    assert (run.owner, run.imported, run.status) == ("me", True, "finished")
    assert (run.summary, run.began, run.ended) == (
        original.summary,
        original.began,
        original.ended,
    )


def test_a_comparison_comes_back_with_all_its_runs_in_order(store: Store) -> None:
    runs = [exported(CONFIG.with_seed(k), *whole(CONFIG.with_seed(k))) for k in range(3)]
    ids = import_runs(store, "me", {"query": "seeds=3", "runs": runs})
    assert [run.config.seed for run in store.some(ids)] == [0, 1, 2]
    assert len(store.runs("me")) == 3


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ([Failed("The loss is not finite.")], "failed"),
        ([started(), Step(1, 1, 2.0, 0.5, 1e3), Failed("why\nso")], "failed"),
        (whole()[:4], "cancelled"),
        ([], "cancelled"),
        ([started()], "interrupted"),
    ],
)
def test_a_run_that_ended_early_comes_back_too(
    store: Store, events: list[Event], status: str
) -> None:
    told = exported(CONFIG, *events, status=status)
    if status != "failed":
        seq = len(events) + 1
        told["events"].append({"run": "abc", "seq": seq, "at": 1e9 + seq, "kind": status})
    (run,) = store.some(import_runs(store, "me", told))
    assert run.status == status


def test_a_run_may_be_finished_early_when_it_had_patience() -> None:
    config = RunConfig.parse(CONFIG.model_dump() | {"patience": 1})
    assert read_export(exported(config, *whole(config, epochs=2, best=1)))
    assert fields_of(exported(config, *whole(config, epochs=2, best=2))) == ["events"]
    assert fields_of(exported(CONFIG, *whole(epochs=2, best=1))) == ["events"]


def test_a_run_that_has_not_ended_is_refused_with_what_to_do() -> None:
    told = exported(CONFIG, *whole()[:-1], status="running")
    with pytest.raises(ImportRefused, match="a run that has ended; export it again when it has"):
        read_export(told)


def test_a_name_is_kept_as_plain_text(store: Store) -> None:
    told = exported(CONFIG, *whole()) | {"name": " my \u202e run "}
    (run,) = store.some(import_runs(store, "me", told))
    assert run.name == "my run"
    assert fields_of(told | {"name": "x" * 99}) == ["name"]
    assert fields_of(told | {"name": ["x"]}) == ["name"]


def changed(place: int, **changes: Any) -> dict[str, Any]:
    told = exported(CONFIG, *whole())
    told["events"][place] |= changes
    return told


@pytest.mark.parametrize(
    ("place", "changes", "field"),
    [
        (0, {"kind": "begun"}, "events.0.kind"),
        (0, {"kind": ["started"]}, "events.0.kind"),
        (0, {"threads": 0}, "events.0.threads"),
        (0, {"threads": 1.0}, "events.0.threads"),
        (0, {"threads": True}, "events.0.threads"),
        (0, {"steps": 13}, "events.0.steps"),
        (0, {"device": 3}, "events.0.device"),
        (0, {"device": "\ud800"}, "events.0.device"),
        (0, {"device": "x" * 3_000}, "events.0.device"),
        (0, {"html": "<b>"}, "events.0.html"),
        (1, {"seq": 3}, "events.1.seq"),
        (1, {"seq": 2.0}, "events.1.seq"),
        (0, {"seq": True}, "events.0.seq"),
        (1, {"at": "noon"}, "events.1.at"),
        (1, {"at": -1}, "events.1.at"),
        (1, {"loss": float("nan")}, "events.1.loss"),
        (1, {"loss": float("inf")}, "events.1.loss"),
        (1, {"loss": 10**400}, "events.1.loss"),
        (1, {"loss": -0.5}, "events.1.loss"),
        (1, {"loss": None}, "events.1.loss"),
        (1, {"accuracy": 1.01}, "events.1.accuracy"),
        (1, {"step": 0}, "events.1.step"),
        (1, {"step": 13}, "events.1.step"),
        (3, {"epoch": 4}, "events.3.epoch"),
        (3, {"val": {"loss": 1.0}}, "events.3.val"),
        (3, {"val": {"loss": 1.0, "accuracy": 2}}, "events.3.val.accuracy"),
        (3, {"val": 1}, "events.3.val"),
        (3, {"seconds": -1}, "events.3.seconds"),
        (10, {"best_epoch": 4}, "events.10.best_epoch"),
        (10, {"test": None}, "events.10.test"),
        (3, {"epoch": 2}, "events"),
        (2, {"step": 2}, "events.2"),
        (2, {"epoch": 2}, "events.2"),
        (2, {"step": 5}, "events.2"),
    ],
)
def test_a_value_that_cannot_have_been_is_refused_by_its_place(
    place: int, changes: dict[str, Any], field: str
) -> None:
    assert fields_of(changed(place, **changes)) == [field]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"config": None}, "config"),
        ({"config": {"epochs": 0}}, "config.epochs"),
        ({"config": {"no_such": 1}}, "config.no_such"),
        ({"hash": "0" * 16}, "hash"),
        ({"hash": 3}, "hash"),
        ({"status": "failed"}, "status"),
        ({"events": []}, "events"),
        ({"events": {}}, "events"),
        ({"events": None}, "events"),
    ],
)
def test_a_run_that_does_not_fit_itself_is_refused(changes: dict[str, Any], field: str) -> None:
    assert fields_of(exported(CONFIG, *whole()) | changes) == [field]


@pytest.mark.parametrize(
    "events",
    [
        [*whole(), Finished(MEASURES[0], 1, 1.0)],
        [whole()[-1], *whole()[:-1]],
        whole()[1:],
        [started(), *whole()],
        [*whole()[:3], *whole()[4:]],
        [started(), whole()[-1]],
        [whole()[-1]],
    ],
)
def test_events_out_of_order_are_refused(events: list[Event]) -> None:
    assert fields_of(exported(CONFIG, *events))


@pytest.mark.parametrize("body", [None, 3, "runs", [], [{}], {"runs": {}}, {"runs": []}, {}])
def test_what_is_no_export_is_refused(body: Any) -> None:
    assert fields_of(body)


def test_one_wrong_run_keeps_all_others_out_and_all_problems_are_told(store: Store) -> None:
    wrong = changed(1, loss=-1, accuracy=7)
    body = {"runs": [exported(CONFIG, *whole()), wrong, 3, exported(CONFIG) | {"hash": "x"}]}
    with pytest.raises(ImportRefused) as caught:
        import_runs(store, "me", body)
    assert [problem.field for problem in caught.value.problems] == [
        "runs.1.events.1.loss",
        "runs.1.events.1.accuracy",
        "runs.2",
        "runs.3.hash",
        "runs.3.events",
    ]
    assert store.runs() == []


def test_there_is_an_end_to_the_runs_taken_and_to_the_problems_told() -> None:
    run = exported(CONFIG, *whole())
    assert fields_of({"runs": [run] * (MAX_RUNS_A_REQUEST + 1)}) == ["runs"]
    assert len(fields_of({"runs": [changed(1, loss=-1)] * MAX_RUNS_A_REQUEST})) == MAX_PROBLEMS_TOLD


PLACES = [
    ("events", place, name)
    for place, event in enumerate(exported(CONFIG, *whole())["events"])
    for name in (*event, "new")
] + [(name,) for name in ("config", "hash", "status", "events", "name")]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=5,
)


@given(st.sampled_from(PLACES), VALUES)
def test_any_change_is_refused_in_sentences_or_gives_a_run_that_could_have_been(
    place: tuple[Any, ...], value: Any
) -> None:
    told = copy.deepcopy(exported(CONFIG, *whole()))
    inner: Any = told
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = value
    try:
        (run,) = read_export(told)
    except ImportRefused:
        return  # `fields_of` above looks at the sentences
    assert run.config == CONFIG
    assert [event["kind"] for event in run.events] == [event.kind for event in whole()]
    json.dumps(run.events, allow_nan=False).encode()
