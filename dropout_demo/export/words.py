"""What a script or notebook says of itself: what it repeats, how exactly, how it is started."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dropout_demo.arms import arm_of
from dropout_demo.export.experiment import Experiment
from dropout_demo.export.literals import plain
from dropout_demo.readings import Result
from dropout_demo.store import Run

Events = Sequence[Mapping[str, Any]]

SETTINGS = {
    "train_size": "images trained on",
    "width": "times 32, 64, 128 maps and 512 units",
    "padding": "pixels of zeros around each convolution's input",
    "dropout": "where, and the probability of dropping",
    "learning_rate": "size of the update steps",
    "momentum": "share of the last update kept",
    "weight_decay": "L2 penalty on all weights",
    "max_norm": "bound on the norm of each unit's incoming weights",
    "batch_size": "images an update step",
    "epochs": "passes over the training images",
    "input_noise": "standard deviation of noise added to normalised images",
    "label_noise": "share of training labels replaced at random",
    "patience": "epochs without a new least validation loss before the end",
    "seed": "of weights, order and masks",
}
"""Notes behind the settings of a script."""

BF16_POINTS, BF16_NATS = 2.2, 0.08
"""The most by which validation accuracy (points) and loss at the end differed between a run in bf16
and its script in fp32: 17 pairs, the recorded runs of the article among them (there: 0.4 and 0.03),
the others 8 epochs of 5,000 images of CIFAR-10 in 4 settings, 3 seeds; 0.4 points in the mean."""

MASKS_POINTS, MASKS_NATS = 3.2, 0.11
"""The same of 9 pairs of runs that differ in the draw of their masks alone, as on a graphics
processor, whose random numbers are others. Measured on a CPU."""


def title(experiment: Experiment, runs: Sequence[Run], short: bool = False) -> str:
    """One sentence without a full stop: what this is; short: without what the settings say."""
    data = {"cifar10": "CIFAR-10", "shapes": "drawn shapes"}
    images = " and ".join(data[name] for name in dict.fromkeys(r.config.dataset for r in runs))
    if len(runs) == 1:
        named = f' "{name}"' if (name := plain(runs[0].name)) else ""
        arm = "" if short else f": {plain(next(iter(experiment.arms)))}"
        return f"Dropout Lab, run{named}{arm} on {images}, seed {runs[0].config.seed}"
    count = len(experiment.seeds)
    return (
        f"Dropout Lab, a comparison on {images}: {len(experiment.arms)} arms, "
        f"{count} seed{'s' * (count > 1)} each"
    )


def outcome(
    runs_with_events: Sequence[tuple[Run, Events]], experiment: Experiment, short: bool = False
) -> str:
    """What the runs themselves reached, in sentences; short: arms by their order, not by name."""
    if len(runs_with_events) > 1:
        return _outcomes(runs_with_events, experiment, short)
    run, events = runs_with_events[0]
    epochs, ended = _epochs(events), _event(events, "finished")
    if not epochs:
        return "The run ended before its first epoch did, so there is no result to compare."
    if ended is None:
        when, read = "", epochs[-1]
        then = "it ended early there, while this script trains to the end"
    else:
        read = Result(run.config, epochs).kept
        when = "" if run.config.patience is None else ", to which early stopping went back,"
        then = _measure("test", ended["test"])
    reached = _measure("validation", read["val"])
    return f"After epoch {int(read['epoch'])}{when} the run had {reached}; {then}."


def exactness(all_events: Sequence[Events], short: bool = False) -> str:
    """How closely the numbers come out again, by where and how the runs computed."""
    started = [event for events in all_events if (event := _event(events, "started"))]
    if not started:
        return "How the Lab computed is not known, so the last digits may differ."
    if any(s["device"] != "cpu" for s in started):
        if short:
            return (
                "The Lab had other masks, of a graphics processor: validation may differ by up to "
                f"{MASKS_POINTS} points of accuracy and {MASKS_NATS} of loss."
            )
        return (
            "The Lab computed on a graphics processor, this on the CPU in fp32 under other masks: "
            "validation at the end may differ by as much as between two draws, which is up to "
            f"{MASKS_POINTS} points of accuracy and {MASKS_NATS} of loss in 9 pairs of short runs."
        )
    if any(s["precision"] != "fp32" for s in started):
        if short:
            return (
                "The Lab computed in bf16, this in fp32: validation at the end may differ "
                f"by up to {BF16_POINTS} points of accuracy and {BF16_NATS} of loss."
            )
        return (
            "The Lab computed in bf16, this in fp32, so validation at the end differs: in 17 pairs "
            f"of runs by up to {BF16_POINTS} points of accuracy and {BF16_NATS} of loss."
        )
    again = "The same numbers come out here, to the last bit with the same processor and torch"
    if len({s["threads"] for s in started}) > 1:
        again += ", but for runs that had another number of threads"
    return f"{again}."


def start(features: set[str], short: bool = False) -> str:
    """How the script is started and what it needs."""
    if "cifar10" in features and short:
        return (
            "Start: python script.py [FOLDER]. FOLDER, that of the variable CIFAR10 or ./data has "
            "train/CLASS/*.png and test/CLASS/*.png or the official batches, else fetched."
        )
    if "cifar10" in features:
        return (
            "Start: python script.py [FOLDER] [--json]. FOLDER, or the variable CIFAR10, has "
            "train/CLASS/*.png and test/CLASS/*.png or the official batches; without, they are "
            "fetched to ./data."
        )
    return (
        "Start: python script.py [shapes.npz] [--json]. The file comes from the Lab: "
        "python -m dropout_demo data shapes --save shapes.npz"
    )


def threads(all_events: Sequence[Events]) -> int | None:
    """The threads that the runs had; of the first, where they differ."""
    for events in all_events:
        event = _event(events, "started")
        count = event and event["threads"]
        if isinstance(count, int) and 0 < count <= 4_096:
            return count
    return None


def _outcomes(
    runs_with_events: Sequence[tuple[Run, Events]], experiment: Experiment, short: bool
) -> str:
    told = []
    for name, arm in experiment.arms.items():
        own = [Result(r.config, _epochs(e)) for r, e in runs_with_events if arm_of(r.config) == arm]
        reached = [100 * result.accuracy for result in own if result.epochs]
        if reached:
            arm_told = "" if short else f"{plain(name)}: "
            told.append(f"{arm_told}{sum(reached) / len(reached):.2f} %")
    if not told:
        return "None of the runs finished an epoch, so there is no result to compare."
    stopping = any(arm.patience is not None for arm in experiment.arms.values())
    when = "of the networks that the Lab kept" if stopping else "after the Lab's last epochs"
    return f"Mean validation accuracy {when}: {', '.join(told)}."


def _event(events: Events, kind: str) -> Mapping[str, Any] | None:
    return next((event for event in events if event["kind"] == kind), None)


def _epochs(events: Events) -> tuple[Mapping[str, Any], ...]:
    return tuple(event for event in events if event["kind"] == "epoch")


def _measure(name: str, measure: Mapping[str, Any]) -> str:
    loss, accuracy = float(measure["loss"]), float(measure["accuracy"])
    return f"{name} loss {loss:.4f}, accuracy {100 * accuracy:.2f} %"
