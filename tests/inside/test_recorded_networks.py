"""The recorded networks on real CIFAR-10, by plain torch: they are the ones that were recorded."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch.nn import functional

from dropout_demo.data import load
from dropout_demo.recorded import RecordedRun, recording, weights_of
from dropout_demo.weights import file_of

pytestmark = pytest.mark.usefixtures("one_thread")

MEAN, STD = (125.31, 122.95, 113.87), (62.99, 62.09, 66.70)


def pair() -> list[RecordedRun]:
    """One of each arm; the test images take seconds."""
    found = recording("article-pair")
    assert found is not None
    return [run for run in found.runs if run.config.seed == 0]


@pytest.mark.parametrize("run", pair(), ids=lambda run: run.config.hash)
def test_its_accuracy_and_loss_on_the_test_images_are_the_recorded_ones(
    run: RecordedRun, real_data: Path
) -> None:
    test = load("cifar10").test
    file = file_of(weights_of(run.config), run.config.epochs)
    w = {k: v.float() for k, v in torch.load(file, weights_only=True)["network"].items()}
    scores = []
    for start in range(0, 10_000, 1_000):
        x = torch.tensor(test.images[start : start + 1_000]).float()
        x = ((x - torch.tensor(MEAN)) / torch.tensor(STD)).permute(0, 3, 1, 2)
        for layer in ("conv1", "conv2", "conv3"):
            x = functional.conv2d(x, w[f"{layer}.weight"], w[f"{layer}.bias"])
            x = functional.max_pool2d(x.relu(), 2)
        x = (x.flatten(1) @ w["fc1.weight"].T + w["fc1.bias"]).relu()
        scores.append(x @ w["logits.weight"].T + w["logits.bias"])
    labels, told = torch.tensor(test.labels), torch.cat(scores)
    recorded = run.events[-1]["test"]
    # The run computed in bf16, this in fp32: the same network, but for the last digits.
    accuracy = (told.argmax(1) == labels).double().mean().item()
    assert accuracy == pytest.approx(recorded["accuracy"], abs=0.003)
    assert functional.cross_entropy(told, labels).item() == pytest.approx(
        recorded["loss"], abs=0.01
    )
