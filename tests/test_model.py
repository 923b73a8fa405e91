from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional

from dropout_demo.config import KINDS_AT, LAYERS, Dropout, Kind, Layer, RunConfig
from dropout_demo.model import ArticleNet, build, last_side, parameter_count, scaled
from dropout_demo.streams import generator

EVERY_KIND = [(layer, kind) for layer in LAYERS for kind in KINDS_AT[layer]]


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


@pytest.mark.parametrize(("layer", "kind"), EVERY_KIND)
def test_dropout_at_a_layer_acts_in_training_and_not_in_evaluation(
    layer: Layer, kind: Kind
) -> None:
    net, plain = net_of(RunConfig(dropout={layer: Dropout(0.5, kind)})), net_of(RunConfig())
    assert not torch.equal(net(pictures()), plain(pictures()))
    assert torch.equal(net.eval()(pictures()), plain.eval()(pictures()))


def test_dropout_at_the_scores_drops_scores() -> None:
    net, plain = net_of(RunConfig(dropout={"logits": Dropout(0.5)})), net_of(RunConfig())
    scores, whole = net(pictures(50)), plain(pictures(50))
    assert torch.equal(scores[scores != 0], 2 * whole[scores != 0])
    assert 0.3 < (scores == 0).double().mean() < 0.7


@pytest.mark.parametrize(("layer", "kind"), EVERY_KIND)
def test_rate_0_is_the_plain_network_to_the_last_bit(layer: Layer, kind: Kind) -> None:
    net, plain = net_of(RunConfig(dropout={layer: Dropout(0.0, kind)})), net_of(RunConfig())
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


@pytest.mark.parametrize("layer", ["fc1", "logits"])
def test_dropconnect_drops_weights_and_not_outputs_or_biases(layer: Layer) -> None:
    net = net_of(RunConfig(dropout={layer: Dropout(0.5, "connect")}))
    dense = net.get_submodule(layer)
    x = torch.rand(6, dense.in_features, generator=torch.Generator().manual_seed(2))
    state = net.dropout[layer].generator.get_state()
    out = net._dense(layer, x)
    net.dropout[layer].generator.set_state(state)
    weight = net.dropout[layer](dense.weight)
    assert torch.equal(out, functional.linear(x, weight, dense.bias))
    assert torch.equal(net._dense(layer, torch.zeros_like(x)), dense.bias.expand(6, -1))


def test_gradients_flow_only_through_weights_that_were_kept() -> None:
    net = net_of(RunConfig(dropout={"logits": Dropout(0.5, "connect")}))
    state = net.dropout["logits"].generator.get_state()
    functional.cross_entropy(net(pictures()), torch.arange(4)).backward()
    net.dropout["logits"].generator.set_state(state)
    kept = net.dropout["logits"](torch.ones_like(net.logits.weight)) != 0
    assert (net.logits.weight.grad[~kept] == 0).all()
    assert (net.logits.weight.grad[kept] != 0).float().mean() > 0.5


def test_rates_are_scaled_from_those_of_the_configuration() -> None:
    net = net_of(RunConfig(dropout={"conv1": Dropout(0.2, "channel"), "fc1": Dropout(0.6)}))
    for factor in (0.5, 0.0, 1.0):
        net.scale_dropout(factor)
        assert [drop.p for drop in net.dropout.values()] == [factor * 0.2, factor * 0.6]


def normed_article(place: str) -> nn.Sequential:
    """The article's network with batch normalisation, as it is commonly written."""
    before = place == "before"

    def block(layer: nn.Module, norm: nn.Module, *pool: nn.Module) -> list[nn.Module]:
        return [layer, norm, nn.ReLU(), *pool] if before else [layer, nn.ReLU(), *pool, norm]

    return nn.Sequential(
        *block(nn.Conv2d(3, 32, 3), nn.BatchNorm2d(32), nn.MaxPool2d(2)),
        *block(nn.Conv2d(32, 64, 3), nn.BatchNorm2d(64), nn.MaxPool2d(2)),
        *block(nn.Conv2d(64, 128, 3), nn.BatchNorm2d(128), nn.MaxPool2d(2)),
        *(nn.Flatten(), *block(nn.Linear(512, 512), nn.BatchNorm1d(512)), nn.Linear(512, 10)),
    )


@pytest.mark.parametrize("place", ["before", "after"])
def test_batch_normalisation_is_the_common_network_in_training_and_in_evaluation(
    place: Any,
) -> None:
    net, plain = net_of(RunConfig(batch_norm=place)), normed_article(place)
    parts = {type(m): [p for p in plain if type(p) is type(m)] for m in plain}
    for ours, theirs in zip((net.conv1, net.conv2, net.conv3), parts[nn.Conv2d], strict=True):
        theirs.load_state_dict(ours.state_dict())
    for ours, theirs in zip((net.fc1, net.logits), parts[nn.Linear], strict=True):
        theirs.load_state_dict(ours.state_dict())
    images = pictures(20)
    for _ in range(3):
        torch.testing.assert_close(net(images), plain(images), rtol=1e-4, atol=1e-5)
    statistics = [*parts[nn.BatchNorm2d], *parts[nn.BatchNorm1d]]
    for ours, theirs in zip(net.norms.values(), statistics, strict=True):
        torch.testing.assert_close(ours.running_mean, theirs.running_mean, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(ours.running_var, theirs.running_var, rtol=1e-4, atol=1e-5)
    net.eval()
    plain.eval()
    torch.testing.assert_close(net(images), plain(images), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("place", ["before", "after"])
def test_batch_normalisation_adds_two_numbers_a_channel_and_leaves_other_weights_alone(
    place: Any,
) -> None:
    net, plain = net_of(RunConfig(batch_norm=place)), net_of(RunConfig())
    added = parameter_count(net) - parameter_count(plain)
    assert added == 2 * (32 + 64 + 128 + 512)
    for name, weight in plain.state_dict().items():
        assert torch.equal(net.state_dict()[name], weight)


@pytest.mark.parametrize("drops", [("conv1", "conv2", "conv3", "fc1"), ("flatten",)])
def test_after_means_that_the_norm_takes_what_dropout_gives(drops: tuple[Layer, ...]) -> None:
    """conv3's comes after flatten's dropout, on maps."""
    net = net_of(RunConfig(batch_norm="after", dropout=dict.fromkeys(drops, Dropout(0.5))))
    out, taken = {}, {}
    for layer, module in net.dropout.items():
        module.register_forward_hook(lambda _m, _i, y, layer=layer: out.update({layer: y}))
    for layer, norm in net.norms.items():
        norm.register_forward_hook(lambda _m, x, _y, layer=layer: taken.update({layer: x[0]}))
    net(pictures(20))
    assert taken["conv3"].shape == (20, 128, 2, 2)
    for layer in drops:
        at = "conv3" if layer == "flatten" else layer
        assert torch.equal(taken[at].reshape(out[layer].shape), out[layer])


def test_before_means_that_the_norm_takes_what_the_layer_gives() -> None:
    net = net_of(RunConfig(batch_norm="before"))
    shapes = {}
    for layer, norm in net.norms.items():
        norm.register_forward_hook(
            lambda _m, x, _y, layer=layer: shapes.update({layer: x[0].shape})
        )
    net(pictures(20))
    assert {layer: tuple(shape[1:]) for layer, shape in shapes.items()} == {
        "conv1": (32, 30, 30),
        "conv2": (64, 13, 13),
        "conv3": (128, 4, 4),
        "fc1": (512,),
    }


def test_normalisation_stays_in_fp32_while_the_rest_takes_another_format() -> None:
    net = net_of(RunConfig(batch_norm="before")).to_dtype(torch.bfloat16)
    assert all(p.dtype == torch.float32 for p in net.norms.parameters())
    assert {p.dtype for n, p in net.named_parameters() if "norms" not in n} == {torch.bfloat16}
    assert net(pictures().bfloat16()).dtype == torch.bfloat16
