from __future__ import annotations

from collections.abc import Callable

import torch
from hypothesis import given
from hypothesis import strategies as st

from dropout_demo.config import RunConfig
from dropout_demo.data import Data
from dropout_demo.model import ArticleNet, build
from dropout_demo.probes.norms import WEIGHTED, incoming_norms
from dropout_demo.streams import generator
from dropout_demo.training import train


def network() -> ArticleNet:
    return build(RunConfig(width=0.125), generator(0, "weights"), generator(0, "masks")).eval()


def test_a_unit_with_hand_made_weights_has_the_length_of_that_vector() -> None:
    net = network()
    with torch.no_grad():
        net.fc1.weight.zero_()
        net.fc1.weight[2, :2] = torch.tensor([3.0, -4.0])
        net.fc1.bias.fill_(100.0)  # a bias is no incoming weight
    norms = incoming_norms(net)["fc1"]
    assert norms[2] == 5
    assert norms.count_nonzero() == 1


def test_a_channels_weights_are_its_filter_over_all_inputs() -> None:
    net = network()
    weight = net.conv2.weight.detach().double()
    expected = [float((weight[c] ** 2).sum() ** 0.5) for c in range(8)]
    torch.testing.assert_close(incoming_norms(net)["conv2"], torch.tensor(expected))


def test_every_layer_with_weights_has_a_norm_for_each_unit() -> None:
    net = network()
    norms = incoming_norms(net)
    assert {layer: len(of) for layer, of in norms.items()} == {
        layer: len(net.get_submodule(layer).get_parameter("weight")) for layer in WEIGHTED
    }
    assert {name.partition(".")[0] for name, of in net.named_parameters() if of.ndim > 1} == set(
        WEIGHTED
    )


@given(st.floats(0.5, 3))
def test_weights_multiplied_have_norms_multiplied(factor: float) -> None:
    net = network()
    before = incoming_norms(net)["logits"].clone()
    with torch.no_grad():
        net.logits.weight.mul_(factor)
    torch.testing.assert_close(incoming_norms(net)["logits"], factor * before)


def test_a_bound_on_norms_is_a_bound_on_these_norms(
    small_data: Data, quick: Callable[..., RunConfig], one_thread: None
) -> None:
    """What training with max-norm holds down is what this counts."""
    bounds = (None, 0.3)
    nets = [_trained(quick(max_norm=bound, epochs=1), small_data) for bound in bounds]
    free, bound = (max(float(of.max()) for of in incoming_norms(net).values()) for net in nets)
    assert bound <= 0.3 * (1 + 1e-5)
    assert free > 0.5


def _trained(config: RunConfig, data: Data) -> ArticleNet:
    nets: list[ArticleNet] = []
    for _ in train(config, data, keep=lambda _, net: nets.append(net)):
        pass
    return nets[-1]
