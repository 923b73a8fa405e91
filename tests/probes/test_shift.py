"""Variance shift against layers written out by hand, and against what theory says of dropout."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from dropout_demo.config import Dropout, RunConfig
from dropout_demo.model import ArticleNet, build
from dropout_demo.probes.shift import shift, variances
from dropout_demo.streams import generator

pytestmark = pytest.mark.usefixtures("one_thread")

NORMS = {"conv1", "conv2", "conv3", "fc1"}


def network(**changes: object) -> ArticleNet:
    config = RunConfig.model_validate({"width": 0.125, "batch_norm": "after", **changes})
    return build(config, generator(0, "weights"), generator(0, "masks")).eval()


def images(count: int = 16) -> torch.Tensor:
    return torch.randn(count, 3, 32, 32, generator=torch.Generator().manual_seed(1))


def test_the_first_norms_variance_is_numpys_of_the_first_layer_by_hand() -> None:
    net, x = network(), images()
    maps = functional.conv2d(x, net.conv1.weight, net.conv1.bias)
    entering = functional.relu(functional.max_pool2d(maps, 2)).detach().numpy()
    expected = entering.transpose(1, 0, 2, 3).reshape(len(entering[0]), -1).var(axis=1, ddof=1)
    np.testing.assert_allclose(variances(net, x)["conv1"].numpy(), expected, rtol=1e-4)


@pytest.mark.parametrize("place", ["before", "after"])
def test_dropout_of_rate_zero_shifts_nothing_at_all(place: str) -> None:
    net = network(batch_norm=place)
    nothing = {"conv1": Dropout(0.0), "flatten": Dropout(0.0), "fc1": Dropout(0.0)}
    for dropout in ({}, nothing):
        assert shift(net, dropout, images(), generator(0, "masks"), 3) == dict.fromkeys(NORMS, 1.0)  # type: ignore[arg-type]


def test_masks_behind_a_norm_do_not_shift_it() -> None:
    net = network(batch_norm="before")
    told = shift(net, {"fc1": Dropout(0.5)}, images(), generator(0, "masks"), 3)
    assert told == dict.fromkeys(NORMS, 1.0)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_masks_right_before_a_norm_shift_it_as_theory_says(rate: float) -> None:
    """Of x under inverted dropout: variance (var + p mean^2) / (1 - p), for each unit."""
    net, x = network(), images(200)
    with torch.no_grad():
        net.fc1.bias.fill_(0.5)  # every unit is active, so that few images tell its variance
    told = shift(net, {"fc1": Dropout(rate)}, x, generator(0, "masks"), 10)
    entering = []
    hook = net.norms["fc1"].register_forward_pre_hook(lambda _, given: entering.append(given[0]))
    with torch.inference_mode():
        net(x)
    hook.remove()
    var, mean = entering[0].double().var(dim=0), entering[0].double().mean(dim=0)
    there = var > 0
    under_masks = (var + rate * mean**2) / (1 - rate)
    expected = float((var[there] / under_masks[there]).mean())
    assert told["fc1"] == pytest.approx(expected, rel=0.05)
    assert told["fc1"] < 1 - rate / 2
    assert {told[layer] for layer in NORMS - {"fc1"}} == {1.0}


def test_a_channel_that_masks_leave_without_spread_counts_for_nothing() -> None:
    net = network()
    with torch.no_grad():
        net.fc1.weight[0] = 0
        net.fc1.bias[0] = -1.0  # dead: 0 for every image, masked or not
    told = shift(net, {"fc1": Dropout(0.5)}, images(), generator(0, "masks"), 2)
    assert 0 < told["fc1"] < 1


def test_looking_leaves_the_network_as_it_was() -> None:
    net, x = network(dropout={"fc1": {"p": 0.5}}), images()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    scores = net(x)
    shift(net, {"fc1": Dropout(0.5)}, x, generator(0, "masks"), 2)
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert not any(part.training for part in net.modules())
    assert not any(norm._forward_pre_hooks for norm in net.norms.values())
    assert torch.equal(net(x), scores)


def test_the_same_masks_give_the_same_numbers() -> None:
    net = network()
    told = [shift(net, {"fc1": Dropout(0.5)}, images(), generator(7, "masks"), 2) for _ in range(2)]
    assert told[0] == told[1]
