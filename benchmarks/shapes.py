"""Is `shapes` hard enough? The article's network must overfit 4,000 of them, and dropout must help.

    python -m benchmarks.shapes [SEEDS]

Trains both arms for each seed, with the same weights and batches in a pair, and prints the paired
difference in validation loss after the last epoch with its 95 % interval.
"""

from __future__ import annotations

import platform
import sys
import time

import torch

from dropout_demo.config import Dropout, RunConfig
from dropout_demo.data import load
from dropout_demo.events import Epoch
from dropout_demo.stats import Difference, paired_difference
from dropout_demo.training import train

SEEDS = 5
TRAIN_SIZE = 4_000
EPOCHS = 15
RATES = {"flatten": Dropout(0.25), "fc1": Dropout(0.25)}
HEAD = "seed  arm       lowest val loss (epoch)   last val loss  val acc.  clean acc.  clean gap"


def main(seeds: int = SEEDS) -> None:
    """Train, print a line a run, then the differences."""
    data = load("shapes")
    drawn = f"shapes {data.fingerprint[:12]}"
    print(f"{drawn}, {TRAIN_SIZE:,} pictures, {EPOCHS} epochs, {seeds} seeds")
    print(
        f"{platform.processor() or platform.machine()}, {torch.get_num_threads()} threads, "
        f"torch {torch.__version__}, Python {platform.python_version()}\n\n{HEAD}"
    )
    begun = time.perf_counter()
    arms: dict[str, list[list[Epoch]]] = {"none": [], "dropout": []}
    for seed in range(seeds):
        for arm, rates in (("none", {}), ("dropout", RATES)):
            config = RunConfig(
                dataset="shapes", train_size=TRAIN_SIZE, epochs=EPOCHS, dropout=rates, seed=seed
            )
            epochs = [event for event in train(config, data) if isinstance(event, Epoch)]
            arms[arm].append(epochs)
            print(_line(seed, arm, epochs), flush=True)
    print(f"\n{time.perf_counter() - begun:.0f} s in all")
    for name, values in _measures(arms).items():
        print(f"{name}: {_sentence(paired_difference(values['dropout'], values['none']))}")


def _line(seed: int, arm: str, epochs: list[Epoch]) -> str:
    best, last = min(epochs, key=lambda e: e.val.loss), epochs[-1]
    gap = last.val.loss - last.train_clean.loss
    return (
        f"{seed:4}  {arm:8}  {best.val.loss:15.3f} ({best.epoch:5})  {last.val.loss:14.3f}"
        f"{last.val.accuracy:10.3f}{last.train_clean.accuracy:12.3f}{gap:11.3f}"
    )


def _measures(arms: dict[str, list[list[Epoch]]]) -> dict[str, dict[str, list[float]]]:
    """Measure -> arm -> value a seed."""
    return {
        "Less validation loss with dropout, nats": {
            arm: [run[-1].val.loss for run in runs] for arm, runs in arms.items()
        },
        "Smaller clean gap with dropout, nats": {
            arm: [run[-1].val.loss - run[-1].train_clean.loss for run in runs]
            for arm, runs in arms.items()
        },
        "Rise of validation loss from its minimum, smaller with dropout, nats": {
            arm: [run[-1].val.loss - min(e.val.loss for e in run) for run in runs]
            for arm, runs in arms.items()
        },
    }


def _sentence(difference: Difference) -> str:
    return (
        f"{difference.mean:.3f}, 95 % interval {difference.low:.3f} to {difference.high:.3f}, "
        f"{difference.pairs} pairs"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS)
