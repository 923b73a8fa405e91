"""What units do, against torch written out by hand and numpy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from dropout_demo.config import LAYERS, Dropout, RunConfig
from dropout_demo.model import ArticleNet, build
from dropout_demo.probes.units import output_of, unit_facts, unit_values
from dropout_demo.streams import generator


def network(**changes: object) -> ArticleNet:
    config = RunConfig.model_validate({"width": 0.25, **changes})
    return build(config, generator(0, "weights"), generator(0, "masks")).eval()


def by_hand(net: ArticleNet, images: Tensor) -> dict[str, Tensor]:
    state, x = net.state_dict(), images
    given = {"input": images}
    for name in ("conv1", "conv2", "conv3"):
        x = functional.conv2d(x, state[f"{name}.weight"], state[f"{name}.bias"])
        given[name] = x = functional.max_pool2d(torch.relu(x), 2)
    given["flatten"] = x = x.flatten(1)
    given["fc1"] = x = torch.relu(x @ state["fc1.weight"].T + state["fc1.bias"])
    given["logits"] = x @ state["logits.weight"].T + state["logits.bias"]
    return given


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layers_output_is_torchs_written_out(layer: str) -> None:
    net, images = network(dropout={"fc1": Dropout(0.5)}), torch.randn(3, 3, 32, 32)
    expected = by_hand(net, images)[layer]
    torch.testing.assert_close(output_of(net, layer, images), expected, rtol=1e-4, atol=1e-5)


def test_the_mean_correlation_is_numpys_over_units_that_vary() -> None:
    values = torch.relu(torch.randn(50, 6) + torch.tensor([0.0, 1, 0, -1, 0, 0]))
    values[:, 2] = 0  # a dead unit
    values[:, 4] = 3  # one that never changes
    matrix = np.abs(np.corrcoef(values[:, [0, 1, 3, 5]].numpy(), rowvar=False))
    pairs = [matrix[a, b] for a in range(4) for b in range(a)]
    facts = unit_facts(values)
    assert (facts.units, facts.dead, facts.varying) == (6, 1, 4)
    assert facts.correlation == pytest.approx(np.mean(pairs), abs=1e-6)
    assert facts.mean == pytest.approx(values.numpy().mean(), abs=1e-6)
    assert facts.active == pytest.approx((values.numpy() > 0).mean())


def test_units_that_copy_each_other_correlate_fully_and_opposite_ones_too() -> None:
    one = torch.rand(40)
    facts = unit_facts(torch.stack([one, 2 * one + 1, 1 - one], 1))
    assert facts.correlation == pytest.approx(1)


@pytest.mark.parametrize("values", [torch.zeros(4, 3), torch.rand(5, 1)])
def test_without_a_pair_of_units_that_vary_there_is_no_correlation(values: Tensor) -> None:
    assert unit_facts(values).correlation is None


def test_a_channel_is_one_unit_that_looks_at_every_place() -> None:
    maps = torch.rand(2, 3, 4, 5)
    values = unit_values(maps)
    assert values.shape == (40, 3)
    expected = [sorted(maps[:, c].flatten().tolist()) for c in range(3)]
    assert [sorted(values[:, c].tolist()) for c in range(3)] == expected
    maps[:, 1] = 0
    maps[0, 1, 2, 2] = 1  # active at a single place of one image: not dead
    assert unit_facts(maps).dead == 0
