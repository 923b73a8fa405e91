"""Networks evaluated wrongly, against torch's own training mode and weights changed by hand."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from dropout_demo.config import Dropout, RunConfig
from dropout_demo.kinds import BLOCK_SIDE
from dropout_demo.model import ArticleNet, build
from dropout_demo.probes.breaking import (
    first_random,
    kept_shares,
    left_in_training,
    with_factors,
)
from dropout_demo.streams import generator
from dropout_demo.vision import import_torchvision
from tests.probes.test_units import by_hand

pytestmark = pytest.mark.usefixtures("one_thread")

KINDS = {
    "conv1": Dropout(0.2, "block"),
    "conv2": Dropout(0.2, "channel"),
    "flatten": Dropout(0.5, "gaussian"),
    "fc1": Dropout(0.3, "connect"),
    "logits": Dropout(0.1),
}


def network(config: RunConfig, masks: torch.Generator | None = None) -> ArticleNet:
    """A network whose batch normalisation has statistics, in eval mode."""
    net = build(config, generator(0, "weights"), masks or generator(0, "masks"))
    for norm in net.norms.values():
        norm.running_mean.fill_(0.1)
        norm.running_var.fill_(0.5)
    return net.eval()


def config(**changes: object) -> RunConfig:
    return RunConfig.model_validate({"width": 0.25, **changes})


@pytest.fixture(scope="module")
def images() -> Tensor:
    return torch.randn(30, 3, 32, 32, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("batch_norm", ["none", "before", "after"])
def test_left_in_training_is_torchs_training_mode_and_changes_nothing(
    images: Tensor, batch_norm: str
) -> None:
    told = config(dropout=KINDS, batch_norm=batch_norm)
    net = network(told)
    before = copy.deepcopy(net.state_dict())
    modes = [part.training for part in net.modules()]
    forgot = left_in_training(net, told.dropout, torch.Generator().manual_seed(5))
    mine = [forgot(images) for _ in range(2)]
    theirs = network(told, torch.Generator().manual_seed(5)).train()
    for scores in mine:
        assert torch.equal(scores, theirs(images))
    assert not torch.equal(*mine)
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert [part.training for part in net.modules()] == modes
    assert torch.equal(net(images), network(told)(images))


def test_without_masks_and_norms_training_mode_is_evaluation(images: Tensor) -> None:
    net = network(config())
    assert torch.equal(left_in_training(net, {}, torch.Generator())(images), net(images))


def classic(
    net: ArticleNet, keep: dict[str, float], images: Tensor, factor: dict[str, float]
) -> Tensor:
    """Classic dropout's twin, evaluated: next weights divided by `keep`, outputs times `factor`."""
    state = net.state_dict()
    given = by_hand(net, images)
    x = factor["flatten"] * given["flatten"]
    x = torch.relu(x @ (state["fc1.weight"] / keep["flatten"]).T + state["fc1.bias"])
    return factor["fc1"] * x @ (state["logits.weight"] / keep["fc1"]).T + state["logits.bias"]


def test_the_factors_are_those_of_a_network_with_classic_dropout(images: Tensor) -> None:
    told = config(dropout={"flatten": 0.25, "fc1": 0.4})
    net, rates = network(told), {"flatten": 0.25, "fc1": 0.4}
    keep = {layer: 1 - p for layer, p in rates.items()}
    assert kept_shares(net, told.dropout, images, torch.Generator()) == pytest.approx(keep)

    def ours(factors: dict[str, float]) -> Tensor:
        return with_factors(net, {at: (f, told.dropout[at]) for at, f in factors.items()})(images)

    torch.testing.assert_close(classic(net, keep, images, keep), net(images), rtol=1e-4, atol=1e-5)
    forgotten = classic(net, keep, images, {"flatten": 1, "fc1": 1})
    torch.testing.assert_close(
        ours({at: 1 / kept for at, kept in keep.items()}), forgotten, rtol=1e-4, atol=1e-5
    )
    wrong = classic(net, keep, images, rates)
    torch.testing.assert_close(
        ours({at: (1 - kept) / kept for at, kept in keep.items()}), wrong, rtol=1e-4, atol=1e-5
    )
    assert not torch.allclose(forgotten, net(images), atol=1e-3)


def test_factors_change_nothing_of_the_network(images: Tensor) -> None:
    told = config(dropout=KINDS)
    net = network(told)
    before = net(images)
    with_factors(net, {"conv2": (3.0, KINDS["conv2"])})(images)
    assert torch.equal(net(images), before)
    assert set(net.dropout) == set(KINDS)


def test_dropconnects_factor_is_on_the_weights_and_not_on_the_bias(images: Tensor) -> None:
    net = network(config(dropout={"fc1": KINDS["fc1"]}))
    state, flat = net.state_dict(), by_hand(net, images)["flatten"]
    hidden = torch.relu(2 * flat @ state["fc1.weight"].T + state["fc1.bias"])
    expected = functional.linear(hidden, state["logits.weight"], state["logits.bias"])
    scores = with_factors(net, {"fc1": (2.0, KINDS["fc1"])})(images)
    torch.testing.assert_close(scores, expected, rtol=1e-4, atol=1e-5)


def test_blocks_keep_what_torchvision_keeps_and_noise_scales_nothing(images: Tensor) -> None:
    net = network(config(dropout=KINDS))
    shares = kept_shares(net, KINDS, images, torch.Generator().manual_seed(0))
    assert "flatten" not in shares
    assert (shares["conv2"], shares["fc1"], shares["logits"]) == pytest.approx((0.8, 0.7, 0.9))
    ones = torch.ones(2000, 8, 15, 15)
    with torch.random.fork_rng():
        torch.manual_seed(3)
        kept = import_torchvision().ops.drop_block2d(ones, 0.2, BLOCK_SIDE["conv1"]) > 0
    assert shares["conv1"] == pytest.approx(float(kept.double().mean()), abs=0.005)


@pytest.mark.parametrize(
    ("dropout", "layer"),
    [
        ({}, "logits"),
        ({"fc1": Dropout(0.0), "logits": Dropout(0.5)}, "logits"),
        ({"fc1": Dropout(0.5), "flatten": Dropout(0.5)}, "flatten"),
        ({"fc1": Dropout(0.5, "connect")}, "flatten"),
        ({"input": Dropout(0.1)}, "input"),
    ],
)
def test_what_comes_before_the_first_mask_is_the_same_in_every_pass(
    dropout: dict[str, Dropout], layer: str
) -> None:
    assert first_random(dropout) == layer
