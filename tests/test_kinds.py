from __future__ import annotations

import math
import threading

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from dropout_demo.config import KINDS_AT, LAYERS, Dropout, Kind, Layer
from dropout_demo.kinds import (
    BLOCK_SIDE,
    BlockDropout,
    ChannelDropout,
    WeightDropout,
    make,
)
from dropout_demo.streams import generator
from dropout_demo.vision import import_torchvision

pytestmark = pytest.mark.usefixtures("one_thread")

RATES = (0.1, 0.25, 0.5, 0.9)
SIGMAS = 5
SHAPES: dict[Layer, tuple[int, ...]] = {
    "input": (40, 3, 32, 32),
    "conv1": (40, 32, 15, 15),
    "conv2": (40, 64, 6, 6),
    "conv3": (40, 128, 2, 2),
    "flatten": (40, 512),
    "fc1": (40, 512),
    "logits": (40, 10),
}
EVERY = [(layer, kind) for layer in LAYERS for kind in KINDS_AT[layer]]
PATCHES = [layer for layer, kind in EVERY if kind == "block"]


def ours(p: float, layer: Layer = "conv1", kind: Kind = "channel", seed: int = 0) -> nn.Module:
    return make(Dropout(p, kind), layer, generator(seed, "masks"))


def positive(shape: tuple[int, ...], seed: int = 1) -> Tensor:
    """Nothing is zero before it drops."""
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed)) + 0.5


@pytest.mark.parametrize(("layer", "kind"), EVERY)
def test_every_kind_repeats_with_its_seed_and_never_twice_in_a_row(
    layer: Layer, kind: Kind
) -> None:
    x = positive(SHAPES[layer])
    one, same, other = (ours(0.5, layer, kind, seed) for seed in (3, 3, 4))
    first = one(x)
    assert first.shape == x.shape
    assert torch.equal(first, same(x))
    assert not torch.equal(first, one(x))
    assert not torch.equal(first, other(x))


@pytest.mark.parametrize(("layer", "kind"), EVERY)
def test_rate_0_and_evaluation_are_the_identity_and_draw_nothing(layer: Layer, kind: Kind) -> None:
    x = positive(SHAPES[layer])
    for module in (ours(0, layer, kind), ours(0.5, layer, kind).eval()):
        before = module.generator.get_state()
        assert module(x) is x
        assert torch.equal(module.generator.get_state(), before)


@pytest.mark.parametrize(("layer", "kind"), EVERY)
@pytest.mark.parametrize("p", RATES)
def test_the_mean_stays(layer: Layer, kind: Kind, p: float) -> None:
    x, module = positive(SHAPES[layer]), ours(p, layer, kind)
    means = torch.stack([module(x).double().mean() for _ in range(60)])
    error = means.mean().item() - x.double().mean().item()
    rim = 0.002 if kind == "block" else 1e-6  # blocks drop the middle more often than the rim
    assert abs(error) < SIGMAS * means.std().item() / math.sqrt(len(means)) + rim


@pytest.mark.parametrize(("layer", "kind"), EVERY)
def test_gradients_pass_as_the_values_did(layer: Layer, kind: Kind) -> None:
    """Every kind multiplies by numbers that do not depend on its input."""
    x = torch.ones(SHAPES[layer], requires_grad=True)
    y = ours(0.4, layer, kind)(x)
    y.sum().backward()
    assert torch.equal(x.grad, y.detach())


@pytest.mark.parametrize(("layer", "kind"), EVERY)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_dtype_and_memory_order_stay_and_torchs_global_stream_too(
    layer: Layer, kind: Kind, dtype: torch.dtype
) -> None:
    x = positive(SHAPES[layer]).to(dtype)
    x = x.to(memory_format=torch.channels_last) if x.dim() == 4 else x
    before = torch.get_rng_state()
    y = ours(0.5, layer, kind)(x)
    assert torch.equal(torch.get_rng_state(), before)
    assert (y.dtype, y.stride()) == (x.dtype, x.stride())


@pytest.mark.parametrize(("layer", "kind"), EVERY)
@pytest.mark.parametrize("p", [1e-300, 2**-40, 1 - 2**-40, 1 - 2**-53])
def test_rates_at_the_edges_give_finite_numbers(layer: Layer, kind: Kind, p: float) -> None:
    assert torch.isfinite(ours(p, layer, kind)(torch.ones(SHAPES[layer]))).all()


@pytest.mark.parametrize("p", RATES)
def test_channels_drop_whole_and_kept_ones_are_scaled(p: float) -> None:
    x = positive(SHAPES["conv1"])
    y = ours(p)(x)
    dropped = (y == 0).all(3).all(2)
    kept = ~dropped[:, :, None, None].expand_as(x)
    torch.testing.assert_close(y[kept], x[kept] / (1 - p), rtol=2**-22, atol=0)
    assert not (y == 0)[kept].any()


@pytest.mark.parametrize("p", RATES)
def test_channels_drop_as_often_and_as_unevenly_as_in_torchs_own_dropout2d(p: float) -> None:
    """Dropped channels an image are binomial, in ours and in torch's."""
    x, images, channels = torch.ones(20_000, 32, 1, 1), 20_000, 32
    for module in (ours(p), nn.Dropout2d(p)):
        counts = (module(x) == 0).flatten(1).sum(1).double()
        share = counts.mean().item() / channels
        assert abs(share - p) < SIGMAS * math.sqrt(p * (1 - p) / (images * channels))
        assert counts.var().item() == pytest.approx(channels * p * (1 - p), rel=0.05)


@pytest.mark.parametrize("layer", PATCHES)
@pytest.mark.parametrize("p", RATES)
def test_blocks_are_torchvisions_drawn_from_our_stream(layer: Layer, p: float) -> None:
    drop_block = import_torchvision().ops.drop_block2d
    x = positive(SHAPES[layer])
    side = {"input": 7, "conv1": 5, "conv2": 3, "conv3": 1}[layer]
    stream = generator(0, "masks")
    with torch.random.fork_rng(devices=[]):
        torch.set_rng_state(stream.get_state())
        theirs = [drop_block(x, p, side) for _ in range(2)]
    module = ours(p, layer, "block")
    for expected in theirs:
        assert torch.equal(module(x), expected)


@pytest.mark.parametrize("layer", PATCHES)
@pytest.mark.parametrize("p", RATES)
def test_what_a_block_dropout_drops_is_made_of_whole_blocks(layer: Layer, p: float) -> None:
    dropped = ours(p, layer, "block")(positive(SHAPES[layer])) == 0
    side = min(BLOCK_SIDE[layer], dropped.shape[2] - (dropped.shape[2] % 2 == 0))
    whole = functional.avg_pool2d(dropped.double(), side, 1) == 1  # a block that dropped whole
    covered = functional.max_pool2d(
        functional.pad(whole.double(), [side - 1] * 4), side, 1
    )  # every place that one of these covers
    assert torch.equal(covered.bool(), dropped)
    assert dropped.any()


@pytest.mark.parametrize("padding", [0, 1])
@pytest.mark.parametrize("layer", PATCHES)
def test_less_than_p_drops_in_blocks_and_kept_numbers_make_up_for_it(
    layer: Layer, padding: int
) -> None:
    side = {"input": 32, "conv1": 15 + padding, "conv2": 6 + 2 * padding, "conv3": 2 + 2 * padding}
    x = torch.ones(100, 16, side[layer], side[layer])
    for p in RATES:
        y = ours(p, layer, "block")(x)
        share = (y == 0).double().mean().item()
        assert 0.6 * p < share < 1.02 * p
        assert y.double().mean().item() == pytest.approx(1, abs=1e-5)
        assert y.max().item() == pytest.approx(1 / (1 - share), rel=1e-4)


def test_blocks_drawn_in_two_threads_do_not_disturb_each_other() -> None:
    x = positive(SHAPES["conv2"])
    alone = [ours(0.3, "conv2", "block", seed) for seed in (0, 1)]
    expected = [[module(x) for _ in range(30)] for module in alone]
    modules = [ours(0.3, "conv2", "block", seed) for seed in (0, 1)]
    got: list[list[Tensor]] = [[], []]

    def draw(at: int) -> None:
        got[at] += [modules[at](x) for _ in range(30)]

    threads = [threading.Thread(target=draw, args=(at,)) for at in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for ones, others in zip(expected, got, strict=True):
        assert all(torch.equal(a, b) for a, b in zip(ones, others, strict=True))


def test_torchs_global_stream_comes_back_when_a_block_fails() -> None:
    before = torch.get_rng_state()
    with pytest.raises(ValueError, match="4 dimensional"):
        BlockDropout(0.5, generator(0, "masks"), 3)(torch.ones(2, 4, 4))
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("p", RATES)
def test_dropped_weights_spread_the_output_as_the_closed_form_says(p: float) -> None:
    """Var of sum(m w x) is p / (1 - p) sum(w^2 x^2); its mean is sum(w x)."""
    weight, x = positive((200, 40), 2) - 1, positive((40,), 3)
    drop = WeightDropout(p, generator(0, "masks"))
    outs = torch.stack([functional.linear(x, drop(weight)) for _ in range(2_000)]).double()
    variance = p / (1 - p) * (weight.double() ** 2 @ x.double() ** 2)
    plain = weight.double() @ x.double()
    z = (outs.mean(0) - plain) / (variance / len(outs)).sqrt()
    assert z.abs().max() < SIGMAS
    assert (outs.var(0) / variance).mean().item() == pytest.approx(1, abs=0.02)


def test_weights_drop_or_are_scaled_exactly() -> None:
    weight = positive((30, 20))
    used = WeightDropout(0.5, generator(0, "masks"))(weight)
    assert ((used == 0) | (used == 2 * weight)).all()
    assert 0.4 < (used == 0).double().mean() < 0.6


def test_printing_a_layer_shows_kind_rate_and_side() -> None:
    assert repr(ours(0.25)) == "ChannelDropout(p=0.25)"
    assert isinstance(ours(0.25), ChannelDropout)
    assert repr(ours(0.25, "conv1", "block")) == "BlockDropout(p=0.25, side=5)"
