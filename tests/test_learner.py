from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from dropout_demo.augment import Augmenter
from dropout_demo.config import RATES, Dropout, RunConfig
from dropout_demo.data import Data
from dropout_demo.devices import Device, choose
from dropout_demo.evaluation import Pictures
from dropout_demo.learner import Learner, learning_rate_factor
from tests.strategies import configs, dropouts

pytestmark = pytest.mark.usefixtures("one_thread")

FP32 = Device("cpu", "fp32", "tested")
BF16 = Device("cpu", "bf16", "tested")
STEPS = 8
Quick = Callable[..., RunConfig]
OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "adam": lambda weights, c: torch.optim.Adam(
        weights, lr=c.learning_rate, weight_decay=c.weight_decay, fused=True
    ),
    "adamw": lambda weights, c: torch.optim.AdamW(
        weights, lr=c.learning_rate, weight_decay=c.weight_decay, fused=True
    ),
    "sgd": lambda weights, c: torch.optim.SGD(
        weights, lr=c.learning_rate, momentum=c.momentum, weight_decay=c.weight_decay, fused=True
    ),
}


def batches(data: Data, device: Device = FP32) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    pictures = Pictures(data.train.images, data.train.labels, device)
    for index in torch.arange(STEPS * 60).split(60):
        yield pictures.batch(index)


def plain_copy(learner: Learner) -> nn.Sequential:
    """The same network from torch's own parts, with the same weights."""
    net = learner.net
    parts = []
    for conv in (net.conv1, net.conv2, net.conv3):
        parts += [nn.Conv2d(conv.in_channels, conv.out_channels, 3), nn.MaxPool2d(2), nn.ReLU()]
    units = net.fc1.out_features
    parts += [nn.Flatten(), nn.Linear(net.fc1.in_features, units), nn.ReLU(), nn.Linear(units, 10)]
    plain = nn.Sequential(*parts)
    plain.load_state_dict(dict(zip(plain.state_dict(), net.state_dict().values(), strict=True)))
    return plain.to(memory_format=torch.channels_last)


@pytest.mark.parametrize("weight_decay", [0.0, 0.01])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_learning_equals_a_plain_loop_of_torch_to_the_last_bit(
    small_data: Data, quick: Quick, optimizer: str, weight_decay: float
) -> None:
    config = quick(optimizer=optimizer, weight_decay=weight_decay, learning_rate=0.01)
    learner = Learner(config, FP32)
    plain = plain_copy(learner)
    torchs = OPTIMIZERS[optimizer](plain.parameters(), config)
    for images, labels in batches(small_data):
        loss, correct = learner.update(images, labels)
        scores = plain(images)
        plain_loss = functional.cross_entropy(scores, labels)
        torchs.zero_grad()
        plain_loss.backward()
        torchs.step()
        assert torch.equal(loss, plain_loss.detach())
        assert correct == (scores.argmax(1) == labels).sum()
    for ours, theirs in zip(learner.net.parameters(), plain.parameters(), strict=True):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize("device", [FP32, BF16], ids=["fp32", "bf16"])
@pytest.mark.parametrize("bound", [0.05, 0.5])
def test_no_units_weights_are_ever_longer_than_max_norm(
    small_data: Data, quick: Quick, device: Device, bound: float
) -> None:
    learner = Learner(quick(max_norm=bound, optimizer="sgd", learning_rate=0.1), device)
    held_back = 0
    for images, labels in batches(small_data, device):
        learner.update(images, labels)
        for weight in learner.masters:
            if weight.dim() > 1:
                norms = weight.detach().flatten(1).norm(dim=1)
                assert norms.max() <= bound * (1 + 1e-6)
                held_back += int((norms > 0.999 * bound).sum())
    assert held_back


def test_a_bound_that_nothing_reaches_changes_nothing(small_data: Data, quick: Quick) -> None:
    bound, free = Learner(quick(max_norm=100), FP32), Learner(quick(), FP32)
    for images, labels in batches(small_data):
        assert torch.equal(bound.update(images, labels)[0], free.update(images, labels)[0])


def test_biases_are_not_bounded(small_data: Data, quick: Quick) -> None:
    learner = Learner(quick(max_norm=1e-3, optimizer="sgd", learning_rate=1.0), FP32)
    for images, labels in batches(small_data):
        learner.update(images, labels)
    assert learner.net.logits.bias.norm() > 1e-2


def test_in_bf16_the_weights_that_are_updated_keep_full_precision(
    small_data: Data, quick: Quick
) -> None:
    learner = Learner(quick(learning_rate=1e-6), BF16)
    before = [master.clone() for master in learner.masters]
    for images, labels in batches(small_data, BF16):
        learner.update(images, labels)
    for master, weight, old in zip(learner.masters, learner.weights, before, strict=True):
        assert master.dtype == torch.float32
        assert weight.dtype == torch.bfloat16
        assert torch.equal(weight, master.bfloat16())
        assert not torch.equal(master, old)  # steps far below bf16's spacing are not lost


def test_both_precisions_start_from_the_same_weights(quick: Quick) -> None:
    for full, master in zip(
        Learner(quick(), FP32).masters, Learner(quick(), BF16).masters, strict=True
    ):
        assert torch.equal(full, master)


def test_bf16_learns_as_fp32_does(small_data: Data, quick: Quick) -> None:
    full, half = Learner(quick(), FP32), Learner(quick(), BF16)
    for (images, labels), (rough, _) in zip(
        batches(small_data), batches(small_data, BF16), strict=True
    ):
        loss, rough_loss = full.update(images, labels)[0], half.update(rough, labels)[0]
        assert rough_loss.item() == pytest.approx(loss.item(), rel=0.03)


def schedule_of_torch(name: str, steps: int, optimizer: torch.optim.Optimizer) -> Any:
    if name == "cosine":
        return torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    if name == "step":
        return torch.optim.lr_scheduler.MultiStepLR(optimizer, [steps // 2, steps * 3 // 4], 0.1)
    return torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1.0)


@pytest.mark.parametrize("name", ["constant", "cosine", "step"])
def test_a_schedule_is_torchs_own(name: str) -> None:
    steps = 40
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
    torchs = schedule_of_torch(name, steps, optimizer)
    for step in range(steps):
        assert optimizer.param_groups[0]["lr"] == pytest.approx(
            learning_rate_factor(name, step / steps), abs=1e-12
        )
        optimizer.step()
        torchs.step()


def test_a_schedule_runs_over_all_steps_of_the_run(small_data: Data, quick: Quick) -> None:
    config = quick(schedule="cosine", learning_rate=0.01, epochs=1, train_size=480, batch_size=60)
    learner = Learner(config, FP32)
    used = []
    for images, labels in batches(small_data):
        used.append(learner.optimizer.param_groups[0]["lr"])
        learner.update(images, labels)
    assert used == pytest.approx(
        [0.01 * (1 + math.cos(math.pi * step / STEPS)) / 2 for step in range(STEPS)]
    )
    assert learner.optimizer.param_groups[0]["lr"] == pytest.approx(0, abs=1e-9)


def test_momentum_is_used_by_sgd_alone(small_data: Data, quick: Quick) -> None:
    def losses(**changes: Any) -> list[float]:
        learner = Learner(quick(learning_rate=0.01, **changes), FP32)
        return [learner.update(*batch)[0].item() for batch in batches(small_data)]

    assert losses(optimizer="sgd", momentum=0.0) != losses(optimizer="sgd", momentum=0.9)
    assert losses(optimizer="adam", momentum=0.0) == losses(optimizer="adam", momentum=0.9)


def test_dropout_follows_its_schedule_over_all_steps(small_data: Data, quick: Quick) -> None:
    used: dict[str, list[float]] = {}
    for name in ("always", "early", "late", "growing"):
        config = quick(
            dropout={"conv1": Dropout(0.2, "channel"), "fc1": Dropout(0.5)},
            dropout_schedule=name, epochs=1, train_size=480, batch_size=60,
        )  # fmt: skip
        learner = Learner(config, FP32)
        used[name] = []
        for images, labels in batches(small_data):
            learner.update(images, labels)
            used[name].append(learner.net.dropout["fc1"].p)
            assert learner.net.dropout["conv1"].p == pytest.approx(0.4 * used[name][-1])
    assert used["always"] == [0.5] * 8
    assert used["early"] == [0.5] * 4 + [0.0] * 4
    assert used["late"] == [0.0] * 4 + [0.5] * 4
    assert used["growing"] == pytest.approx([0.5 * (1 - math.exp(-10 * s / 8)) for s in range(8)])


@pytest.mark.parametrize("place", ["before", "after"])
def test_batch_normalisation_learns_in_bf16_as_in_fp32_with_fp32_statistics(
    small_data: Data, quick: Quick, place: str
) -> None:
    full, half = (Learner(quick(batch_norm=place), device) for device in (FP32, BF16))
    for (images, labels), (rough, _) in zip(
        batches(small_data), batches(small_data, BF16), strict=True
    ):
        loss, rough_loss = full.update(images, labels)[0], half.update(rough, labels)[0]
        assert rough_loss.item() == pytest.approx(loss.item(), rel=0.05)
    for name, value in half.net.norms.state_dict().items():
        assert value.dtype == full.net.norms.state_dict()[name].dtype
        assert not value.dtype.is_floating_point or value.dtype == torch.float32
    ours = full.net.norms["conv1"].running_var
    torch.testing.assert_close(half.net.norms["conv1"].running_var, ours, rtol=0.05, atol=1e-3)
    assert not torch.equal(half.net.norms["conv1"].weight, torch.ones(8))


@pytest.mark.parametrize("device", [FP32, BF16], ids=["fp32", "bf16"])
def test_going_back_gives_the_network_as_it_was_kept_last(
    small_data: Data, quick: Quick, device: Device
) -> None:
    learner = Learner(quick(batch_norm="after", dropout={"fc1": 0.5}), device)
    before: dict[str, torch.Tensor] = {}
    for at, batch in enumerate(batches(small_data, device)):
        learner.update(*batch)
        if at in (1, 4):
            learner.keep()
            before = {name: value.clone() for name, value in learner.net.state_dict().items()}
    assert any(not torch.equal(v, learner.net.state_dict()[n]) for n, v in before.items())
    learner.go_back()
    assert all(torch.equal(v, learner.net.state_dict()[n]) for n, v in before.items())


def test_one_copy_is_kept_however_often(small_data: Data, quick: Quick) -> None:
    learner = Learner(quick(), FP32)
    learner.keep()
    places = {name: value.data_ptr() for name, value in learner.kept.items()}
    for batch in batches(small_data):
        learner.update(*batch)
        learner.keep()
    assert {name: value.data_ptr() for name, value in learner.kept.items()} == places


narrow = configs(
    dataset=st.just("shapes"),
    train_size=st.sampled_from((10, 13, 20)),
    batch_size=st.sampled_from((2, 5, 10, 128)),
    width=st.floats(0.125, 0.3),
    dropout=dropouts(st.sampled_from(RATES)),
    epochs=st.just(1),
)


@settings(max_examples=600)
@given(narrow)
def test_any_configuration_builds_a_network_that_takes_a_step_with_a_finite_loss(
    config: RunConfig,
) -> None:
    device = choose(config.precision)
    learner, augment = Learner(config, device), Augmenter(config, device.name)
    images = torch.randn(config.batch_size % 20 + 2, 3, 32, 32).to(device.name, device.dtype)
    labels = torch.arange(len(images), device=device.name) % 10
    loss, correct = learner.update(augment(images), labels)
    assert math.isfinite(loss)
    assert 0 <= correct <= len(labels)
    assert set(learner.net.dropout) == set(config.dropout)
    assert all(weight.grad is not None for weight in learner.weights)
    assert learner.net.eval()(images).shape == (len(images), 10)
