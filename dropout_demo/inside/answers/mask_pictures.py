"""A layer's numbers as small pictures, and some units of the dense layers with their lines."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dropout_demo.config import Layer
from dropout_demo.model import ArticleNet

FEW_MAPS = 16
FEW_LARGE_MAPS = 8  # of more than 16 x 16 pixels
FLATTEN_UNITS = 14
FC1_UNITS = 12
_BRIGHT = 0.98  # share of a layer's numbers that stay below half of the scale without a mask


def picture(
    layer: Layer,
    without: Tensor,
    with_mask: Tensor | None,
    dropped: Tensor | None,
    every_map: bool = False,
) -> dict[str, Any]:
    """A layer's numbers for one image, without and with the mask, on one and the same scale.

    without, with_mask: (1, C, side, side) or (1, units). dropped: bool of that shape. Texts are
    base64: a byte a number, from `low` (0) to `high` (255) and cut there; a bit a number dropped.
    Maps stand one after another. The scale rests on the numbers without a mask alone, and leaves
    room above them: pictures without a mask stand still while rate and mask change.
    """
    maps = without[0] if without.dim() == 4 else without[0].view(1, 1, -1)
    large = maps.shape[1] > 16
    shown = len(maps) if every_map else min(len(maps), FEW_LARGE_MAPS if large else FEW_MAPS)
    low, high = _scale(layer, without)

    def bytes_of(numbers: Tensor) -> str:
        part = numbers[0].view_as(maps)[:shown] if numbers.dim() == 2 else numbers[0][:shown]
        shares = ((part - low) / (high - low)).clamp(0, 1)
        return encoded((shares * 255).round().to(torch.uint8).contiguous().numpy())

    return {
        "layer": layer,
        "maps": len(maps),
        "shown": shown,
        "rows": maps.shape[1],
        "columns": maps.shape[2],
        "low": low,
        "high": high,
        "without": bytes_of(without),
        "with": None if with_mask is None else bytes_of(with_mask),
        "dropped": None if dropped is None else _bits(dropped, maps, shown),
        "mean": without.mean().item(),
        "mean_with": (without if with_mask is None else with_mask).mean().item(),
    }


def _scale(layer: Layer, without: Tensor) -> tuple[float, float]:
    """The ends of the scale: around 0 where numbers may be negative, else from 0."""
    if layer in ("input", "logits"):
        most = 1.5 * without.abs().max().item() or 1.0
        return -most, most
    flat = without.flatten()
    bright = flat.quantile(_BRIGHT).item() or flat.max().item()
    return 0.0, 2 * bright or 1.0


def _bits(dropped: Tensor, maps: Tensor, shown: int) -> str:
    part = dropped[0].reshape(maps.shape)[:shown]
    return encoded(np.packbits(part.contiguous().numpy()))


def encoded(numbers: NDArray[np.uint8]) -> str:
    """Bytes as base64."""
    return base64.b64encode(numbers.tobytes()).decode()


def dense_sample(
    net: ArticleNet,
    clean: Mapping[Layer, Tensor],
    with_mask: Mapping[Layer, Tensor],
    layer: Layer,
    dropped: Tensor,
) -> dict[str, Any]:
    """The units most active without a mask, all scores, and the weights between them.

    layer, dropped: where the mask acts and what it drops there. What it drops of conv3 is dropped
    of flatten, whose numbers are the same. Values are what a unit gives, without and with the
    mask; weights are rows a unit of the later layer.
    """
    struck: dict[Layer, Tensor] = {layer: dropped.flatten(1)}
    if layer == "conv3":
        struck["flatten"] = struck["conv3"]
    chosen: dict[Layer, Tensor] = {
        "flatten": _most_active(clean["flatten"], FLATTEN_UNITS),
        "fc1": _most_active(clean["fc1"], FC1_UNITS),
        "logits": torch.arange(clean["logits"].shape[1]),
    }
    told: dict[str, Any] = {}
    for at, units in chosen.items():
        told[at] = {
            "all": clean[at].shape[1],
            "units": units.tolist(),
            "without": _rounded(clean[at][0, units]),
            "with": _rounded(with_mask[at][0, units]),
            "dropped": struck[at][0, units].tolist() if at in struck else [False] * len(units),
            "dropped_of_all": int(struck[at].sum()) if at in struck else 0,
        }
    told["to_fc1"] = _rounded(_weights(net.fc1)[chosen["fc1"]][:, chosen["flatten"]])
    told["to_logits"] = _rounded(_weights(net.logits)[:, chosen["fc1"]])
    return told


def _most_active(output: Tensor, count: int) -> Tensor:
    """The places of the largest numbers of (1, units), in their own order."""
    return output[0].topk(min(count, output.shape[1])).indices.sort().values


def _weights(dense: nn.Linear) -> Tensor:
    return dense.weight.detach()


def _rounded(numbers: Tensor) -> Any:
    return np.round(numbers.double().numpy(), 5).tolist()
