"""What networks say of one picture: each number made again by torch's own functions."""

from __future__ import annotations

import base64
import itertools
import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from torch import Tensor, nn
from torch.nn import functional

from dropout_demo.config import RunConfig
from dropout_demo.data import CLASSES
from dropout_demo.inside.answers.base import Progress
from dropout_demo.inside.answers.choices import choices
from dropout_demo.inside.answers.classify import classify
from dropout_demo.inside.choices import Choices
from dropout_demo.inside.classify import Classify, certainty, entropy, votes_in_words
from dropout_demo.inside.workbench import Opened, Workbench
from dropout_demo.model import build
from dropout_demo.problems import ConfigError

MEAN = torch.tensor([125.31, 122.95, 113.87])
STD = torch.tensor([62.99, 62.09, 66.70])
RANDOM = np.random.default_rng(1)
PICTURE = RANDOM.integers(0, 256, (32, 32, 3), np.uint8)
NAMES = CLASSES["shapes"]


def asked(picture: npt.NDArray[np.uint8] = PICTURE, **more: Any) -> Classify:
    return Classify.parse({"pixels": base64.b64encode(picture.tobytes()).decode(), **more})


def answered(networks: list[Opened], question: Classify) -> list[dict[str, Any]]:
    with torch.inference_mode():
        *parts, last = classify(Workbench(), networks, question)
    assert all(isinstance(part, Progress) for part in parts)
    assert isinstance(last, dict)
    told: list[dict[str, Any]] = last["networks"]
    return told


def normalised(picture: npt.NDArray[np.uint8]) -> Tensor:
    whole = (torch.tensor(picture).float() - MEAN) / STD
    return whole.permute(2, 0, 1)[None]


def by_hand(net: nn.Module, images: Tensor, factor: Tensor | None = None) -> Tensor:
    """Softmax (N, 10) in eval mode; `factor` (N, channels) is what a mask puts on conv1's maps."""
    weights = net.state_dict()
    x = images
    for layer in ("conv1", "conv2", "conv3"):
        x = functional.conv2d(x, weights[f"{layer}.weight"], weights[f"{layer}.bias"])
        x = functional.max_pool2d(functional.relu(x), 2)
        if layer == "conv1" and factor is not None:
            x = x * factor[:, :, None, None]
    x = functional.linear(x.flatten(1), weights["fc1.weight"], weights["fc1.bias"]).relu()
    return functional.linear(x, weights["logits.weight"], weights["logits.bias"]).softmax(1)


# ---- the one pass ----


def test_the_one_pass_is_the_plain_forward_pass_of_the_same_pixels(opened: Opened) -> None:
    [told] = answered([opened], asked())
    shares = by_hand(opened.net, normalised(PICTURE))
    assert told["one"] == pytest.approx(shares[0].tolist(), rel=1e-3, abs=1e-6)
    assert told["entropy"] == pytest.approx(stats.entropy(shares[0].numpy()), rel=1e-3)
    assert told["classes"] == list(NAMES)


def test_a_network_without_dropout_has_one_pass_only(plain: Opened) -> None:
    [told] = answered([plain], asked())
    assert told["passes"] == 0
    assert told["mean"] is told["low"] is told["high"] is told["votes"] is None
    assert sum(told["one"]) == pytest.approx(1)


def test_two_networks_are_told_apart_in_the_order_asked_for(opened: Opened, plain: Opened) -> None:
    both = answered([opened, plain], asked())
    assert both == answered([opened], asked()) + answered([plain], asked())


# ---- the masked passes ----


def untrained(kind: str, layer: str, p: float) -> Opened:
    """A small network with this dropout. Its scores are far enough apart for masks to matter."""
    config = RunConfig.parse(
        {"dataset": "shapes", "width": 0.125, "dropout": {layer: {"p": p, "kind": kind}}}
    )
    net = build(config, torch.Generator().manual_seed(5), torch.Generator()).eval()
    with torch.no_grad():
        net.logits.weight *= 20
    return Opened(net, config, 0)


def test_the_range_over_many_passes_is_the_range_over_all_masks_there_are() -> None:
    opened = untrained("channel", "conv1", 0.5)  # of four channels: sixteen masks
    masks = torch.tensor(list(itertools.product([0.0, 2.0], repeat=4)))
    every = by_hand(opened.net, normalised(PICTURE).expand(16, 3, 32, 32), masks)
    [told] = answered([opened], asked(passes=200))
    assert told["passes"] == 200
    assert told["low"] == pytest.approx(every.amin(0).tolist(), rel=1e-3, abs=1e-6)
    assert told["high"] == pytest.approx(every.amax(0).tolist(), rel=1e-3, abs=1e-6)
    standard_error = every.std(0) / math.sqrt(200)
    assert (abs(torch.tensor(told["mean"]) - every.mean(0)) < 4 * standard_error + 1e-6).all()
    expected = every.argmax(1).bincount(minlength=10) / 16 * 200
    assert sum(told["votes"]) == 200
    assert (torch.tensor(told["votes"]) - expected).abs().max() < 4 * math.sqrt(200 / 4)


@pytest.mark.parametrize(
    ("kind", "layer"),
    [
        ("element", "input"),
        ("element", "logits"),
        ("channel", "conv2"),
        ("gaussian", "flatten"),
        ("block", "conv1"),
        ("connect", "fc1"),
        ("connect", "logits"),
    ],
)
def test_each_pass_has_a_mask_of_its_own_whatever_the_kind_and_place(kind: str, layer: str) -> None:
    [told] = answered([untrained(kind, layer, 0.4)], asked(passes=2))
    assert sum(told["mean"]) == pytest.approx(1)
    assert max(high - low for low, high in zip(told["low"], told["high"], strict=True)) > 1e-4
    for low, mean, high in zip(told["low"], told["mean"], told["high"], strict=True):
        assert mean == pytest.approx((low + high) / 2)  # of two passes


def test_the_same_question_has_the_same_answer_and_another_seed_another(opened: Opened) -> None:
    assert answered([opened], asked()) == answered([opened], asked())
    assert answered([opened], asked(seed=2))[0]["mean"] != answered([opened], asked())[0]["mean"]


def test_asking_leaves_the_network_as_it_was(opened: Opened) -> None:
    before = {name: value.clone() for name, value in opened.net.state_dict().items()}
    answered([opened], asked())
    assert not any(module.training for module in opened.net.modules())
    assert all((before[k] == v).all() for k, v in opened.net.state_dict().items())


# ---- words ----


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        ({"circle": 0.97, "cross": 0.03}, "sure it is a circle"),
        ({"arrow": 0.85, "cross": 0.15}, "fairly sure it is an arrow"),
        (
            {"circle": 0.86, "cross": 0.05, "arrow": 0.05, "disc": 0.04},
            "fairly sure it is a circle",
        ),
        ({"circle": 0.55, "cross": 0.45}, "unsure between circle and cross"),
        ({"circle": 0.4, "cross": 0.35, "arrow": 0.25}, "unsure between circle, cross and arrow"),
    ],
)
def test_probabilities_become_words(shares: dict[str, float], words: str) -> None:
    names = ["arrow", "circle", "cross", "disc"]
    assert certainty([shares.get(name, 0.0) for name in names], names) == words


def test_even_shares_are_told_as_shared_by_many() -> None:
    shares = [0.19, *[0.09] * 9]
    assert certainty(shares, NAMES) == f"very unsure: 9 classes share 90 %, first {NAMES[0]}"
    assert certainty([0.1] * 10, NAMES).startswith("very unsure: ")


@given(st.lists(st.floats(1e-9, 1), min_size=10, max_size=10))
def test_entropy_is_scipys(weights: list[float]) -> None:
    shares = [weight / sum(weights) for weight in weights]
    assert entropy(shares) == pytest.approx(float(stats.entropy(shares)), abs=1e-9)
    assert certainty(shares, NAMES)


def test_votes_are_told_most_first_and_the_rest_together() -> None:
    names = ["cat", "dog", "deer", "frog", "ship"]
    assert votes_in_words([50, 0, 0, 0, 0], names) == "cat every time"
    assert votes_in_words([9, 41, 0, 0, 0], names) == "dog 41 times, cat 9 times"
    told = votes_in_words([1, 40, 5, 2, 2], names)
    assert told == "dog 40 times, deer 5 times, frog 2 times, another 3 times"


# ---- what cannot be asked ----


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"pixels": 3},
        {"pixels": "über"},
        {"pixels": "AAAA"},
        {"pixels": "A" * 4096, "passes": 0},
        {"pixels": "A" * 4096, "passes": 201},
        {"pixels": "A" * 4096, "seed": -1},
        {"pixels": "A" * 4096, "unknown": 1},
        {"pixels": "A" * 10**6},
        [],
    ],
)
def test_a_question_that_makes_no_sense_is_refused_with_a_sentence(raw: Any) -> None:
    with pytest.raises(ConfigError) as refused:
        Classify.parse(raw)
    assert len(str(refused.value)) < 400


# ---- which pictures to choose from ----


def test_choices_are_the_first_right_and_wrong_ones_of_the_test_set(
    workbench: Workbench, opened: Opened
) -> None:
    with torch.inference_mode():
        *parts, told = choices(workbench, [opened], Choices(count=300, most=20))
    assert len(parts) == 3
    assert isinstance(told, dict)
    split = workbench.split("shapes")
    shares = by_hand(opened.net, torch.cat([normalised(one) for one in split.images[:300]]))
    guess, label = shares.argmax(1), torch.tensor(split.labels[:300])
    for name, chosen in (("wrong", guess != label), ("right", guess == label)):
        expected = chosen.nonzero().flatten()[:20].tolist()
        assert [one["index"] for one in told[name]] == expected
        for one in told[name]:
            assert one["label"] == label[one["index"]]
            assert one["guess"] == guess[one["index"]]
            assert one["confidence"] == pytest.approx(float(shares[one["index"]].max()), rel=1e-3)
    assert told["wrong_count"] == int((guess != label).sum())
    assert told["looked_at"] == 300
