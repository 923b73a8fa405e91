"""Networks together, answered: each number again by a short script."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from dropout_demo.inside.answers.base import ProbeError, Progress
from dropout_demo.inside.answers.combine import combine
from dropout_demo.inside.combine import CombineQuestion
from dropout_demo.inside.workbench import Opened, Workbench
from dropout_demo.probes.calibration import calibration_error
from dropout_demo.problems import ConfigError
from tests.inside.conftest import TINY

FEW = CombineQuestion(images=200)


@pytest.fixture(autouse=True)
def threads(one_thread: None) -> None:
    pass


@pytest.fixture
def three(workbench: Workbench, weights: Path, opened: Opened, plain: Opened) -> list[Opened]:
    """Its dropout twin after both epochs, and the plain one."""
    return [opened, plain, workbench.open(TINY, str(weights / TINY.hash), 1)]


def parts(bench: Workbench, networks: list[Opened]) -> Iterator[object]:
    with torch.inference_mode():
        yield from combine(bench, networks, FEW)


def test_each_network_and_all_together_are_what_their_softmax_says(
    workbench: Workbench, three: list[Opened]
) -> None:
    *progress, answer = parts(workbench, three)
    assert all(isinstance(one, Progress) for one in progress)
    assert isinstance(answer, dict)
    batch = workbench.batch("shapes", 200)
    with torch.inference_mode():
        shares = torch.stack([one.net(batch.images).softmax(1) for one in three])
    singles = [shares[at] for at in range(3)]
    for told, said in [
        *zip(answer["each"], singles, strict=True),
        (answer["curve"][2], shares.mean(0)),
    ]:
        truth = said[range(200), batch.labels]
        accuracy = (said.argmax(1) == batch.labels).float().mean()
        assert told["accuracy"][0] == pytest.approx(float(accuracy), abs=1e-5)
        assert told["loss"][0] == pytest.approx(float(-truth.log().mean()), abs=1e-4)
        calibration = float(calibration_error(said, batch.labels))
        assert told["calibration"][0] == pytest.approx(calibration, abs=1e-4)
    assert answer["images"] == 200


def test_the_curve_begins_at_the_mean_of_each_alone_and_its_gain_is_its_rise(
    workbench: Workbench, three: list[Opened]
) -> None:
    *_, answer = parts(workbench, three)
    assert isinstance(answer, dict)
    assert [point["networks"] for point in answer["curve"]] == [1, 2, 3]
    for name in ("accuracy", "loss", "calibration"):
        alone = sum(each[name][0] for each in answer["each"]) / 3
        assert answer["curve"][0][name][0] == pytest.approx(alone, abs=1e-5)
        rise = answer["curve"][2][name][0] - answer["curve"][0][name][0]
        assert answer["gain"][name][0] == pytest.approx(rise, abs=1e-5)
        for told in (*answer["each"], *answer["curve"], answer["gain"]):
            value, low, high = told[name]
            assert low < value < high


def test_the_loss_of_the_mean_is_never_above_the_mean_of_the_losses(
    workbench: Workbench, three: list[Opened]
) -> None:
    *_, answer = parts(workbench, three)
    assert isinstance(answer, dict)
    losses = [point["loss"][0] for point in answer["curve"]]  # Jensen's inequality
    assert losses[0] >= losses[1] >= losses[2]


def test_the_interval_of_one_network_is_about_the_binomial_one(
    workbench: Workbench, three: list[Opened]
) -> None:
    *_, answer = parts(workbench, three)
    assert isinstance(answer, dict)
    value, low, high = answer["each"][0]["accuracy"]
    expected = 2 * 1.96 * (value * (1 - value) / 200) ** 0.5
    assert high - low == pytest.approx(expected, rel=0.2)


def test_a_network_beside_itself_gains_nothing(workbench: Workbench, opened: Opened) -> None:
    *_, answer = parts(workbench, [opened, opened])
    assert isinstance(answer, dict)
    assert answer["gain"]["accuracy"] == pytest.approx([0, 0, 0], abs=1e-6)


def test_one_network_alone_is_refused(workbench: Workbench, opened: Opened) -> None:
    with pytest.raises(ProbeError, match="at least two"):
        list(parts(workbench, [opened]))


def test_networks_of_two_data_sets_are_refused(workbench: Workbench, opened: Opened) -> None:
    other = replace(opened, config=opened.config.model_copy(update={"dataset": "cifar10"}))
    with pytest.raises(ProbeError, match="different data sets"):
        list(parts(workbench, [opened, other]))


def test_too_many_images_are_refused() -> None:
    with pytest.raises(ConfigError, match="images"):
        CombineQuestion.parse({"images": 20_000})
