"""Units taken away, against weights set to zero by hand and all choices there are."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from math import comb

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from dropout_demo.model import ArticleNet
from dropout_demo.probes.deletion import (
    correct_without,
    counts_deleted,
    draw_kept,
    without_units,
)
from dropout_demo.probes.units import output_of
from tests.probes.test_units import by_hand, network

pytestmark = pytest.mark.usefixtures("one_thread")

AFTER = {"conv1": "conv2", "conv2": "conv3", "conv3": "fc1", "flatten": "fc1", "fc1": "logits"}


@pytest.mark.parametrize("shape", [(4, 6), (2, 6, 3, 3)])
@pytest.mark.parametrize("rescaled", [True, False])
def test_taking_nothing_away_changes_nothing_at_all(shape: tuple[int, ...], rescaled: bool) -> None:
    output = torch.randn(shape)
    kept = torch.ones(6, dtype=torch.bool)
    assert torch.equal(without_units(output, kept, rescaled=rescaled), output)


@pytest.mark.parametrize("shape", [(3, 5), (2, 5, 2, 2)])
@pytest.mark.parametrize("deleted", [1, 2, 4])
def test_rescaled_the_mean_over_all_choices_is_the_output_itself(
    shape: tuple[int, ...], deleted: int
) -> None:
    output = torch.randn(shape, dtype=torch.float64)
    total = torch.zeros_like(output)
    for gone in combinations(range(5), deleted):
        kept = torch.tensor([unit not in gone for unit in range(5)])
        total += without_units(output, kept, rescaled=True)
    torch.testing.assert_close(total / comb(5, deleted), output)


def without_by_hand(
    net: ArticleNet, layer: str, kept: Tensor, images: Tensor, factor: float
) -> Tensor:
    """Scores of a copy in which the next layer's weights for what is gone are zero."""
    copy = network()
    weights = net.state_dict()
    weight = weights[f"{AFTER[layer]}.weight"].clone()
    places = 4 if layer == "conv3" else 1  # a channel fills 2 x 2 inputs of fc1
    for unit, stays in enumerate(kept.tolist()):
        for at in range(unit * places, (unit + 1) * places):
            weight[:, at] *= factor if stays else 0
    copy.load_state_dict(weights | {f"{AFTER[layer]}.weight": weight})
    return by_hand(copy, images)["logits"]


@pytest.mark.parametrize("layer", AFTER)
@pytest.mark.parametrize("rescaled", [True, False])
def test_it_is_the_network_whose_next_weights_are_zero(layer: str, rescaled: bool) -> None:
    net, images = network(), torch.randn(40, 3, 32, 32)
    output = output_of(net, layer, images)
    kept = draw_kept(output.shape[1], output.shape[1] // 3, torch.Generator().manual_seed(0))
    factor = len(kept) / int(kept.sum()) if rescaled else 1
    scores = without_by_hand(net, layer, kept, images, factor)
    mine = net.onward(layer, without_units(output, kept, rescaled=rescaled))
    torch.testing.assert_close(mine, scores, rtol=1e-4, atol=1e-5)
    right = scores.argmax(1)
    arguments = (net, layer, output)
    assert correct_without(*arguments, right, kept, rescaled=rescaled) == 40
    assert correct_without(*arguments, (right + 1) % 10, kept, rescaled=rescaled) == 0


def test_taking_units_that_are_always_zero_changes_no_score() -> None:
    net = network()
    output = functional.relu(torch.randn(20, 128))
    output[:, ::4] = 0
    kept = torch.arange(128) % 4 > 0
    before = net.onward("fc1", output)
    assert torch.equal(net.onward("fc1", without_units(output, kept, rescaled=False)), before)


def test_every_choice_of_as_many_units_is_as_likely() -> None:
    masks = torch.Generator().manual_seed(0)
    draws = Counter(tuple(draw_kept(4, 2, masks).tolist()) for _ in range(3000))
    assert len(draws) == comb(4, 2)
    assert all(abs(count - 500) < 5 * (500 * 5 / 6) ** 0.5 for count in draws.values())


@pytest.mark.parametrize("deleted", [-1, 3, 4])
def test_no_units_left_is_refused(deleted: int) -> None:
    with pytest.raises(ValueError, match="of 3 units cannot"):
        draw_kept(3, deleted, torch.Generator())


def test_counts_are_the_nearest_each_once_and_leave_a_unit() -> None:
    assert counts_deleted(10, (0.0, 0.1, 0.5, 0.9)) == (0, 1, 5, 9)
    assert counts_deleted(4, (0.0, 0.2, 0.3, 0.9)) == (0, 1, 3)
    assert counts_deleted(1, (0.0, 0.9)) == (0,)
