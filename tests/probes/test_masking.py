from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional

from dropout_demo.config import LAYERS, Dropout, Layer, RunConfig
from dropout_demo.model import ArticleNet, build
from dropout_demo.probes.masking import (
    Site,
    clean_outputs,
    counted_moments,
    draw,
    expected_moments,
    masked,
    masked_outputs,
    met_by,
    moments,
    surviving,
)
from dropout_demo.probes.variants import with_dropout

SMALL = RunConfig(width=0.125)
RATES = st.floats(0, 0.95)


def stream(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def plain_net(config: RunConfig = SMALL) -> ArticleNet:
    net = build(config, stream(1), stream(2))
    return with_dropout(net, {}, stream())


def images(count: int = 1) -> Tensor:
    return torch.randn(count, 3, 32, 32, generator=stream(3))


def all_masks(units: int, rate: float) -> Iterator[tuple[Tensor, float]]:
    """Every mask there is over so many units, with its probability."""
    for kept in product((False, True), repeat=units):
        dropped = units - sum(kept)
        yield torch.tensor(kept), rate**dropped * (1 - rate) ** (units - dropped)


def enumerated(met: Tensor, site: Site) -> tuple[float, float]:
    """Mean and spread of what leaves a layer, over all its numbers and all masks there are."""
    units = met.shape[1] if site.channels else met.numel()
    mean = square = 0.0
    for kept, probability in all_masks(units, site.rate):
        keep = kept.view(1, -1, 1, 1).expand_as(met) if site.channels else kept.view(met.shape)
        x = met.double() * keep / (1 - site.rate)
        left = functional.max_pool2d(x, 2) if site.before_pool else x
        mean += probability * left.mean().item()
        square += probability * (left**2).mean().item()
    return mean, (square - mean**2) ** 0.5


TINY_LAYERS = [
    pytest.param(torch.tensor([[0.0, 1.5, -2.0, 0.25, 3.0]]), {}, id="dense"),
    pytest.param(torch.rand(1, 2, 2, 2, generator=stream(4)), {}, id="maps"),
    pytest.param(torch.rand(1, 3, 2, 2, generator=stream(5)), {"channels": True}, id="channels"),
    pytest.param(torch.rand(1, 2, 2, 2, generator=stream(6)), {"before_pool": True}, id="windows"),
    pytest.param(
        torch.rand(1, 1, 3, 3, generator=stream(7)), {"before_pool": True}, id="an odd side"
    ),
    pytest.param(
        torch.rand(1, 3, 2, 2, generator=stream(8)),
        {"before_pool": True, "channels": True},
        id="channels before the pool",
    ),
]


@pytest.mark.parametrize("rate", [0.0, 0.25, 0.5, 0.9])
@pytest.mark.parametrize(("met", "how"), TINY_LAYERS)
def test_expected_mean_and_spread_are_those_over_all_masks_there_are(
    met: Tensor, how: dict[str, bool], rate: float
) -> None:
    site = Site("conv1", rate, **how)
    expected = expected_moments(met, site)
    assert (expected.mean, expected.std) == pytest.approx(enumerated(met, site), abs=1e-6)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_a_mask_keeps_each_mean_and_adds_the_variance_of_the_formula(rate: float) -> None:
    x = torch.tensor([[0.5, -1.0, 2.0]])
    site = Site("fc1", rate)
    outcomes = [(masked(x, keep.view(1, 3), site), weight) for keep, weight in all_masks(3, rate)]
    mean = torch.stack([weight * left for left, weight in outcomes]).sum(0)
    variance = torch.stack([weight * (left - x) ** 2 for left, weight in outcomes]).sum(0)
    torch.testing.assert_close(mean, x)
    torch.testing.assert_close(variance, rate / (1 - rate) * x**2)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("channels", [False, True])
def test_a_window_survives_with_the_probability_over_all_masks(rate: float, channels: bool) -> None:
    units = 1 if channels else 4
    chance = sum(
        weight
        for keep, weight in all_masks(units, rate)
        if surviving(keep.view(1, 1, units // 2 or 1, -1).expand(1, 1, 2, 2)).item()
    )
    site = Site("conv1", rate, channels, before_pool=True)
    assert site.window_survival == pytest.approx(chance)
    if not channels:
        assert site.window_survival == pytest.approx(1 - rate**4)


@pytest.mark.parametrize(("met", "how"), TINY_LAYERS)
def test_counting_over_many_masks_comes_close_to_what_is_expected(
    met: Tensor, how: dict[str, bool]
) -> None:
    site = Site("conv1", 0.5, **how)
    *_, counted = counted_moments(met, site, 20_000, stream(9))
    expected = expected_moments(met, site)
    assert counted.mean == pytest.approx(expected.mean, rel=0.03, abs=0.03)
    assert counted.std == pytest.approx(expected.std, rel=0.03)


def test_counting_is_over_as_many_masks_as_asked_for_however_they_are_portioned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    met, site = torch.rand(1, 7, generator=stream()), Site("fc1", 0.5)
    *_, whole = counted_moments(met, site, 200, stream(1))
    everything = masked(met.expand(200, 7), draw(met.expand(200, 7), site, stream(1)), site)
    torch.testing.assert_close(whole.mean, everything.double().mean().item())
    torch.testing.assert_close(whole.std, everything.double().std(correction=0).item())
    monkeypatch.setattr("dropout_demo.probes.masking._CHUNK", 21)
    assert len(list(counted_moments(met, site, 200, stream(1)))) == 67


def test_moments_are_torchs_own() -> None:
    x = torch.randn(1, 50, generator=stream())
    assert moments(x).mean == pytest.approx(x.mean().item(), abs=1e-6)
    assert moments(x).std == pytest.approx(torch.var(x, correction=0).sqrt().item(), abs=1e-6)


@given(low=RATES, high=RATES, seed=st.integers(0, 1_000), channels=st.booleans())
def test_a_higher_rate_drops_what_a_lower_one_drops_and_more(
    low: float, high: float, seed: int, channels: bool
) -> None:
    low, high = sorted((low, high))
    met = torch.ones(1, 5, 4, 4)
    few, many = (draw(met, Site("conv1", p, channels), stream(seed)) for p in (low, high))
    assert not (many & ~few).any()


def test_channels_are_kept_or_dropped_whole() -> None:
    keep = draw(torch.ones(1, 200, 3, 3), Site("conv1", 0.5, channels=True), stream())
    shares = keep.float().mean((2, 3))
    assert set(shares.unique().tolist()) == {0.0, 1.0}


def test_without_a_rate_nothing_changes() -> None:
    net, x = plain_net(), images()
    clean = clean_outputs(net, x)
    for layer in LAYERS:
        site = Site(layer, 0.0)
        met = met_by(net, clean, site)
        left = masked(met, draw(met, site, stream()), site)
        for at, output in masked_outputs(net, clean, site, left).items():
            torch.testing.assert_close(output, clean[at])


@pytest.mark.parametrize("batch_norm", ["none", "before", "after"])
@pytest.mark.parametrize("layer", LAYERS)
def test_scores_under_a_mask_are_those_of_the_network_whose_dropout_draws_it(
    layer: Layer, batch_norm: str
) -> None:
    config = SMALL.model_copy(update={"batch_norm": batch_norm})
    net, x = plain_net(config), images()
    oracle = with_dropout(net, {layer: Dropout(0.5)}, stream(11))
    oracle.dropout.train()
    site = Site(layer, 0.5)
    with torch.no_grad():
        clean = clean_outputs(net, x)
        torch.testing.assert_close(clean["logits"], net(x))
        met = met_by(net, clean, site)
        left = masked(met, draw(met, site, stream(11)), site)
        scores = oracle(x)
        torch.testing.assert_close(masked_outputs(net, clean, site, left)["logits"], scores)


@pytest.mark.parametrize("layer", ["conv1", "conv2", "conv3"])
def test_a_mask_before_the_pool_meets_what_the_pool_would_have_met(layer: Layer) -> None:
    net, x = plain_net(), images()
    clean = clean_outputs(net, x)
    met = met_by(net, clean, Site(layer, 0.5, before_pool=True))
    assert met.min() >= 0
    torch.testing.assert_close(functional.max_pool2d(met, 2), clean[layer])


def test_a_dead_window_leaves_zero_and_a_living_one_the_largest_kept() -> None:
    met = torch.tensor([[[[1.0, 2.0, 5.0, 6.0], [3.0, 4.0, 7.0, 8.0]]]])
    keep = torch.tensor([[[[0, 0, 1, 0], [0, 0, 1, 0]]]], dtype=torch.bool)
    left = masked(met, keep, Site("conv1", 0.5, before_pool=True))
    assert left.flatten().tolist() == [0.0, 14.0]
    assert surviving(keep).flatten().tolist() == [False, True]
