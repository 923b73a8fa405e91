from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional

from dropout_demo.config import LAYERS, Dropout, Layer, RunConfig
from dropout_demo.model import ArticleNet, build, last_side, parameter_count, scaled
from dropout_demo.streams import generator


def net_of(config: RunConfig) -> ArticleNet:
    return build(config, generator(config.seed, "weights"), generator(config.seed, "masks"))


def pictures(count: int = 4) -> torch.Tensor:
    return torch.randn(count, 3, 32, 32, generator=torch.Generator().manual_seed(9))


def plain_article() -> nn.Sequential:
    """The article's network as its text has it: ReLU before the pool."""
    return nn.Sequential(
        *(nn.Conv2d(3, 32, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(64, 128, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10)),
    )


def with_weights_of(net: ArticleNet) -> nn.Sequential:
    plain = plain_article()
    plain.load_state_dict(dict(zip(plain.state_dict(), net.state_dict().values(), strict=True)))
    return plain


def outputs(net: ArticleNet, images: torch.Tensor) -> dict[str, torch.Tensor]:
    """What stands at each of the seven layers, dropout included."""
    seen: dict[str, torch.Tensor] = {}
    for layer, module in net.dropout.items():
        module.register_forward_hook(
            lambda _m, _i, out, layer=layer: seen.__setitem__(layer, out.detach())
        )
    net(images)
    return seen


@pytest.mark.parametrize("preset", ["article", "article-baseline"])
def test_the_articles_network_has_exactly_361_034_parameters(preset: str) -> None:
    assert parameter_count(net_of(RunConfig.preset(preset))) == 361_034
    assert parameter_count(plain_article()) == 361_034


def test_pooling_before_relu_is_the_same_function_and_has_the_same_gradients() -> None:
    net = net_of(RunConfig())
    plain = with_weights_of(net)
    assert torch.equal(net(pictures()), plain(pictures()))
    for one in (net, plain):
        functional.cross_entropy(one(pictures()), torch.arange(4)).backward()
    for ours, theirs in zip(net.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize(("padding", "flat"), [(0, 512), (1, 2_048)])
def test_padding_sets_what_is_flattened(padding: int, flat: int) -> None:
    net = net_of(RunConfig(padding=padding))
    assert net.fc1.in_features == flat == 128 * last_side(padding) ** 2
    assert net(pictures()).shape == (4, 10)


@pytest.mark.parametrize(
    ("width", "sizes"),
    [(0.125, (4, 8, 16, 64)), (1, (32, 64, 128, 512)), (1.5, (48, 96, 192, 768)),
     (4, (128, 256, 512, 2_048))],
)  # fmt: skip
def test_width_multiplies_every_hidden_layer(width: float, sizes: tuple[int, ...]) -> None:
    net = net_of(RunConfig(width=width))
    layers: list[Any] = [net.conv1, net.conv2, net.conv3]
    assert (*(layer.out_channels for layer in layers), net.fc1.out_features) == sizes
    assert net(pictures(2)).shape == (2, 10)


def test_a_layer_has_at_least_one_unit() -> None:
    assert scaled(32, 0.001) == 1


def test_conv3_and_flatten_hold_the_same_numbers() -> None:
    net = net_of(RunConfig(dropout={layer: Dropout(0) for layer in ("conv3", "flatten")}))
    seen = outputs(net, pictures())
    assert seen["conv3"].shape == (4, 128, 2, 2)
    assert torch.equal(seen["conv3"].flatten(1), seen["flatten"])


def test_dropout_stands_at_each_layers_output_with_its_shape() -> None:
    net = net_of(RunConfig(dropout={layer: Dropout(0) for layer in LAYERS}))
    assert {layer: tuple(x.shape[1:]) for layer, x in outputs(net, pictures()).items()} == {
        "input": (3, 32, 32),
        "conv1": (32, 15, 15),
        "conv2": (64, 6, 6),
        "conv3": (128, 2, 2),
        "flatten": (512,),
        "fc1": (512,),
        "logits": (10,),
    }


def test_what_dropout_sees_behind_a_hidden_layer_was_rectified() -> None:
    net = net_of(RunConfig(dropout={layer: Dropout(0) for layer in LAYERS}))
    seen = outputs(net, pictures())
    assert all((seen[layer] >= 0).all() for layer in ("conv1", "conv2", "conv3", "flatten", "fc1"))
    assert (seen["logits"] < 0).any()


@pytest.mark.parametrize("layer", LAYERS)
def test_dropout_at_a_layer_acts_in_training_and_not_in_evaluation(layer: Layer) -> None:
    net, plain = net_of(RunConfig(dropout={layer: Dropout(0.5)})), net_of(RunConfig())
    assert not torch.equal(net(pictures()), plain(pictures()))
    assert torch.equal(net.eval()(pictures()), plain.eval()(pictures()))


def test_dropout_at_the_scores_drops_scores() -> None:
    net, plain = net_of(RunConfig(dropout={"logits": Dropout(0.5)})), net_of(RunConfig())
    scores, whole = net(pictures(50)), plain(pictures(50))
    assert torch.equal(scores[scores != 0], 2 * whole[scores != 0])
    assert 0.3 < (scores == 0).double().mean() < 0.7


@pytest.mark.parametrize("layer", LAYERS)
def test_rate_0_is_the_plain_network_to_the_last_bit(layer: Layer) -> None:
    net, plain = net_of(RunConfig(dropout={layer: Dropout(0.0)})), net_of(RunConfig())
    assert torch.equal(net(pictures()), plain(pictures()))


def test_the_arms_of_a_pair_start_from_identical_weights() -> None:
    config = RunConfig.preset("article", seed=3)
    weights = net_of(config).state_dict()
    twin = net_of(config.without_dropout()).state_dict()
    assert weights.keys() == twin.keys()
    assert all(torch.equal(weights[name], twin[name]) for name in weights)


def test_another_seed_starts_from_other_weights() -> None:
    one, other = net_of(RunConfig(seed=0)), net_of(RunConfig(seed=1))
    assert not torch.equal(one.conv1.weight, other.conv1.weight)


def test_weights_are_drawn_as_torch_draws_its_own() -> None:
    """Uniform within 1/sqrt(fan in): bounds reached, never passed, spread as torch's."""
    net, torchs = net_of(RunConfig()), plain_article()
    for ours, theirs in zip(net.parameters(), torchs.parameters(), strict=True):
        if ours.numel() < 500:
            continue
        bound = ours[0].numel() ** -0.5 if ours.dim() > 1 else 512**-0.5
        assert ours.abs().max() <= bound
        assert ours.abs().max() > 0.9 * bound
        assert ours.std().item() == pytest.approx(theirs.std().item(), rel=0.1)


def test_building_leaves_torchs_global_stream_alone() -> None:
    before = torch.get_rng_state()
    net_of(RunConfig.preset("article"))
    assert torch.equal(torch.get_rng_state(), before)
