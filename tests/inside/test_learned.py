"""What is said of a trained network, recounted from its weights and the images."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.stats import binomtest
from torch import Tensor
from torch.nn import functional

from dropout_demo.data import CLASSES, load
from dropout_demo.inside.answers.base import ProbeError, Progress
from dropout_demo.inside.answers.learned import LEARNED_ANSWERS
from dropout_demo.inside.learned import (
    LEARNED_QUESTIONS,
    FiltersQuestion,
    MapsQuestion,
    MistakesQuestion,
    PeaksQuestion,
)
from dropout_demo.inside.workbench import Opened, Workbench
from dropout_demo.problems import ConfigError
from tests.inside.conftest import TINY

MEAN = torch.tensor([125.31, 122.95, 113.87]).view(3, 1, 1)
STD = torch.tensor([62.99, 62.09, 66.70]).view(3, 1, 1)
NAMES = CLASSES["shapes"]


def answer(workbench: Workbench, networks: Sequence[Opened], question: Any) -> dict[str, Any]:
    """The last thing an answerer gives; everything before it must be growing progress."""
    *before, last = LEARNED_ANSWERS[type(question)](workbench, networks, question)
    assert isinstance(last, dict)
    done = [step.done for step in before if isinstance(step, Progress)]
    assert done == sorted(done)
    assert all(0 < share <= 1 for share in done)
    return last


def test_images() -> tuple[Tensor, np.ndarray[Any, Any]]:
    """All test images as the network takes them, by hand, and their labels."""
    test = load("shapes").test
    pixels = torch.from_numpy(np.array(test.images)).permute(0, 3, 1, 2).float()
    return (pixels - MEAN) / STD, np.array(test.labels)


test_images.__test__ = False  # type: ignore[attr-defined]


def convolved(net: torch.nn.Module, x: Tensor, layers: int) -> Tensor:
    state = net.state_dict()
    for at in ("conv1", "conv2", "conv3")[:layers]:
        x = functional.conv2d(x, state[f"{at}.weight"], state[f"{at}.bias"])
        x = functional.relu(functional.max_pool2d(x, 2))
    return x


def scores(net: torch.nn.Module, x: Tensor) -> Tensor:
    state = net.state_dict()
    x = functional.relu(
        functional.linear(convolved(net, x, 3).flatten(1), state["fc1.weight"], state["fc1.bias"])
    )
    return functional.linear(x, state["logits.weight"], state["logits.bias"])


def pixels_of(picture: str) -> np.ndarray[Any, Any]:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(picture))))


def test_every_question_has_an_answer() -> None:
    assert set(LEARNED_ANSWERS) == set(LEARNED_QUESTIONS)


def test_filters_of_all_networks_share_one_scale(
    workbench: Workbench, opened: Opened, plain: Opened
) -> None:
    told = answer(workbench, [opened, plain], FiltersQuestion())
    weights = [one.net.state_dict()["conv1.weight"].numpy() for one in (opened, plain)]
    scale = max(float(np.abs(one).max()) for one in weights)
    assert told["scale"] == pytest.approx(scale)
    for network, weight in zip(told["networks"], weights, strict=True):
        assert network["count"] == len(weight) == 8
        assert network["largest"] == pytest.approx(float(np.abs(weight).max()))
        shades = np.frombuffer(base64.b64decode(network["filters"]), np.uint8)
        expected = 128 + 127 * weight.transpose(0, 2, 3, 1) / scale
        np.testing.assert_allclose(shades.reshape(8, 3, 3, 3), expected, atol=0.51)


def test_filters_have_moved_by_what_training_changed(workbench: Workbench, weights: Path) -> None:
    folder = str(weights / TINY.hash)
    networks = [workbench.open(TINY, folder, epoch) for epoch in (0, 1, 2)]
    told = answer(workbench, networks, FiltersQuestion())["networks"]
    first, _, last = (one.net.state_dict()["conv1.weight"].numpy() for one in networks)
    moved = np.sqrt(((last - first) ** 2).sum() / (first**2).sum())
    assert [one["epoch"] for one in told] == [0, 1, 2]
    assert told[0]["moved"] == 0
    assert told[2]["moved"] == pytest.approx(float(moved), rel=1e-5)
    assert answer(workbench, networks[1:], FiltersQuestion())["networks"][0]["moved"] is None


def test_maps_are_what_the_filters_make_of_the_image(workbench: Workbench, opened: Opened) -> None:
    told = answer(workbench, [opened], MapsQuestion(image=3))
    images, labels = test_images()
    state = opened.net.state_dict()
    made = functional.conv2d(images[3:4], state["conv1.weight"], state["conv1.bias"]).relu()[0]
    assert told["label"] == NAMES[labels[3]]
    assert np.array_equal(pixels_of(told["image"]), load("shapes").test.images[3])
    assert told["largest"] == pytest.approx(made.amax((1, 2)).tolist(), abs=1e-5)
    shades = np.frombuffer(base64.b64decode(told["maps"]), np.uint8).reshape(8, 30, 30)
    largest = np.maximum(np.array(told["largest"]), 1e-12)[:, None, None]
    np.testing.assert_allclose(shades / 255 * largest, made.numpy(), atol=0.01)


@pytest.mark.parametrize(("layer", "blocks", "side"), [("conv1", 1, 4), ("conv3", 3, 22)])
def test_peaks_are_the_images_with_a_channels_largest_values(
    workbench: Workbench, opened: Opened, layer: Any, blocks: int, side: int
) -> None:
    images, labels = test_images()
    largest = convolved(opened.net, images, blocks).amax((2, 3))
    for channel in (0, largest.shape[1] - 1):
        told = answer(workbench, [opened], PeaksQuestion(layer=layer, channel=channel))
        assert (told["channels"], told["images"]) == (largest.shape[1], 2_000)
        values = largest[:, channel]
        assert told["active"] == pytest.approx(float((values > 0).float().mean()))
        first = values[values > 0].sort(descending=True).values[:8]
        assert [p["value"] for p in told["peaks"]] == pytest.approx(first.tolist(), abs=1e-4)
        for peak in told["peaks"]:
            assert float(values[peak["index"]]) == pytest.approx(peak["value"], abs=1e-4)
            assert peak["label"] == NAMES[labels[peak["index"]]]
            assert peak["window"]["side"] == side
            seen = pixels_of(peak["picture"])
            assert np.array_equal(seen, load("shapes").test.images[peak["index"]])


def test_the_outlined_pixels_alone_make_the_peak(workbench: Workbench, opened: Opened) -> None:
    told = answer(workbench, [opened], PeaksQuestion(layer="conv2", channel=1))
    images, _ = test_images()
    for peak in told["peaks"]:
        top, left, side = (peak["window"][name] for name in ("top", "left", "side"))
        patch = images[peak["index"], :, top : top + side, left : left + side].unsqueeze(0)
        alone = convolved(opened.net, patch, 2)[0, 1]
        assert alone.shape == (1, 1)  # the window is just what one place sees
        assert float(alone) == pytest.approx(peak["value"], abs=1e-4)


def test_a_dead_channel_has_no_peaks(workbench: Workbench, weights: Path) -> None:
    # Of its own: the opened networks are the whole session's.
    dead = Workbench().open(TINY, str(weights / TINY.hash), 1)
    with torch.no_grad():
        dead.net.conv1.weight[2] = 0
        dead.net.conv1.bias[2] = -1
    told = answer(workbench, [dead], PeaksQuestion(layer="conv1", channel=2))
    assert (told["active"], told["peaks"]) == (0, [])


def test_a_channel_that_is_not_there_is_refused_with_those_that_are(
    workbench: Workbench, opened: Opened
) -> None:
    with pytest.raises(ProbeError, match=r"conv2 of this network has 16 channels; .* 0 to 15\."):
        answer(workbench, [opened], PeaksQuestion(layer="conv2", channel=16))


@pytest.mark.parametrize("epoch", [0, 2])
def test_mistakes_are_counted_over_the_whole_test_set(
    workbench: Workbench, weights: Path, epoch: int
) -> None:
    opened = workbench.open(TINY, str(weights / TINY.hash), epoch)
    told = answer(workbench, [opened], MistakesQuestion())
    images, labels = test_images()
    shares = scores(opened.net, images).softmax(1).numpy()
    guesses = shares.argmax(1)
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (labels, guesses), 1)
    assert told["images"] == 2_000
    assert told["counts"] == counts.tolist()
    for at, one in enumerate(told["classes"]):
        right, count = int(counts[at, at]), int(counts[at].sum())
        known = binomtest(right, count).proportion_ci(method="wilson")
        assert (one["name"], one["right"], one["count"]) == (NAMES[at], right, count)
        assert (one["low"], one["high"]) == pytest.approx((known.low, known.high))
    wrong = np.flatnonzero(guesses != labels)
    surest = np.sort(shares[wrong].max(1))[::-1][:12]
    assert [one["confidence"] for one in told["worst"]] == pytest.approx(surest, abs=1e-5)
    for one in told["worst"]:
        at = one["index"]
        assert (one["label"], one["said"]) == (NAMES[labels[at]], NAMES[guesses[at]])
        assert one["label"] != one["said"]
        assert one["truth"] == pytest.approx(float(shares[at, labels[at]]), abs=1e-5)
        assert np.array_equal(pixels_of(one["picture"]), load("shapes").test.images[at])


@pytest.mark.parametrize(
    ("kind", "raw", "said"),
    [
        (PeaksQuestion, {"layer": "fc1"}, "layer"),
        (PeaksQuestion, {"channel": -1}, "channel"),
        (PeaksQuestion, {"channel": 512}, "channel"),
        (MapsQuestion, {"image": 10}, "image"),
        (FiltersQuestion, {"more": 1}, "more"),
    ],
)
def test_senseless_questions_are_refused(kind: Any, raw: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        kind.parse(raw)
