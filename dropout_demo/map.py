"""The map: what came of dropout over rate and place, from everybody's runs of one setting."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from immutabledict import immutabledict

from dropout_demo.arms import arm_of
from dropout_demo.config import Dataset, Dropout, Kind, Layer, RunConfig
from dropout_demo.readings import MEASURES
from dropout_demo.stats import mean_interval
from dropout_demo.sweeps import CONVOLUTIONS

RATES: tuple[float, ...] = (0.1, 0.25, 0.5, 0.7, 0.9)
"""The columns: rates of dropping. Without dropout the place says nothing: that is one cell."""

WHOLE_CHANNELS = "channels"

PLACES: Mapping[str, tuple[Layer, ...]] = immutabledict(
    {
        "input": ("input",),
        "convolutions": CONVOLUTIONS,
        WHOLE_CHANNELS: CONVOLUTIONS,
        "flatten": ("flatten",),
        "fc1": ("fc1",),
        "dense": ("flatten", "fc1"),
        "everywhere": (*CONVOLUTIONS, "fc1"),
        "logits": ("logits",),
    }
)
"""The rows, from image to scores: the layers that drop, each at the column's rate."""

PLACE_WORDS: Mapping[str, str] = immutabledict(
    {
        "input": "the image",
        "convolutions": "after the convolutions, single values",
        WHOLE_CHANNELS: "after the convolutions, whole channels",
        "flatten": "before the dense layer",
        "fc1": "after the dense layer",
        "dense": "around the dense layer (the article)",
        "everywhere": "convolutions and dense layer",
        "logits": "on the scores",
    }
)

NONE = "none"
"""The place of the one cell without dropout; its rate is 0."""

SMALL = 10_000
"""Training images up to which steps are small."""

SHOWN = ("val_accuracy", "gap", "val_loss")
"""What a map may show, of `MEASURES`."""


@dataclass(frozen=True)
class Cell:
    """Where on the map: a place of `PLACES` and a rate of `RATES`, or `NONE` and 0."""

    place: str
    rate: float


@dataclass(frozen=True)
class Filled:
    """What came of a cell's runs, over seeds.

    mean: of the measure after the last epoch, one value a seed. low, high: its 95 % interval by
    Student's t; nan below two seeds. runs: the ids that the mean is of, by seed.
    """

    mean: float
    low: float
    high: float
    runs: tuple[str, ...]

    @property
    def seeds(self) -> int:
        """How many seeds the mean is of."""
        return len(self.runs)


CELLS: tuple[Cell, ...] = (
    Cell(NONE, 0.0),
    *(Cell(place, rate) for place in PLACES for rate in RATES),
)


def setting_of(dataset: Dataset, train_size: int, epochs: int) -> RunConfig:
    """The setting of a map: that of the Lab's quick runs, which then fill it too.

    Small training sets are trained in steps of 64 images, as there; large ones in steps of 128.
    """
    batch_size = 64 if train_size <= SMALL else 128
    return RunConfig(dataset=dataset, train_size=train_size, epochs=epochs, batch_size=batch_size)


def map_words() -> dict[str, Any]:
    """Rows and columns as a browser draws them: names, and words for people."""
    return {
        "places": [{"name": place, "words": PLACE_WORDS[place]} for place in PLACES],
        "rates": [{"rate": f"{rate:g}", "words": f"{rate:g}"} for rate in RATES],
    }


def config_at(cell: Cell, setting: RunConfig) -> RunConfig:
    """The run of a cell: the setting with the cell's dropout and no other.

    Raises KeyError for a place that is not on the map.
    """
    if cell.place == NONE:
        return setting.model_copy(update={"dropout": immutabledict()})
    kind: Kind = "channel" if cell.place == WHOLE_CHANNELS else "element"
    drops: dict[Layer, Dropout] = {at: Dropout(cell.rate, kind) for at in PLACES[cell.place]}
    return setting.model_copy(update={"dropout": immutabledict(drops)})


@lru_cache(maxsize=64)
def arms_of_map(setting: RunConfig) -> Mapping[RunConfig, Cell]:
    """Which cell an arm (`arm_of` its runs) fills."""
    return {arm_of(config_at(cell, setting)): cell for cell in CELLS}


def filled(
    measure: str, setting: RunConfig, runs: Iterable[tuple[str, RunConfig, Mapping[str, Any]]]
) -> dict[Cell, Filled]:
    """The cells that have something, from finished runs: id, configuration, last epoch's event.

    Of runs with one seed and one configuration, which give the same number, the first counts.
    A value that is not finite (a run that diverged) leaves its run out of the mean.
    measure: a name of `MEASURES`; KeyError for another. Runs of other settings are passed over.
    """
    read = MEASURES[measure].value
    cells = arms_of_map(setting)
    found: dict[Cell, dict[int, tuple[str, float]]] = {}
    for run, config, epoch in runs:
        cell = cells.get(arm_of(config))
        if cell is None:
            continue
        value = read(epoch)
        if math.isfinite(value):
            found.setdefault(cell, {}).setdefault(config.seed, (run, value))
    return {cell: _filled(list(by_seed.values())) for cell, by_seed in found.items()}


def _filled(values: Sequence[tuple[str, float]]) -> Filled:
    mean, low, high = mean_interval([value for _, value in values])
    return Filled(mean, low, high, tuple(run for run, _ in values))


def next_seed(cell: Cell, setting: RunConfig, taken: Iterable[RunConfig]) -> int:
    """The lowest seed that no run of this cell (finished, waiting or training) has yet."""
    arm = arm_of(config_at(cell, setting))
    used = {config.seed for config in taken if arm_of(config) == arm}
    return next(seed for seed in range(len(used) + 1) if seed not in used)
