"""What a run says while it trains. Losses in nats a sample, accuracies 0..1, times in seconds.

Each event has a `kind` and a JSON form, `to_json(event)`, that `from_json` reads back exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Literal

Kind = Literal["started", "step", "epoch", "finished", "failed", "cancelled", "interrupted"]


@dataclass(frozen=True)
class Measure:
    """How well a network does on some images: means over samples, never over batches."""

    loss: float  # cross-entropy, nats a sample
    accuracy: float  # fraction, 0..1


@dataclass(frozen=True)
class Started:
    """The run has a device and begins."""

    kind: ClassVar[Kind] = "started"
    device: str  # such as "cpu" or "cuda"
    precision: str  # "fp32" or "bf16"
    threads: int
    parameters: int
    steps: int  # update steps of the whole run


@dataclass(frozen=True)
class Step:
    """Progress within an epoch, at most 10 a second; which steps are reported depends on speed.

    Loss and accuracy are means over the images of the last steps (`training.STEP_WINDOW`), masks
    on: the same numbers at the same step in every repetition.
    """

    kind: ClassVar[Kind] = "step"
    step: int  # 1-based, over the whole run
    epoch: int  # 1-based
    loss: float
    accuracy: float
    images_per_second: float


@dataclass(frozen=True)
class Epoch:
    """One pass over the training set is done."""

    kind: ClassVar[Kind] = "epoch"
    epoch: int  # 1-based
    train_masked: Measure  # running mean over the epoch, dropout on
    train_clean: Measure  # a fixed training sample, dropout off
    val: Measure  # held-out images, dropout off
    seconds: float  # this epoch, evaluation included


@dataclass(frozen=True)
class Finished:
    """All epochs are done, or patience ran out and the network went back to its best epoch.

    The test set was touched once.
    """

    kind: ClassVar[Kind] = "finished"
    test: Measure
    best_epoch: int  # 1-based; the least validation loss
    seconds: float  # the whole run


@dataclass(frozen=True)
class Failed:
    """The run ended early, by an error."""

    kind: ClassVar[Kind] = "failed"
    error: str  # one sentence


@dataclass(frozen=True)
class Cancelled:
    """The run ended early, because somebody wanted it."""

    kind: ClassVar[Kind] = "cancelled"


@dataclass(frozen=True)
class Interrupted:
    """The run ended early, because its server did."""

    kind: ClassVar[Kind] = "interrupted"


Event = Started | Step | Epoch | Finished | Failed | Cancelled | Interrupted

_CLASSES: dict[str, type[Event]] = {
    cls.kind: cls for cls in (Started, Step, Epoch, Finished, Failed, Cancelled, Interrupted)
}
_MEASURES = ("train_masked", "train_clean", "val", "test")
END_KINDS = frozenset(("finished", "failed", "cancelled", "interrupted"))
"""Events after which a run says nothing more."""


def to_json(event: Event) -> dict[str, Any]:
    """The event's fields with its kind, ready for json.dumps."""
    return {"kind": event.kind, **asdict(event)}


def from_json(fields: Mapping[str, Any]) -> Event:
    """The inverse of `to_json`; ignores what the store adds. Raises ValueError for another kind."""
    cls = _CLASSES.get(fields.get("kind", ""))
    if cls is None:
        raise ValueError(f"kind is {fields.get('kind')!r}; allowed: {', '.join(_CLASSES)}.")
    values = {name: fields[name] for name in cls.__dataclass_fields__ if name != "kind"}
    measures = {name: Measure(**values[name]) for name in _MEASURES if name in values}
    return cls(**values | measures)
