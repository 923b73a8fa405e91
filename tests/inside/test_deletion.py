"""Every number of "Take units away", by short scripts over the weights alone."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from dropout_demo.inside.answers.base import Progress
from dropout_demo.inside.answers.deletion import units, without_units
from dropout_demo.inside.deletion import (
    SHARES,
    UNIT_IMAGES,
    UNIT_LAYERS,
    DeletionQuestion,
    UnitsQuestion,
)
from dropout_demo.inside.workbench import Opened, Workbench
from dropout_demo.problems import ConfigError

pytestmark = pytest.mark.usefixtures("one_thread")


def asked(workbench: Workbench, opened: Opened, **fields: Any) -> dict[str, Any]:
    *steps, answer = without_units(workbench, [opened], DeletionQuestion(**fields))
    assert all(isinstance(step, Progress) for step in steps)
    done = [step.done for step in steps]
    assert done == sorted(done)
    partial = [step.partial for step in steps if step.partial]
    assert [len(told["deleted"]) for told in partial] == list(range(1, len(partial) + 1))
    assert partial[-1] == answer
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer
    return answer


def outputs_by_hand(state: dict[str, Tensor], x: Tensor) -> dict[str, Tensor]:
    given = {}
    for name in ("conv1", "conv2", "conv3"):
        x = functional.conv2d(x, state[f"{name}.weight"], state[f"{name}.bias"])
        given[name] = x = functional.max_pool2d(functional.relu(x), 2)
    given["flatten"] = x.flatten(1)
    given["fc1"] = (given["flatten"] @ state["fc1.weight"].T + state["fc1.bias"]).relu()
    return given


def right_of(state: dict[str, Tensor], hidden: Tensor, labels: Tensor) -> float:
    scores = hidden @ state["logits.weight"].T + state["logits.bias"]
    return (scores.argmax(1) == labels).double().mean().item()


@pytest.mark.parametrize("layer", UNIT_LAYERS)
def test_taking_nothing_away_is_the_network_as_it_is(
    workbench: Workbench, opened: Opened, layer: Any
) -> None:
    answer = asked(workbench, opened, layer=layer, draws=1)
    batch = workbench.batch("shapes", UNIT_IMAGES[layer])
    state = opened.net.state_dict()
    hidden = outputs_by_hand(state, batch.images)["fc1"]
    assert answer["deleted"][0] == 0
    [accuracy] = answer["accuracy"][0]
    assert accuracy == pytest.approx(right_of(state, hidden, batch.labels), abs=0.0021)
    assert answer["images"] == len(batch)
    assert answer["deleted"] == sorted({round(k * answer["units"]) for k in SHARES})


@pytest.mark.parametrize("rescaled", [True, False])
def test_accuracy_falls_as_under_numpys_own_choices(
    workbench: Workbench, opened: Opened, rescaled: bool
) -> None:
    answer = asked(workbench, opened, layer="fc1", rescaled=rescaled)
    batch = workbench.batch("shapes", 2_000)
    state = opened.net.state_dict()
    hidden = outputs_by_hand(state, batch.images)["fc1"]
    random = np.random.default_rng(0)
    total = hidden.shape[1]
    for gone, mine in zip(answer["deleted"], answer["accuracy"], strict=True):
        theirs = []
        for _ in range(20 if gone else 1):
            scale = torch.full((total,), total / (total - gone) if rescaled else 1.0)
            scale[random.choice(total, gone, replace=False)] = 0
            theirs.append(right_of(state, hidden * scale, batch.labels))
        assert len(mine) == len(theirs)
        spread = np.var(mine) + np.var(theirs)
        error = math.sqrt(spread / 19) if gone else 0
        assert np.mean(mine) == pytest.approx(np.mean(theirs), abs=5 * error + 0.001), gone


def test_both_networks_lose_the_same_places_and_asking_again_answers_the_same(
    workbench: Workbench, opened: Opened, plain: Opened
) -> None:
    first = asked(workbench, opened, draws=3)
    assert asked(workbench, opened, draws=3) == first
    other = asked(workbench, plain, draws=3)
    assert other["deleted"] == first["deleted"]
    assert other["accuracy"] != first["accuracy"]


@pytest.mark.parametrize("layer", UNIT_LAYERS)
def test_what_units_do_is_numpys(workbench: Workbench, opened: Opened, layer: Any) -> None:
    *_, answer = units(workbench, [opened], UnitsQuestion(layer=layer))
    images = workbench.batch("shapes", UNIT_IMAGES[layer]).images
    output = outputs_by_hand(opened.net.state_dict(), images)[layer].numpy().astype(np.float64)
    values = np.moveaxis(output, 1, 0).reshape(output.shape[1], -1)
    dead = (values <= 0).all(1)
    moving = values[np.ptp(values, axis=1) > 0]
    sizes = np.abs(np.corrcoef(moving))
    off_diagonal = sizes[~np.eye(len(moving), dtype=bool)]
    assert (answer["images"], answer["units"]) == (len(images), len(values))
    assert (answer["dead"], answer["varying"]) == (dead.sum(), len(moving))
    assert answer["mean"] == pytest.approx(values.mean(), rel=1e-4)
    assert answer["active"] == pytest.approx((values > 0).mean(), abs=1e-3)
    assert answer["correlation"] == pytest.approx(off_diagonal.mean(), abs=1e-4)


@pytest.mark.parametrize(
    "raw", [{"layer": "logits"}, {"draws": 0}, {"draws": 101}, {"rescaled": 1}, {"k": 0.5}]
)
def test_foreign_questions_are_checked(raw: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        DeletionQuestion.parse(raw)
