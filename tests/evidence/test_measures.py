"""What is kept of the answers about a trained network, asked of a real small one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dropout_demo.config import RunConfig
from dropout_demo.evidence.measures import MEASURES, Measure, Values
from dropout_demo.evidence.values import Told, value_of
from dropout_demo.inside.answers.base import Progress
from dropout_demo.inside.answers.catalogue import ANSWERS
from dropout_demo.inside.breaking import WAYS, BreakQuestion
from dropout_demo.inside.deletion import DeletionQuestion, UnitsQuestion
from dropout_demo.inside.facts import NormsQuestion, ShiftQuestion
from dropout_demo.inside.passes import PassesQuestion
from dropout_demo.inside.questions import Question
from dropout_demo.inside.workbench import Opened, Workbench
from dropout_demo.lessons.cards import cards
from dropout_demo.model import build
from dropout_demo.readings import Result
from dropout_demo.streams import generator
from tests.made_runs import epoch
from tests.serving import prepared_home

SMALLER: dict[str, Question] = {
    "passes": PassesQuestion(passes=5, images=50),
    "breaking": BreakQuestion(),
    "deletion": DeletionQuestion(draws=2),
    "units": UnitsQuestion(),
    "norms": NormsQuestion(),
    "shift": ShiftQuestion(images=50, passes=2),
}
"""The same questions, cheaper: which numbers count does not depend on how many images."""

NET = RunConfig(
    dataset="shapes",
    width=0.125,
    batch_norm="after",
    dropout={"flatten": {"p": 0.25}, "fc1": {"p": 0.25}},  # type: ignore[dict-item]
)


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """By measure, the answer about an untrained network."""
    import torch

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DROPOUT_DEMO_HOME", str(prepared_home(tmp_path_factory)))
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        net = build(NET, generator(0, "weights"), generator(0, "masks")).eval()
        bench, told = Workbench(), {}
        for name, question in SMALLER.items():
            *_, answer = ANSWERS[type(question)](bench, [Opened(net, NET, 1)], question)
            assert not isinstance(answer, Progress)
            told[name] = answer
        torch.set_num_threads(threads)
    return told


@pytest.fixture(scope="module")
def kept(answers: dict[str, dict[str, Any]]) -> dict[str, Values]:
    return {name: MEASURES[name].values(answer) for name, answer in answers.items()}


def test_each_measure_was_asked() -> None:
    assert set(SMALLER) == set(MEASURES)
    assert all(type(SMALLER[name]) is type(of.question) for name, of in MEASURES.items())


def test_what_is_kept_is_small_json(kept: dict[str, Values]) -> None:
    for name, values in kept.items():
        assert json.loads(json.dumps(values, allow_nan=False)) == values, name
        assert len(json.dumps(values)) < 2_500, name


def test_every_value_that_a_card_names_is_kept(kept: dict[str, Values]) -> None:
    run = Told(Result(NET, (epoch(1, 1, 1, 0.5),)), {"loss": 1, "accuracy": 0.5}, kept)
    asked = [
        name
        for card in cards().values()
        for one in card.comparisons
        for name in (one.value, one.minus_value)
        if card.measures and name and "." in name and "@" not in name
    ]
    assert len(asked) > 10
    assert all(isinstance(value_of(run, name), float) for name in asked)


def test_passes_keep_one_masked_pass_all_of_them_and_the_scaled_one(
    answers: dict[str, Any], kept: dict[str, Values]
) -> None:
    answer, values = answers["passes"], kept["passes"]
    assert values["curve_passes"] == [1, 2, 3, 5]
    for name in ("accuracy", "loss", "calibration"):
        assert values[f"one_{name}"] == values[f"curve_{name}"][0] == answer["curve"][0][name][0]
        assert values[f"masked_{name}"] == answer["results"]["masked"][name][0]
        assert values[f"scaled_{name}"] == answer["results"]["scaled"][name][0]
        assert values[f"curve_{name}"][-1] == pytest.approx(values[f"masked_{name}"], abs=1e-6)


def test_breaking_keeps_means_and_spreads_over_passes(
    answers: dict[str, Any], kept: dict[str, Values]
) -> None:
    for way in WAYS:
        accuracy = answers["breaking"]["ways"][way]["accuracy"]
        assert kept["breaking"][f"{way}_accuracy"] == pytest.approx(sum(accuracy) / len(accuracy))
        assert kept["breaking"][f"{way}_range"] == pytest.approx(max(accuracy) - min(accuracy))
    assert kept["breaking"]["right_range"] == 0


def test_deletion_keeps_what_half_and_nine_tenths_of_the_units_cost(
    answers: dict[str, Any], kept: dict[str, Values]
) -> None:
    answer, values = answers["deletion"], kept["deletion"]
    curve = dict(zip(answer["deleted"], values["curve_accuracy"], strict=True))
    units = answer["units"]
    assert values["curve_shares"] == pytest.approx([count / units for count in answer["deleted"]])
    half, most = (min(curve, key=lambda n: abs(n / units - share)) for share in (0.5, 0.9))
    assert values["lost_at_half"] == pytest.approx(curve[0] - curve[half])
    assert values["lost_at_nine_tenths"] == pytest.approx(curve[0] - curve[most])
    assert half == units // 2


def test_units_norms_and_shift_keep_their_numbers_by_name(
    answers: dict[str, Any], kept: dict[str, Values]
) -> None:
    assert kept["units"]["correlation"] == answers["units"]["correlation"]
    assert kept["units"]["dead"] == answers["units"]["dead"] / answers["units"]["units"]
    assert set(kept["norms"]) == {"conv1", "conv2", "conv3", "fc1", "logits"}
    assert kept["norms"]["fc1"] == answers["norms"]["norms"]["fc1"]["mean"]
    assert kept["shift"] == answers["shift"]["ratios"]
    assert set(kept["shift"]) == {"conv1", "conv2", "conv3", "fc1"}


def test_a_measure_is_a_question_and_what_counts_of_its_answer() -> None:
    assert all(isinstance(of, Measure) for of in MEASURES.values())
    assert all(type(of.question) in ANSWERS for of in MEASURES.values())
