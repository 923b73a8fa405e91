"""What a network has learned: filters, the images channels answer to, and its mistakes."""

from __future__ import annotations

import base64
import io
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor

from dropout_demo.config import Layer
from dropout_demo.data import CLASSES
from dropout_demo.evaluation import CHUNK, Pictures
from dropout_demo.inside.answers.base import Answerer, ProbeError, Progress
from dropout_demo.inside.learned import (
    PEAK_IMAGES,
    PEAKS_SHOWN,
    WORST_SHOWN,
    FiltersQuestion,
    MapsQuestion,
    MistakesQuestion,
    PeaksQuestion,
)
from dropout_demo.inside.questions import Question
from dropout_demo.inside.workbench import FP32, Opened, Workbench
from dropout_demo.model import ArticleNet
from dropout_demo.probes.filters import as_pixels, first_filters, first_maps
from dropout_demo.probes.mistakes import Said, confusion, joined, said, wilson, worst
from dropout_demo.probes.peaks import Strongest, peaks, strongest, window

_strongest: WeakKeyDictionary[ArticleNet, dict[tuple[Layer, str], Strongest]] = WeakKeyDictionary()
"""All channels' strongest images are found at once: the next channel asked for is then here."""


def filters(
    _workbench: Workbench, networks: Sequence[Opened], _question: FiltersQuestion
) -> Iterator[Progress | dict[str, Any]]:
    """`{"scale": w, "networks": [{"epoch", "filters": base64 of uint8 (n, 3, 3, 3), "count": n,
    "largest": |w|, "moved": share}, ...]}`; see `as_pixels`.

    The scale is the largest weight of all networks. moved: the norm of what training changed over
    that of the untrained filters; None where the untrained network is not asked about.
    """
    weights = [first_filters(opened.net) for opened in networks]
    first = {
        opened.config: one
        for opened, one in zip(networks, weights, strict=True)
        if opened.epoch == 0
    }
    largest = [float(one.abs().max()) for one in weights]
    scale = max(largest) or 1.0
    yield {
        "scale": scale,
        "networks": [
            {
                "epoch": opened.epoch,
                "filters": _base64(as_pixels(one, scale).numpy()),
                "count": len(one),
                "largest": most,
                "moved": _moved(one, first.get(opened.config)),
            }
            for opened, one, most in zip(networks, weights, largest, strict=True)
        ],
    }


def _moved(weights: Tensor, first: Tensor | None) -> float | None:
    return None if first is None else float((weights - first).norm() / first.norm())


def maps(
    workbench: Workbench, networks: Sequence[Opened], question: MapsQuestion
) -> Iterator[Progress | dict[str, Any]]:
    """`{"image": PNG, "label": class, "side": pixels, "largest": [each map's largest number],
    "maps": base64 of uint8 (n, side, side)}`; each map is scaled so that its largest is 255.
    """
    [opened] = networks
    batch = workbench.batch(opened.config.dataset, 10)
    made = first_maps(opened.net, batch.images[question.image])
    largest = made.amax((1, 2))
    shades = made / largest.clamp(min=1e-12)[:, None, None] * 255
    split = workbench.split(opened.config.dataset)
    yield {
        "image": png(split.images[question.image]),
        "label": CLASSES[opened.config.dataset][int(batch.labels[question.image])],
        "side": made.shape[2],
        "largest": largest.tolist(),
        "maps": _base64(shades.round().to(torch.uint8).numpy()),
    }


def channel_peaks(
    workbench: Workbench, networks: Sequence[Opened], question: PeaksQuestion
) -> Iterator[Progress | dict[str, Any]]:
    """`{"channels": n, "images": N, "active": share, "peaks": [{"index": place in the test set,
    "label": class, "value": x, "window": {"top", "left", "side"}, "picture": PNG}, ...]}`.

    Images of which the channel gives nothing but 0 are left out: a dead channel has no peaks.
    """
    [opened] = networks
    channels = opened.net.get_submodule(question.layer).out_channels
    assert isinstance(channels, int)
    if question.channel >= channels:
        raise ProbeError(
            f"{question.layer} of this network has {channels} channels; "
            f"choose one from 0 to {channels - 1}."
        )
    found = yield from _all_strongest(workbench, opened, question.layer)
    yield _peaks_json(workbench, opened, question, found)


def _all_strongest(
    workbench: Workbench, opened: Opened, layer: Layer
) -> Generator[Progress, None, Strongest]:
    known = _strongest.setdefault(opened.net, {})
    dataset = opened.config.dataset
    if (layer, dataset) not in known:
        batch = workbench.batch(dataset, PEAK_IMAGES)
        parts = []
        for start in range(0, len(batch), CHUNK):
            parts.append(peaks(opened.net, layer, batch.images[start : start + CHUNK]))
            yield Progress(min(1.0, (start + CHUNK) / len(batch)))
        known[layer, dataset] = strongest(parts, PEAKS_SHOWN)
    return known[layer, dataset]


def _peaks_json(
    workbench: Workbench, opened: Opened, question: PeaksQuestion, found: Strongest
) -> dict[str, Any]:
    split = workbench.split(opened.config.dataset)
    names = CLASSES[opened.config.dataset]
    columns = (found.image, found.value, found.row, found.column)
    shown = []
    for index, value, row, column in zip(
        *(part[:, question.channel].tolist() for part in columns), strict=True
    ):
        if value > 0:
            seen = window(question.layer, row, column, opened.config.padding)
            shown.append(
                {
                    "index": index,
                    "label": names[int(split.labels[index])],
                    "value": value,
                    "window": {"top": seen.top, "left": seen.left, "side": seen.side},
                    "picture": png(split.images[index]),
                }
            )
    return {
        "channels": found.active.numel(),
        "images": min(PEAK_IMAGES, len(split)),
        "active": float(found.active[question.channel]),
        "peaks": shown,
    }


def mistakes(
    workbench: Workbench, networks: Sequence[Opened], _question: MistakesQuestion
) -> Iterator[Progress | dict[str, Any]]:
    """`{"images": N, "counts": [[true x said]], "classes": [{"name", "right", "count", "low",
    "high"}, ...], "worst": [{"index", "label", "said", "confidence", "truth", "picture"}, ...]}`.
    """
    [opened] = networks
    split = workbench.split(opened.config.dataset)
    pictures = Pictures(split.images, split.labels, FP32)
    parts = []
    for start in range(0, len(pictures), CHUNK):
        parts.append(said(opened.net, *pictures.chunk(start)))
        yield Progress(min(1.0, (start + CHUNK) / len(pictures)))
    told = joined(parts)
    counts = confusion(told)
    names = CLASSES[opened.config.dataset]
    yield {
        "images": len(told.label),
        "counts": counts.tolist(),
        "classes": [
            _class_json(name, int(counts[at, at]), int(counts[at].sum()))
            for at, name in enumerate(names)
        ],
        "worst": [
            _mistake_json(int(at), told, names, split.images[at]) for at in worst(told, WORST_SHOWN)
        ],
    }


def _class_json(name: str, right: int, count: int) -> dict[str, Any]:
    low, high = wilson(right, count)
    return {"name": name, "right": right, "count": count, "low": low, "high": high}


def _mistake_json(
    at: int, told: Said, names: Sequence[str], pixels: npt.NDArray[np.uint8]
) -> dict[str, Any]:
    return {
        "index": at,
        "label": names[told.label[at]],
        "said": names[told.guess[at]],
        "confidence": float(told.confidence[at]),
        "truth": float(told.truth[at]),
        "picture": png(pixels),
    }


def png(pixels: npt.NDArray[np.uint8]) -> str:
    """A picture uint8 (height, width, 3) as the base64 of a PNG."""
    file = io.BytesIO()
    Image.fromarray(np.asarray(pixels)).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode("ascii")


def _base64(numbers: npt.NDArray[np.uint8]) -> str:
    return base64.b64encode(numbers.tobytes()).decode("ascii")


LEARNED_ANSWERS: Mapping[type[Question], Answerer] = {
    FiltersQuestion: filters,
    MapsQuestion: maps,
    PeaksQuestion: channel_peaks,
    MistakesQuestion: mistakes,
}
