from __future__ import annotations

import math

import pytest
import torch
from scipy.stats import kstest, norm

from dropout_demo.masks import ElementDropout, GaussianDropout, keep_mask, normals
from dropout_demo.streams import generator

RATES = (0.1, 0.25, 0.5, 0.9)
SIZE = 400_000
SIGMAS = 5  # a true dropout is out of these bounds once in two million draws; seeds are fixed


def ours(p: float, seed: int = 0) -> ElementDropout:
    return ElementDropout(p, generator(seed, "masks"))


@pytest.mark.parametrize("p", RATES)
def test_elements_are_dropped_as_often_as_by_torchs_own_dropout(p: float) -> None:
    x = torch.ones(SIZE)
    bound = SIGMAS * math.sqrt(p * (1 - p) / SIZE)
    torchs = torch.nn.functional.dropout(x, p)
    for dropped in ((ours(p)(x) == 0), (torchs == 0)):
        assert abs(dropped.double().mean().item() - p) < bound


@pytest.mark.parametrize("p", RATES)
def test_kept_elements_keep_the_mean(p: float) -> None:
    x = torch.randn(SIZE, generator=torch.Generator().manual_seed(1)) + 2
    error = (ours(p)(x).double() - x).mean().item()
    spread = math.sqrt(p / (1 - p) * x.double().square().mean().item() / SIZE)
    assert abs(error) < SIGMAS * spread


@pytest.mark.parametrize("p", RATES)
def test_kept_elements_are_scaled_by_one_over_the_share_kept(p: float) -> None:
    x = torch.randn(10_000, generator=torch.Generator().manual_seed(1))
    y = ours(p)(x)
    kept = y != 0
    torch.testing.assert_close(y[kept], x[kept] / (1 - p), rtol=2**-22, atol=0)
    if p == 0.5:
        assert torch.equal(y[kept], 2 * x[kept])


def test_neighbouring_elements_are_dropped_independently() -> None:
    p = 0.5
    kept = keep_mask(torch.ones(SIZE), p, generator(3, "masks")).double() - (1 - p)
    for distance in (1, 2, 3, 64):
        correlation = (kept[:-distance] * kept[distance:]).mean().item() / (p * (1 - p))
        assert abs(correlation) < SIGMAS / math.sqrt(SIZE)


def test_every_draw_is_another_mask() -> None:
    layer, x = ours(0.5), torch.ones(1_000)
    assert not torch.equal(layer(x), layer(x))


def test_a_seed_gives_the_same_masks_again() -> None:
    x = torch.ones(7, 13)
    for _ in range(2):
        assert torch.equal(ours(0.3, seed=5)(x), ours(0.3, seed=5)(x))
    assert not torch.equal(ours(0.3, seed=5)(x), ours(0.3, seed=6)(x))


def test_a_mask_follows_the_order_in_memory() -> None:
    """Channels-last input draws the mask of the same memory, contiguous: no copy, same bits."""
    contiguous = torch.randn(4, 5, 6, 3, generator=torch.Generator().manual_seed(1))
    channels_last = contiguous.permute(0, 3, 1, 2)
    assert channels_last.is_contiguous(memory_format=torch.channels_last)
    dropped = ours(0.4)(channels_last)
    assert dropped.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(dropped, ours(0.4)(contiguous).permute(0, 3, 1, 2))


@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 3), (0,), (5, 1, 7)])
def test_any_shape_is_kept_even_one_of_an_odd_number_of_elements(shape: tuple[int, ...]) -> None:
    assert ours(0.5)(torch.ones(shape)).shape == shape


def test_a_view_with_gaps_is_masked_whole() -> None:
    x = torch.ones(1_000, 20)[:, ::2]
    share = (ours(0.5)(x) == 0).double().mean().item()
    assert abs(share - 0.5) < SIGMAS * 0.5 / math.sqrt(x.numel())


def test_rate_0_draws_nothing_and_returns_its_input() -> None:
    layer, x = ours(0.0), torch.randn(100)
    before = layer.generator.get_state()
    assert layer(x) is x
    assert torch.equal(layer.generator.get_state(), before)


def test_evaluation_is_the_identity_and_draws_nothing() -> None:
    layer, x = ours(0.5).eval(), torch.randn(100)
    before = layer.generator.get_state()
    assert layer(x) is x
    assert torch.equal(layer.generator.get_state(), before)


def test_torchs_global_stream_is_left_alone() -> None:
    before = torch.get_rng_state()
    ours(0.5)(torch.ones(100))
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64])
def test_the_dtype_is_kept(dtype: torch.dtype) -> None:
    y = ours(0.5)(torch.ones(1_000, dtype=dtype))
    assert y.dtype == dtype
    assert set(y.tolist()) == {0.0, 2.0}


def test_a_gradient_passes_where_an_element_was_kept_and_is_scaled_alike() -> None:
    x = torch.ones(1_000, requires_grad=True)
    y = ours(0.25)(x)
    y.sum().backward()
    assert torch.equal(x.grad, y.detach())


@pytest.mark.parametrize("p", [1e-300, 2**-40, 1 - 2**-40, 1 - 2**-53])
def test_rates_at_the_edges_give_finite_numbers(p: float) -> None:
    assert torch.isfinite(ours(p)(torch.ones(10_000))).all()


def test_printing_a_layer_shows_its_rate() -> None:
    assert repr(ours(0.25)) == "ElementDropout(p=0.25)"


def gaussian(p: float, seed: int = 0) -> GaussianDropout:
    return GaussianDropout(p, generator(seed, "masks"))


@pytest.mark.parametrize("p", RATES)
def test_gaussian_dropout_multiplies_by_normal_draws_of_mean_1_and_variance_of_dropouts(
    p: float,
) -> None:
    factor = gaussian(p)(torch.ones(SIZE)).double().numpy()
    assert kstest(factor, norm(1, math.sqrt(p / (1 - p))).cdf).pvalue > 1e-3


def test_gaussian_dropout_multiplies_whatever_goes_in() -> None:
    x = torch.randn(50, 8, generator=torch.Generator().manual_seed(1))
    factor = gaussian(0.3)(torch.ones(50, 8))
    torch.testing.assert_close(gaussian(0.3)(x), x * factor, rtol=1e-6, atol=0)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_gaussian_dropout_draws_full_precision_whatever_the_dtype(dtype: torch.dtype) -> None:
    y = gaussian(0.5)(torch.ones(1_000, dtype=dtype))
    assert y.dtype == dtype
    assert torch.equal(y, gaussian(0.5)(torch.ones(1_000)).to(dtype))


def test_normal_draws_follow_the_order_in_memory() -> None:
    contiguous = torch.empty(4, 5, 6, 3)
    channels_last = contiguous.permute(0, 3, 1, 2)
    drawn = normals(channels_last, generator(0, "noise"))
    assert drawn.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(drawn, normals(contiguous, generator(0, "noise")).permute(0, 3, 1, 2))
