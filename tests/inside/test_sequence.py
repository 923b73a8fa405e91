"""The recurrent experiment asked as a question, without a trained network."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from dropout_demo.inside.answers.base import Progress
from dropout_demo.inside.answers.sequence import sequence
from dropout_demo.inside.desk import Desk
from dropout_demo.inside.sequence import SequenceQuestion
from dropout_demo.inside.workbench import Workbench
from dropout_demo.problems import ConfigError
from dropout_demo.sequences.training import train

pytestmark = pytest.mark.usefixtures("one_thread")


def asked(question: SequenceQuestion) -> list[dict[str, Any]]:
    """All that a desk says of it, as the prober runs it."""
    said: list[dict[str, Any]] = []
    desk = Desk(said.append)
    message = {"ask": 1, "kind": question.kind, "networks": [], "threads": 1, "advance": False}
    desk.take(message | {"question": question.model_dump(mode="json")})
    while desk.busy():
        desk.step()
    return said


def test_a_desk_answers_it_without_networks_with_the_numbers_of_plain_training() -> None:
    said = asked(SequenceQuestion(arm="every_step", seed=3, epochs=2))
    answer = said[-1]["answer"]
    told = [one for one in train("every_step", 3, epochs=2) if one is not None]
    assert answer["curve"] == [
        [round(x, 6) for x in (one.train_clean, one.val, one.val_memory)] for one in told
    ]
    assert (answer["arm"], answer["seed"], answer["epochs"]) == ("every_step", 3, 2)
    partial = [one["partial"]["curve"] for one in said[:-1]]
    assert partial
    assert all(curve == answer["curve"][: len(curve)] for curve in partial)
    done = [one["done"] for one in said[:-1]]
    assert done == sorted(done)


def test_it_lets_others_in_and_can_be_left_at_any_time() -> None:
    work = sequence(Workbench(), [], SequenceQuestion(epochs=60))
    with torch.inference_mode():
        assert isinstance(next(work), Progress)
        assert torch.is_inference_mode_enabled()  # nothing of ours is left set
    work.close()
    assert not torch.is_inference_mode_enabled()


@pytest.mark.parametrize(
    "wrong", [{"arm": "cell"}, {"epochs": 101}, {"epochs": 0}, {"rate": 0.95}, {"seed": -1}]
)
def test_what_is_out_of_bounds_is_refused_with_a_reason(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        SequenceQuestion.parse(wrong)
