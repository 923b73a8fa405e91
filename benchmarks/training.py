"""Images a second while training: this project's loop against the loop that tutorials use.

Each variant runs in a process of its own, in turns, on real CIFAR-10 where it is there (else on
drawn shapes), with two threads, batch 128, the article's network and its dropout. Printed: the
median over rounds, and the median of the ratios within rounds. Also the share of the machine's
measured bf16 matrix-product peak that training reaches.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.machine import describe
from dropout_demo.config import RunConfig
from dropout_demo.data import Data, load, status
from dropout_demo.devices import choose, keep_freed_memory
from dropout_demo.estimates import macs
from dropout_demo.evaluation import Pictures
from dropout_demo.learner import Learner

ROUNDS = 5
SECONDS = 5.0
WARM_UP_STEPS = 10
BATCH = 128
THREADS = 2
PEAK_SIZE = 4096
FLOPS_A_MAC = 2
PASSES = 3  # forward, gradient of the activations, gradient of the weights


def main() -> None:
    """Measure in turns and print."""
    print(describe())
    variants = ("tutorial", "fp32", "auto")
    rounds = [{name: _in_a_process(name) for name in variants} for _ in range(ROUNDS)]
    for name in variants:
        print(f"{name:>9}: {statistics.median(r[name] for r in rounds):,.0f} images/s")
    for name in ("fp32", "auto"):
        ratios = sorted(r[name] / r["tutorial"] for r in rounds)
        print(
            f"{name} against tutorial: {statistics.median(ratios):.2f} times "
            f"({ratios[0]:.2f} to {ratios[-1]:.2f} over {ROUNDS} rounds)"
        )
    peak = _in_a_process("peak")
    speed = statistics.median(r["auto"] for r in rounds)
    done = speed * PASSES * FLOPS_A_MAC * macs(RunConfig()) / 1e12
    print(f"training does {done:.2f} of {peak:.2f} TFLOP/s in bf16: {100 * done / peak:.0f} %")


def _in_a_process(name: str) -> float:
    command = [sys.executable, "-m", "benchmarks.training", name]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return float(json.loads(output.splitlines()[-1]))


def measure(name: str) -> float:
    """One variant's images a second, or the peak in TFLOP/s."""
    torch.set_num_threads(THREADS)
    if name == "peak":
        return _peak()
    data = load("cifar10" if status("cifar10").ready else "shapes")
    step = _tutorial_step(data) if name == "tutorial" else _our_step(data, name)
    for _ in range(WARM_UP_STEPS):
        step()
    begun, steps = time.perf_counter(), 0
    while time.perf_counter() - begun < SECONDS:
        step()
        steps += 1
    return steps * BATCH / (time.perf_counter() - begun)


def _our_step(data: Data, precision: str) -> Callable[[], object]:
    keep_freed_memory()
    config = RunConfig.preset("article", dataset=data.name, precision=precision)
    device = choose(config.precision)
    learner = Learner(config, device)
    pictures = Pictures(data.train.images, data.train.labels, device)

    def batches() -> Iterator[Tensor]:
        while True:
            order = torch.randperm(len(pictures))
            yield from (index for index in order.split(BATCH) if len(index) == BATCH)

    indices = batches()
    # .item(): the tutorial's loop reads its loss at every step too
    return lambda: learner.update(*pictures.batch(next(indices)))[0].item()


def _tutorial_step(data: Data) -> Callable[[], object]:
    """torchvision's data set, ToTensor, Normalize, DataLoader, fp32: as in a hundred tutorials."""
    from dropout_demo.vision import import_torchvision

    import_torchvision()
    from torchvision import transforms
    from torchvision.datasets import CIFAR10

    class InMemory(CIFAR10):  # type: ignore[misc]  # torchvision has no types
        """torchvision's CIFAR10 with its arrays given: __getitem__ is what costs."""

        def __init__(self, transform: Any) -> None:
            self.data, self.targets = data.train.images, data.train.labels.tolist()
            self.transform, self.target_transform = transform, None

    mean, std = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
    transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize(mean, std)])
    loader: torch.utils.data.DataLoader[Any] = torch.utils.data.DataLoader(
        InMemory(transform), batch_size=BATCH, shuffle=True, drop_last=True
    )
    network = nn.Sequential(
        *(nn.Conv2d(3, 32, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(64, 128, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Dropout(0.25), nn.Linear(512, 512), nn.ReLU()),
        *(nn.Dropout(0.25), nn.Linear(512, 10)),
    )
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    criterion = nn.CrossEntropyLoss()

    def batches() -> Iterator[tuple[Tensor, Tensor]]:
        while True:
            yield from loader

    pairs = batches()

    def step() -> float:
        images, labels = next(pairs)
        optimizer.zero_grad()
        loss = criterion(network(images), labels)
        loss.backward()
        optimizer.step()
        return float(loss.item())

    return step


def _peak() -> float:
    """The fastest of some bf16 products of two square matrices, in TFLOP/s."""
    first, second = (torch.randn(PEAK_SIZE, PEAK_SIZE).bfloat16() for _ in range(2))
    times = []
    for _ in range(8):
        begun = time.perf_counter()
        first @ second
        times.append(time.perf_counter() - begun)
    return FLOPS_A_MAC * PEAK_SIZE**3 / min(times) / 1e12


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[0].endswith("training.py"):
        print(json.dumps(measure(sys.argv[1])))
    else:
        main()
