from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch

from dropout_demo.inside import desk
from dropout_demo.inside.answers.base import ProbeError, Progress
from dropout_demo.inside.desk import AT_A_TIME, MOST_QUICK_IN_A_ROW, Desk
from dropout_demo.inside.networks import NetworkRef
from dropout_demo.inside.questions import Question
from dropout_demo.inside.workbench import Opened, Workbench
from tests.inside.conftest import TINY

Said = list[dict[str, Any]]


class Long(Question):
    kind: ClassVar[str] = "long"

    parts: int = 3


class Quick(Question):
    kind: ClassVar[str] = "quick"
    quick: ClassVar[bool] = True


class Wrong(Question):
    kind: ClassVar[str] = "wrong"

    raises: str = "ProbeError"


RAISED = {
    "ProbeError": ProbeError("Nothing can be said of this."),
    "MemoryError": MemoryError(),
    "KeyError": KeyError("a secret"),
}


def in_parts(_: Workbench, opened: Sequence[Opened], question: Long) -> Iterator[Any]:
    for part in range(question.parts):
        yield Progress(part / question.parts, {"part": part})
    yield {"epochs": [one.epoch for one in opened], "threads": torch.get_num_threads()}


def at_once(_: Workbench, opened: Sequence[Opened], question: Quick) -> Iterator[Any]:
    yield {"quick": True}


def raising(_: Workbench, opened: Sequence[Opened], question: Wrong) -> Iterator[Any]:
    raise RAISED[question.raises]
    yield {}


@pytest.fixture
def said() -> Said:
    return []


@pytest.fixture
def sat(workbench: Workbench, said: Said, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk with questions of this test's own."""
    kinds = {question.kind: question for question in (Long, Quick, Wrong)}
    monkeypatch.setattr(desk, "QUESTIONS", kinds)
    answers: dict[type[Question], Callable[..., Iterator[Any]]] = {
        Long: in_parts,
        Quick: at_once,
        Wrong: raising,
    }
    monkeypatch.setattr(desk, "ANSWERS", answers)
    return Desk(said.append)


def asked(number: int, kind: str, *, advance: bool = False, **more: Any) -> dict[str, Any]:
    fields = {"ask": number, "kind": kind, "threads": 1, "advance": advance}
    return fields | {"networks": more.pop("networks", []), "question": more}


def finish(sat: Desk) -> None:
    while sat.busy():
        sat.step()


def test_a_question_is_told_part_by_part_and_ends_in_its_answer(
    sat: Desk, said: Said, weights: Path
) -> None:
    network = NetworkRef(TINY, weights / TINY.hash, 2).to_json()
    sat.take(asked(7, "long", networks=[network, network | {"epoch": 0}]))
    finish(sat)
    assert [told.get("done") for told in said] == [0.0, 0.3333, 0.6667, None]
    assert [told["partial"] for told in said[:3]] == [{"part": 0}, {"part": 1}, {"part": 2}]
    assert said[-1] == {"ask": 7, "answer": {"epochs": [2, 0], "threads": 1}}


def test_a_quick_question_does_not_wait_for_a_long_one(sat: Desk, said: Said) -> None:
    sat.take(asked(1, "long"))
    sat.step()
    sat.take(asked(2, "quick"))
    sat.step()
    assert [told["ask"] for told in said] == [1, 2]
    assert "answer" in said[1]


def test_a_long_question_gets_its_part_however_many_quick_ones_come(sat: Desk, said: Said) -> None:
    sat.take(asked(1, "long", parts=1))
    for number in range(2, 12):
        sat.take(asked(number, "quick"))
    finish(sat)
    order = [told["ask"] for told in said]
    assert order.index(1) == MOST_QUICK_IN_A_ROW
    assert order.count(1) == 2


def test_only_a_few_long_questions_are_begun_at_once(sat: Desk, said: Said) -> None:
    for number in range(1, 7):
        sat.take(asked(number, "long"))
    finish(sat)
    for at in range(len(said)):
        begun = {told["ask"] for told in said[: at + 1]}
        ended = {told["ask"] for told in said[:at] if "answer" in told}
        assert len(begun - ended) <= AT_A_TIME


def test_long_questions_take_turns(sat: Desk, said: Said) -> None:
    sat.take(asked(1, "long"))
    sat.take(asked(2, "long"))
    finish(sat)
    assert [told["ask"] for told in said] == [1, 2] * 4


def test_what_is_asked_in_advance_waits_until_nothing_else_is_to_be_done(
    sat: Desk, said: Said
) -> None:
    sat.take(asked(1, "quick", advance=True))
    sat.take(asked(2, "long"))
    finish(sat)
    assert [told["ask"] for told in said] == [2, 2, 2, 2, 1]


def test_a_question_that_nobody_waits_for_is_dropped(sat: Desk, said: Said) -> None:
    sat.take(asked(1, "long"))
    sat.step()
    sat.take({"cancel": 1})
    sat.take({"cancel": 99})
    assert not sat.busy()
    assert len(said) == 1


@pytest.mark.parametrize(
    ("raises", "sentence"),
    [
        ("ProbeError", "Nothing can be said of this."),
        ("MemoryError", "There is not enough memory for this; try fewer images or passes."),
        ("KeyError", "An error of the program ended this; see the server's log."),
    ],
)
def test_what_goes_wrong_is_one_sentence_and_the_next_question_is_answered(
    sat: Desk, said: Said, raises: str, sentence: str
) -> None:
    sat.take(asked(1, "wrong", raises=raises))
    sat.take(asked(2, "quick"))
    finish(sat)
    assert {"ask": 1, "error": sentence} in said
    assert {"ask": 2, "answer": {"quick": True}} in said


def test_a_network_that_is_not_there_is_a_sentence(sat: Desk, said: Said, tmp_path: Path) -> None:
    sat.take(asked(1, "long", networks=[NetworkRef(TINY, tmp_path, 2).to_json()]))
    finish(sat)
    assert said == [
        {
            "ask": 1,
            "error": "The weights after epoch 2 are not kept any more; train the run again: "
            "the same seed gives the same network.",
        }
    ]
