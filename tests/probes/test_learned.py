"""Filters, peaks and mistakes, against torch's own functions, numpy and scipy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from torch import Tensor
from torch.nn import functional

from dropout_demo.config import Dropout, RunConfig
from dropout_demo.model import ArticleNet, build
from dropout_demo.probes.filters import as_pixels, first_filters, first_maps
from dropout_demo.probes.mistakes import Said, confusion, joined, said, wilson, worst
from dropout_demo.probes.peaks import Peaks, peaks, strongest, window

LAYERS: tuple[Any, ...] = ("conv1", "conv2", "conv3")


def network(**settings: Any) -> ArticleNet:
    """A network whose dropout would show if it were on."""
    config = RunConfig(width=0.25, dropout={"conv1": Dropout(0.5), "fc1": Dropout(0.5)}, **settings)
    weights, masks = (torch.Generator().manual_seed(seed) for seed in (1, 2))
    return build(config, weights, masks).eval()


def some_images(count: int, seed: int = 0) -> Tensor:
    return torch.randn(count, 3, 32, 32, generator=torch.Generator().manual_seed(seed))


def by_hand(
    net: ArticleNet, layer: str, x: Tensor, padding: int = 0, norms: str = "none"
) -> Tensor:
    """The pooled maps of a convolution, from the weights alone."""
    state = net.state_dict()

    def normed(x: Tensor, at: str) -> Tensor:
        names = ("running_mean", "running_var", "weight", "bias")
        return functional.batch_norm(x, *(state[f"norms.{at}.{name}"] for name in names))

    for at in LAYERS[: LAYERS.index(layer) + 1]:
        x = functional.conv2d(x, state[f"{at}.weight"], state[f"{at}.bias"], padding=padding)
        x = normed(x, at) if norms == "before" else x
        x = functional.max_pool2d(functional.relu(x), 2)
        if norms == "after" and at != layer:
            x = normed(x, at)
    return x


def test_filters_are_the_first_weights_and_the_scales_ends_are_black_and_white() -> None:
    net = network()
    weights = first_filters(net)
    assert torch.equal(weights, net.state_dict()["conv1.weight"])
    shades = as_pixels(torch.tensor([-9.0, -2, -1, 0, 1, 2, 9]).view(7, 1, 1, 1), 2.0)
    assert shades.flatten().tolist() == [1, 1, 64, 128, 192, 255, 255]


def test_a_filters_colours_stay_at_their_places() -> None:
    weights = torch.zeros(1, 3, 3, 3)
    weights[0, 2, 0, 1] = 1  # blue, first row, second column
    shades = as_pixels(weights, 1.0)
    assert shades[0, 0, 1].tolist() == [128, 128, 255]
    assert int((shades != 128).sum()) == 1


@pytest.mark.parametrize("padding", [0, 1])
def test_first_maps_are_the_convolution_and_relu(padding: int) -> None:
    net, image = network(padding=padding), some_images(1)
    state = net.state_dict()
    convolved = functional.conv2d(
        image, state["conv1.weight"], state["conv1.bias"], padding=padding
    )
    assert torch.allclose(first_maps(net, image[0]), convolved.relu()[0], atol=1e-6)


@pytest.mark.parametrize("padding", [0, 1])
@pytest.mark.parametrize("layer", LAYERS)
def test_peaks_are_the_largest_numbers_of_the_maps_with_masks_off(layer: Any, padding: int) -> None:
    net, images = network(padding=padding), some_images(20)
    found = peaks(net, layer, images)
    maps = by_hand(net, layer, images, padding)
    assert torch.allclose(found.value, maps.amax((2, 3)), atol=1e-5)
    n, c = torch.meshgrid(torch.arange(20), torch.arange(maps.shape[1]), indexing="ij")
    assert torch.allclose(found.value, maps[n, c, found.row, found.column], atol=1e-5)


@pytest.mark.parametrize("norms", ["before", "after"])
def test_peaks_and_first_maps_are_those_under_batch_normalisation(norms: Any) -> None:
    net, images = network(batch_norm=norms), some_images(20)
    net.train()(some_images(50, seed=1) * 3 + 1)  # running statistics that are not 0 and 1
    net.eval()
    for layer in LAYERS:
        expected = by_hand(net, layer, images, norms=norms).amax((2, 3))
        assert torch.allclose(peaks(net, layer, images).value, expected, atol=1e-4)
    pooled = functional.max_pool2d(first_maps(net, images[0]), 2)
    assert torch.allclose(pooled, by_hand(net, "conv1", images[:1], norms=norms)[0], atol=1e-5)


@pytest.mark.parametrize("padding", [0, 1])
@pytest.mark.parametrize("layer", LAYERS)
def test_pixels_outside_the_window_change_nothing_and_all_inside_do(
    layer: Any, padding: int
) -> None:
    weights = torch.Generator().manual_seed(3)
    net = network(padding=padding)
    for name in LAYERS:  # positive weights: every pixel that is seen has its effect
        torch.nn.init.uniform_(net.get_submodule(name).weight, 0.1, 1, generator=weights)
    maps = by_hand(net, layer, torch.zeros(1, 3, 32, 32), padding)
    rows = [0, maps.shape[2] // 2, maps.shape[2] - 1]
    for row, column in zip(rows, reversed(rows), strict=True):
        seen = window(layer, row, column, padding)
        reached = reach(net, layer, padding, row, column)
        expected = torch.zeros(32, 32, dtype=torch.bool)
        rows_in = slice(max(0, seen.top), seen.top + seen.side)
        columns_in = slice(max(0, seen.left), seen.left + seen.side)
        expected[rows_in, columns_in] = True
        assert torch.equal(reached, expected)


def reach(net: ArticleNet, layer: str, padding: int, row: int, column: int) -> Tensor:
    """The pixels (32, 32) with an effect on one place: average pools, to reach every way through
    the maxima."""
    x = image = torch.ones(1, 3, 32, 32, requires_grad=True)
    state = net.state_dict()
    for at in LAYERS[: LAYERS.index(layer) + 1]:
        x = functional.avg_pool2d(functional.conv2d(x, state[f"{at}.weight"], padding=padding), 2)
    x[0, 0, row, column].backward()
    assert image.grad is not None
    return image.grad.abs().sum((0, 1)) > 0


def test_the_strongest_come_first_and_equal_ones_in_their_order() -> None:
    value = torch.tensor([[1.0, 0], [5, 0], [3, 0], [5, 0]])
    place = torch.arange(8).view(4, 2)
    whole = Peaks(value, place, place + 10)
    parts = [Peaks(*(t[a:b] for t in (value, place, place + 10))) for a, b in ((0, 3), (3, 4))]
    for found in (strongest([whole], 3), strongest(parts, 3)):
        assert found.image.tolist() == [[1, 0], [3, 1], [2, 2]]
        assert found.value[:, 0].tolist() == [5, 5, 3]
        assert found.row[:, 0].tolist() == [2, 6, 4]
        assert found.column[:, 0].tolist() == [12, 16, 14]
        assert found.active.tolist() == [1, 0]


def test_said_is_the_softmax_of_a_plain_forward_pass_in_any_parts() -> None:
    net, images = network(), some_images(30)
    labels = torch.arange(30) % 10
    state = net.state_dict()
    hidden = functional.linear(
        by_hand(net, "conv3", images).flatten(1), state["fc1.weight"], state["fc1.bias"]
    ).relu()
    scores = functional.linear(hidden, state["logits.weight"], state["logits.bias"])
    shares = scores.softmax(1).numpy()
    parts = [said(net, images[a : a + 7], labels[a : a + 7]) for a in range(0, 30, 7)]
    told = joined(parts)
    assert told.label.tolist() == labels.tolist()
    assert told.guess.tolist() == shares.argmax(1).tolist()
    np.testing.assert_allclose(told.confidence, shares.max(1), atol=1e-6)
    np.testing.assert_allclose(told.truth, shares[np.arange(30), labels], atol=1e-6)


def test_confusion_counts_true_by_said() -> None:
    label, guess = np.array([0, 0, 0, 9]), np.array([0, 7, 7, 1])
    told = Said(label, guess, np.ones(4, np.float32), np.ones(4, np.float32))
    counts = confusion(told)
    expected = np.zeros((10, 10), int)
    for row, column in zip(label, guess, strict=True):
        expected[row, column] += 1
    assert np.array_equal(counts, expected)


def test_the_worst_mistakes_are_wrong_and_the_surest_first() -> None:
    confidence = np.array([0.9, 0.99, 0.5, 0.9, 0.7], np.float32)
    told = Said(np.zeros(5, np.int64), np.array([1, 0, 2, 3, 4]), confidence, confidence)
    assert worst(told, 3).tolist() == [0, 3, 4]
    assert worst(told, 99).tolist() == [0, 3, 4, 2]
    none = Said(*(part[1:2] for part in (told.label, told.guess, confidence, confidence)))
    assert worst(none, 3).tolist() == []


@given(st.integers(1, 20_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilsons_interval_is_scipys(pair: tuple[int, int]) -> None:
    right, count = pair
    known = binomtest(right, count).proportion_ci(method="wilson")
    assert wilson(right, count) == pytest.approx((known.low, known.high), abs=1e-12)


def test_nothing_seen_leaves_every_share_possible() -> None:
    assert wilson(0, 0) == (0, 1)
