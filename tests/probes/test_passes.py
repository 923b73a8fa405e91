"""Many masked passes: against the exact mean over all masks, and by what averages must do."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from torch.nn import functional

from dropout_demo.config import Dropout, Layer, RunConfig
from dropout_demo.masks import ElementDropout
from dropout_demo.model import ArticleNet, build
from dropout_demo.probes.passes import (
    averages,
    disagreement,
    entropy,
    masked,
    redrawn_averages,
    scaled_pass,
    windows,
)

RATES = {"flatten": Dropout(0.25), "fc1": Dropout(0.5)}
IMAGES = torch.randn(6, 3, 32, 32, generator=torch.Generator().manual_seed(5))


def stream(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def small_net(dropout: dict[Layer, Dropout] = RATES, **more: object) -> ArticleNet:
    config = RunConfig(width=0.25, dropout=dropout, **more)
    return build(config, stream(1), stream(2)).eval()


def exact_mean(x: torch.Tensor, weight: torch.Tensor, p: float, softmax: bool) -> torch.Tensor:
    """The mean over all 2^n masks of x (n,), each with its probability."""
    total = torch.zeros(len(weight))
    for kept in itertools.product((0, 1), repeat=len(x)):
        chance = math.prod(1 - p if k else p for k in kept)
        scores = weight @ (x * torch.tensor(kept) / (1 - p))
        total += chance * (scores.softmax(0) if softmax else scores)
    return total


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_for_a_linear_layer_the_scaled_pass_is_the_mean_over_all_masks(p: float) -> None:
    x, weight = torch.randn(6, generator=stream()), torch.randn(3, 6, generator=stream(1))
    torch.testing.assert_close(exact_mean(x, weight, p, softmax=False), weight @ x)


def test_masked_passes_approach_the_exact_mean_of_softmaxes_which_scaling_misses() -> None:
    x, weight = torch.randn(6, generator=stream()), 2 * torch.randn(3, 6, generator=stream(1))
    exact = exact_mean(x, weight, 0.5, softmax=True)
    drop = ElementDropout(0.5, stream(3)).train()
    pool = (drop(x.expand(40_000, 6)) @ weight.T).softmax(1).unsqueeze(1)
    mean = averages(pool, 40_000)[0, 0]
    spread = pool[:, 0].std(0) / 200  # of a mean of 40,000
    assert ((mean - exact).abs() < 4 * spread).all()
    assert ((weight @ x).softmax(0) - exact).abs().max() > 10 * spread.max()


@pytest.mark.parametrize(
    ("dropout", "start"),
    [
        (RATES, "flatten"),
        ({"fc1": Dropout(0.5)}, "fc1"),
        ({"input": Dropout(0.0), "conv2": Dropout(0.2, "channel")}, "conv2"),
        ({"fc1": Dropout(0.5, "connect")}, "flatten"),
        ({"input": Dropout(0.2), "logits": Dropout(0.1, "gaussian")}, "input"),
    ],
)
@pytest.mark.parametrize("norm", ["none", "before", "after"])
def test_a_pass_from_where_masks_begin_is_the_whole_networks_pass(
    dropout: dict[Layer, Dropout], start: Layer, norm: str
) -> None:
    net = small_net(dropout, batch_norm=norm)
    told = masked(net, dropout, stream(7))
    assert told.start == start
    own = masked(net, dropout, stream(7)).net
    with torch.inference_mode():
        whole = [functional.softmax(own(IMAGES), 1) for _ in range(2)]
    entering = told.entering(IMAGES)
    torch.testing.assert_close(told.one_pass(entering), whole[0])
    torch.testing.assert_close(told.one_pass(entering), whole[1])
    assert not torch.equal(whole[0], whole[1])


def test_looking_leaves_the_network_as_it_was() -> None:
    net = small_net()
    before = scaled_pass(net, IMAGES)
    told = masked(net, RATES, stream())
    told.one_pass(told.entering(IMAGES))
    assert not net.training
    assert not net.dropout.training
    torch.testing.assert_close(scaled_pass(net, IMAGES), before, rtol=0, atol=0)


def test_averages_are_of_passes_that_no_other_average_holds() -> None:
    pool = torch.rand(7, 4, 10, generator=stream())
    told = averages(pool, 3)
    torch.testing.assert_close(told, torch.stack([pool[:3].mean(0), pool[3:6].mean(0)]))
    torch.testing.assert_close(averages(pool, 1), pool)


def test_redrawn_averages_vary_as_averages_of_new_passes_do() -> None:
    pool = torch.randn(400, 1, 1, generator=stream())
    for size in (1, 4, 25):
        told = redrawn_averages(pool, size, 4_000, stream(1))
        assert told.shape == (4_000, 1, 1)
        assert float(told.std()) == pytest.approx(float(pool.std()) / math.sqrt(size), rel=0.05)


def test_windows_hold_each_network_equally_often() -> None:
    members = torch.eye(5).unsqueeze(-1)
    for size in range(1, 5):
        told = windows(members, size)
        torch.testing.assert_close(told.sum(0), torch.ones(5, 1))
        assert ((told > 0).sum(1) == size).all()
    torch.testing.assert_close(windows(members, 5), torch.full((1, 5, 1), 0.2))


def test_entropy_is_nothing_when_sure_and_most_when_all_are_alike() -> None:
    sure, alike = torch.eye(10)[3], torch.full((10,), 0.1)
    assert float(entropy(sure)) == 0
    assert float(entropy(alike)) == pytest.approx(math.log(10))


def test_passes_that_agree_do_not_disagree_however_unsure() -> None:
    same = torch.full((8, 2, 10), 0.1)
    torch.testing.assert_close(disagreement(same), torch.zeros(2), atol=1e-6, rtol=0)
    split = torch.eye(2).unsqueeze(1)  # two passes, each sure of another class
    assert float(disagreement(split)) == pytest.approx(math.log(2))
