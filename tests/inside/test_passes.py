"""Many masked passes, answered: each number again by a short script from the weights alone."""

from __future__ import annotations

import base64
import io
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional

from dropout_demo.data import CLASSES
from dropout_demo.inside.answers.base import ProbeError, Progress
from dropout_demo.inside.answers.passes import passes
from dropout_demo.inside.passes import PassesQuestion
from dropout_demo.inside.workbench import Opened, Workbench
from dropout_demo.masks import keep_mask
from dropout_demo.problems import ConfigError

FEW = PassesQuestion(passes=20, images=200, draw=3)


_answers: dict[tuple[Any, ...], Any] = {}


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Small tensors: several threads would wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def parts_of(bench: Workbench, networks: Sequence[Opened], question: PassesQuestion) -> list[Any]:
    """All that is yielded; the last is the answer."""
    with torch.inference_mode():
        return list(passes(bench, networks, question))


def answer_of(bench: Workbench, networks: Sequence[Opened], question: PassesQuestion = FEW) -> Any:
    """The answer, made once a question: the networks are the same in all tests."""
    key = (question, *(one.config for one in networks))
    if key not in _answers:
        _answers[key] = parts_of(bench, networks, question)[-1]
    return _answers[key]


def pixels_of(bench: Workbench, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Images, normalised by hand with CIFAR-10's mean and deviation, and labels."""
    split = bench.split("shapes")
    mean, deviation = [125.31, 122.95, 113.87], [62.99, 62.09, 66.70]
    images = (split.images[:count] - np.array(mean)) / np.array(deviation)
    x = torch.from_numpy(images).float().permute(0, 3, 1, 2)
    return x.contiguous(memory_format=torch.channels_last), torch.tensor(split.labels[:count])


def units_of(opened: Opened, x: torch.Tensor) -> torch.Tensor:
    """What enters the dense layers (N, units), by torch's functions from the weights."""
    w = opened.net.state_dict()
    for name in ("conv1", "conv2", "conv3"):
        x = functional.conv2d(x, w[f"{name}.weight"], w[f"{name}.bias"])
        x = functional.max_pool2d(functional.relu(x), 2)
    return x.flatten(1)


def dense(opened: Opened, x: torch.Tensor, masks: Sequence[torch.Tensor | None]) -> torch.Tensor:
    """The softmax (N, 10) from those units under masks on them and on fc1's, or none."""
    w = opened.net.state_dict()
    x = x if masks[0] is None else x * masks[0] / 0.75
    x = functional.relu(functional.linear(x, w["fc1.weight"], w["fc1.bias"]))
    x = x if masks[1] is None else x * masks[1] / 0.75
    return functional.softmax(functional.linear(x, w["logits.weight"], w["logits.bias"]), 1)


def pool_of(bench: Workbench, opened: Opened, draw: int = 3) -> tuple[torch.Tensor, ...]:
    """20 masked passes and the scaled one over 200 images, and the labels."""
    x, labels = pixels_of(bench, 200)
    units, stream = units_of(opened, x), torch.Generator().manual_seed(draw)
    hidden = torch.empty(200, opened.net.fc1.out_features)
    pool = torch.stack(
        [
            dense(opened, units, [keep_mask(like, 0.25, stream) for like in (units, hidden)])
            for _ in range(20)
        ]
    )
    return pool, dense(opened, units, [None, None]), labels


def measures_of(shares: torch.Tensor, labels: torch.Tensor) -> dict[str, float]:
    """Accuracy, loss and calibration error; the last by bins of 1/15, by hand."""
    confidence, guess = shares.max(1)
    hits = (guess == labels).float()
    error = 0.0
    for i in range(15):
        inside = (confidence > i / 15) & (confidence <= (i + 1) / 15)
        error += abs(float(hits[inside].sum() - confidence[inside].sum())) / len(labels)
    loss = float(functional.nll_loss(shares.log(), labels))
    return {"accuracy": float(hits.mean()), "loss": loss, "calibration": error}


def test_the_curve_is_what_a_short_script_finds_from_the_same_masks(
    workbench: Workbench, opened: Opened
) -> None:
    pool, scaled, labels = pool_of(workbench, opened)
    answer = answer_of(workbench, [opened])
    assert [point["passes"] for point in answer["curve"]] == [1, 2, 3, 5, 7, 10, 15, 20]
    for point in answer["curve"]:
        size = point["passes"]
        groups = [pool[at : at + size].mean(0) for at in range(0, 20 - size + 1, size)]
        found = [measures_of(group, labels) for group in groups]
        for name in ("accuracy", "loss", "calibration"):
            expected = np.mean([one[name] for one in found])
            assert point[name][0] == pytest.approx(expected, abs=2e-5), (size, name)
            assert point[name][1] < point[name][0] < point[name][2]
    for name, value in measures_of(scaled, labels).items():
        assert answer["results"]["scaled"][name][0] == pytest.approx(value, abs=2e-5)
    for name, value in measures_of(pool.mean(0), labels).items():
        assert answer["results"]["masked"][name][0] == pytest.approx(value, abs=2e-5)


def test_the_band_is_as_wide_as_single_draws_of_masks_vary(
    workbench: Workbench, opened: Opened
) -> None:
    question = FEW.model_copy(update={"passes": 100})
    point = answer_of(workbench, [opened], question)["curve"][0]
    pool = torch.cat([pool_of(workbench, opened, draw)[0] for draw in range(10, 20)])
    labels = pixels_of(workbench, 200)[1]
    losses = [float(functional.nll_loss(one.log(), labels)) for one in pool]
    width = point["loss"][2] - point["loss"][1]
    assert width == pytest.approx(2 * 1.96 * np.std(losses), rel=0.3)  # 100 draws each


def test_intervals_over_images_are_those_of_means_and_of_paired_differences(
    workbench: Workbench, opened: Opened
) -> None:
    pool, scaled, labels = pool_of(workbench, opened)
    answer = answer_of(workbench, [opened])
    one, other = (
        functional.nll_loss(s.log(), labels, reduction="none") for s in (scaled, pool.mean(0))
    )
    cases = [
        (answer["results"]["scaled"]["loss"], one),
        (answer["differences"]["masked"]["loss"], other - one),
    ]
    for (value, low, high), by_image in cases:
        assert value == pytest.approx(float(by_image.mean()), abs=2e-5)
        half = 1.96 * float(by_image.std()) / math.sqrt(200)
        assert (high - low) / 2 == pytest.approx(half, rel=0.2)  # 200 resamplings


def test_an_ensemble_is_the_mean_of_the_networks_softmaxes(
    workbench: Workbench, opened: Opened, plain: Opened
) -> None:
    x, labels = pixels_of(workbench, 200)
    each = [dense(one, units_of(one, x), [None, None]) for one in (opened, plain)]
    answer = answer_of(workbench, [opened, plain])
    for name, value in measures_of((each[0] + each[1]) / 2, labels).items():
        assert answer["results"]["ensemble"][name][0] == pytest.approx(value, abs=2e-5)
        assert answer["ensemble"][1][name] == pytest.approx(value, abs=2e-5)
        alone = np.mean([measures_of(shares, labels)[name] for shares in each])
        assert answer["ensemble"][0][name] == pytest.approx(alone, abs=2e-5)
    assert answer_of(workbench, [opened])["ensemble"] == []


def test_the_images_least_sure_of_are_those_of_highest_entropy_and_disagreement(
    workbench: Workbench, opened: Opened
) -> None:
    pool, _, labels = pool_of(workbench, opened)
    answer = answer_of(workbench, [opened])
    mean = pool.mean(0)
    entropy = torch.distributions.Categorical(mean).entropy()
    split = entropy - torch.distributions.Categorical(pool).entropy().mean(0)
    for by, values in (("entropy", entropy), ("disagreement", split)):
        told = answer["pictures"][by]
        assert [one["index"] for one in told] == values.topk(6).indices.tolist()
        assert [one[by] for one in told] == pytest.approx(values.topk(6).values.tolist(), abs=1e-4)
    wrong = mean.argmax(1) != labels
    least = entropy.argsort(descending=True)
    assert answer["unsure"]["images"] == 20
    assert answer["unsure"]["wrong"] == pytest.approx(float(wrong[least[:20]].float().mean()))
    others = float(wrong[least[20:]].float().mean())
    assert answer["unsure"]["others"] == pytest.approx(others, abs=1e-4)


def test_a_picture_is_the_image_and_its_spread_that_of_the_passes(
    workbench: Workbench, opened: Opened
) -> None:
    pool, scaled, labels = pool_of(workbench, opened)
    told = answer_of(workbench, [opened])["pictures"]["entropy"][0]
    at = told["index"]
    raw = Image.open(io.BytesIO(base64.b64decode(told["picture"])))
    assert np.array_equal(np.asarray(raw), workbench.split("shapes").images[at])
    assert told["label"] == CLASSES["shapes"][int(labels[at])]
    assert told["mean"] == pytest.approx(pool[:, at].mean(0).tolist(), abs=1e-4)
    assert told["scaled"] == pytest.approx(scaled[at].tolist(), abs=1e-4)
    ends = np.quantile(pool[:, at].numpy(), [0.025, 0.975], axis=0)
    assert [told["low"], told["high"]] == [pytest.approx(end, abs=1e-4) for end in ends.tolist()]


def test_the_reliability_of_all_bins_together_is_the_accuracy(
    workbench: Workbench, opened: Opened
) -> None:
    answer = answer_of(workbench, [opened])
    for who, bins in answer["reliability"].items():
        count = sum(one["count"] for one in bins)
        hits = sum(one["count"] * one["accuracy"] for one in bins)
        assert hits / count == pytest.approx(answer["results"][who]["accuracy"][0], abs=1e-6)


def test_masks_put_in_after_the_fact_stand_at_both_dense_layers(
    workbench: Workbench, plain: Opened
) -> None:
    question = FEW.model_copy(update={"added": 0.25})
    pool, _, labels = pool_of(workbench, plain)
    answer = answer_of(workbench, [plain], question)
    assert answer["dropout"] == {"flatten": 0.25, "fc1": 0.25}
    assert answer["added"]
    expected = measures_of(pool.mean(0), labels)["loss"]
    assert answer["results"]["masked"]["loss"][0] == pytest.approx(expected, abs=2e-5)


def test_without_dropout_the_answer_is_a_sentence(workbench: Workbench, plain: Opened) -> None:
    with pytest.raises(ProbeError, match="no dropout, so every pass gives the same"):
        parts_of(workbench, [plain], FEW)


def test_a_network_of_no_numbers_is_refused(workbench: Workbench, opened: Opened) -> None:
    import copy

    broken = replace(opened, net=copy.deepcopy(opened.net))
    with torch.no_grad():
        broken.net.logits.bias.fill_(float("nan"))
    with pytest.raises(ProbeError, match="its training diverged"):
        parts_of(workbench, [broken], FEW)


def test_news_come_on_the_way_and_the_answer_is_json(workbench: Workbench, opened: Opened) -> None:
    *news, answer = parts_of(workbench, [opened], FEW)
    assert all(isinstance(one, Progress) for one in news)
    done = [one.done for one in news]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, 1)
    partial = [one.partial for one in news if one.partial]
    assert [one["passes"] for one in partial] == [1, 2, 3, 5, 7, 10, 15, 20]
    final = {name: told[0] for name, told in answer["results"]["masked"].items()}
    assert partial[-1]["masked"] == pytest.approx(final, abs=1e-5)
    json.dumps(answer, allow_nan=False)


def test_the_same_question_has_the_same_answer_and_other_masks_another(
    workbench: Workbench, opened: Opened
) -> None:
    first, again = answer_of(workbench, [opened]), parts_of(workbench, [opened], FEW)[-1]
    assert first == again
    other = answer_of(workbench, [opened], FEW.model_copy(update={"draw": 4}))
    assert other["results"]["scaled"] == first["results"]["scaled"]
    assert other["results"]["masked"] != first["results"]["masked"]


@pytest.mark.parametrize("raw", [{"passes": 1}, {"images": 5}, {"added": 1.0}, {"draw": -1}])
def test_numbers_out_of_range_are_refused(raw: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=f"{next(iter(raw))} is"):
        PassesQuestion.parse(raw)
