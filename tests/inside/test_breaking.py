"""Every number of "Break it", by short scripts over the weights alone."""

from __future__ import annotations

import copy
import json
import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from dropout_demo.config import RunConfig
from dropout_demo.inside.answers.base import ProbeError, Progress
from dropout_demo.inside.answers.breaking import broken
from dropout_demo.inside.breaking import WAY_WORDS, WAYS, BreakQuestion
from dropout_demo.inside.workbench import Opened, Workbench
from dropout_demo.problems import ConfigError

pytestmark = pytest.mark.usefixtures("one_thread")

P = 0.25  # of the tiny network, at both places


def asked(workbench: Workbench, opened: Opened, **fields: Any) -> dict[str, Any]:
    *steps, answer = broken(workbench, [opened], BreakQuestion(**fields))
    assert all(isinstance(step, Progress) for step in steps)
    done = [step.done for step in steps]
    assert done == sorted(done)
    json.dumps(answer, allow_nan=False)
    return answer


def flat_by_hand(state: dict[str, Tensor], x: Tensor) -> Tensor:
    for name in ("conv1", "conv2", "conv3"):
        x = functional.conv2d(x, state[f"{name}.weight"], state[f"{name}.bias"])
        x = functional.max_pool2d(functional.relu(x), 2)
    return x.flatten(1)


def scores_by_hand(state: dict[str, Tensor], flat: Tensor, dropout: Any) -> Tensor:
    """`dropout` is what happens to the outputs of flatten and of fc1."""
    x = functional.linear(dropout(flat), state["fc1.weight"], state["fc1.bias"])
    x = dropout(functional.relu(x))
    return functional.linear(x, state["logits.weight"], state["logits.bias"])


def measured(scores: Tensor, labels: Tensor) -> tuple[float, float]:
    chosen = scores.log_softmax(1)[torch.arange(len(labels)), labels]
    return (scores.argmax(1) == labels).double().mean().item(), -chosen.double().mean().item()


def test_ways_without_masks_are_the_weights_with_one_factor(
    workbench: Workbench, opened: Opened
) -> None:
    answer = asked(workbench, opened)
    batch, state = workbench.batch("shapes", 2_000), opened.net.state_dict()
    flat, labels = flat_by_hand(state, batch.images), batch.labels
    factors = {"right": 1, "unscaled": 1 / (1 - P), "wrong": P / (1 - P), "twice": 1 - P}
    for way, factor in factors.items():

        def times(x: Tensor, factor: float = factor) -> Tensor:
            return x * factor

        accuracy, loss = measured(scores_by_hand(state, flat, times), labels)
        assert answer["ways"][way]["accuracy"] == [pytest.approx(accuracy, abs=0.0011)], way
        assert answer["ways"][way]["loss"] == [pytest.approx(loss, rel=1e-4)], way
    assert answer["images"] == 2_000
    assert answer["kept"] == {"flatten": 1 - P, "fc1": 1 - P}


def test_ways_with_masks_are_as_torchs_own_dropout_in_mean_and_spread(
    workbench: Workbench, opened: Opened
) -> None:
    answer = asked(workbench, opened, passes=20)
    batch, state = workbench.batch("shapes", 2_000), opened.net.state_dict()
    flat, labels = flat_by_hand(state, batch.images), batch.labels

    def masked(x: Tensor) -> Tensor:
        return functional.dropout(x, P)

    right = scores_by_hand(state, flat, lambda x: x)
    with torch.random.fork_rng():
        torch.manual_seed(7)
        theirs = {
            "training": [measured(scores_by_hand(state, flat, masked), labels) for _ in range(20)],
            "scores": [measured(functional.dropout(right, P), labels) for _ in range(20)],
        }
    for way, expected in theirs.items():
        for at, name in enumerate(("accuracy", "loss")):
            mine, other = answer["ways"][way][name], [told[at] for told in expected]
            error = math.sqrt((np.var(mine, ddof=1) + np.var(other, ddof=1)) / 20)
            assert np.mean(mine) == pytest.approx(np.mean(other), abs=5 * error), (way, name)
            assert 1 / 3 < np.std(mine) / np.std(other) < 3, (way, name)
            assert len(set(mine)) > 1


def test_without_dropout_only_masks_on_scores_change_anything(
    workbench: Workbench, plain: Opened
) -> None:
    answer = asked(workbench, plain)
    assert (answer["kept"], answer["masks"]) == ({}, False)
    ways = answer["ways"]
    assert all(ways[way] == ways["right"] for way in WAYS if way != "scores")
    assert max(ways["scores"]["accuracy"]) < ways["right"]["accuracy"][0]


def with_batch_norm(plain: Opened) -> Opened:
    """The plain network with normalisation whose statistics are not those of any batch."""
    from dropout_demo.model import build
    from dropout_demo.streams import generator

    config = plain.config.model_copy(update={"batch_norm": "after"})
    net = build(config, generator(0, "weights"), generator(0, "masks"))
    net.load_state_dict(plain.net.state_dict(), strict=False)
    return Opened(net.eval(), config, 2)


def test_batch_norm_in_training_mode_goes_by_each_batch_of_100(
    workbench: Workbench, plain: Opened
) -> None:
    opened = with_batch_norm(plain)
    answer = asked(workbench, opened)
    ways, state = answer["ways"], opened.net.state_dict()
    batch = workbench.batch("shapes", 2_000)
    scores = []
    for x in batch.images.split(answer["batch"]):
        for name in ("conv1", "conv2", "conv3"):
            x = functional.conv2d(x, state[f"{name}.weight"], state[f"{name}.bias"])
            x = functional.max_pool2d(x.relu(), 2)
            mean, var = x.mean((0, 2, 3), keepdim=True), x.var((0, 2, 3), False, keepdim=True)
            x = (x - mean) / (var + 1e-5).sqrt()
        x = functional.linear(x.flatten(1), state["fc1.weight"], state["fc1.bias"]).relu()
        x = (x - x.mean(0)) / (x.var(0, False) + 1e-5).sqrt()
        scores.append(functional.linear(x, state["logits.weight"], state["logits.bias"]))
    accuracy, loss = measured(torch.cat(scores), batch.labels)
    assert ways["training"]["accuracy"] == [pytest.approx(accuracy, abs=0.0011)]
    assert ways["training"]["loss"] == [pytest.approx(loss, rel=1e-3)]
    assert ways["training"] != ways["right"]
    assert ways["unscaled"] == ways["wrong"] == ways["twice"] == ways["right"]


@pytest.mark.parametrize("batch_norm", ["none", "before", "after"])
def test_every_kind_of_dropout_can_be_broken(workbench: Workbench, batch_norm: str) -> None:
    kinds = {
        "input": {"p": 0.1, "kind": "channel"},
        "conv1": {"p": 0.1, "kind": "block"},
        "flatten": {"p": 0.5, "kind": "gaussian"},
        "fc1": {"p": 0.3, "kind": "connect"},
    }
    config = RunConfig.parse(
        {"dataset": "shapes", "width": 0.125, "dropout": kinds, "batch_norm": batch_norm}
    )
    untrained = workbench.open(config, "", 0)
    answer = asked(workbench, untrained, passes=2)
    assert set(answer["kept"]) == {"input", "conv1", "fc1"}
    ways = answer["ways"]
    assert [len(ways[way]["loss"]) for way in WAYS] == [1, 2, 1, 1, 1, 2]
    assert len({told["loss"][0] for told in ways.values()}) == len(WAYS)


def test_asking_changes_nothing_and_asking_again_answers_the_same(
    workbench: Workbench, opened: Opened
) -> None:
    before = copy.deepcopy(opened.net.state_dict())
    first = asked(workbench, opened, passes=3)
    assert asked(workbench, opened, passes=3) == first
    assert not any(part.training for part in opened.net.modules())
    assert all(torch.equal(value, before[name]) for name, value in opened.net.state_dict().items())


def test_a_diverged_network_is_said_to_be_one(workbench: Workbench, opened: Opened) -> None:
    net = copy.copy(opened.net)
    net._modules = dict(net._modules)
    net.logits = torch.nn.Linear(net.logits.in_features, 10)
    torch.nn.init.constant_(net.logits.bias, math.nan)
    with pytest.raises(ProbeError, match="diverged"):
        list(broken(workbench, [Opened(net, opened.config, 2)], BreakQuestion(passes=1)))


@pytest.mark.parametrize("raw", [{"passes": 0}, {"passes": 101}, {"scores_rate": 1.0}, {"x": 1}])
def test_foreign_questions_are_checked(raw: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        BreakQuestion.parse(raw)


def test_every_way_has_its_words() -> None:
    assert tuple(WAY_WORDS) == WAYS
