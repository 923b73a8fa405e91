"""What a mask does to one image on its way through a network, as pictures and numbers."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dropout_demo.config import LAYERS
from dropout_demo.data import CLASSES
from dropout_demo.evaluation import CHANNEL_MEAN, CHANNEL_STD
from dropout_demo.inside.answers.base import ProbeError, Progress
from dropout_demo.inside.answers.mask_pictures import dense_sample, encoded, picture
from dropout_demo.inside.masks import Masks, pixels_of
from dropout_demo.inside.workbench import Opened, Workbench, ready
from dropout_demo.model import ArticleNet
from dropout_demo.probes import masking
from dropout_demo.probes.masking import Moments, Outputs, Site
from dropout_demo.probes.variants import with_dropout

MASKS_COUNTED = 200
_MOST_DRAWN = 2_000_000  # numbers under all masks counted: twenty milliseconds or so
_LEAST_COUNTED = 20
_COUNTING_SEED = 2_024  # of the masks counted: always the same ones, so that numbers stand still
_MOST_KNOWN = 200

_known: WeakKeyDictionary[ArticleNet, dict[tuple[Site, int], Moments]] = WeakKeyDictionary()
"""What was counted, by network, and by the place of the mask and the numbers it meets."""


def masks(
    workbench: Workbench, networks: Sequence[Opened], question: Masks
) -> Iterator[Progress | dict[str, Any]]:
    """Both passages, without and with the mask, for each network; and what the mask costs there.

    The answer: `image` (base64 of its bytes, label) and one object a network under `networks`.
    Raises ProbeError for an image that is not there.
    """
    pixels, label = _image(workbench, networks[0], question)
    images = ready(pixels[None], np.zeros(1, np.int64)).images
    told = []
    for at, opened in enumerate(networks):
        network, met = _one_network(opened, images, question)
        yield Progress((at + 0.5) / len(networks))
        network["moments"] |= yield from _counted(opened.net, met, _site(question))
        told.append(network)
    yield {"image": {"pixels": encoded(pixels), "label": label}, "networks": told}


def _image(
    workbench: Workbench, opened: Opened, question: Masks
) -> tuple[NDArray[np.uint8], str | None]:
    if question.pixels is not None:
        flat = np.frombuffer(pixels_of(question.pixels), np.uint8)
        return flat.reshape(32, 32, 3).copy(), None
    assert question.index is not None
    split = workbench.split(opened.config.dataset)
    if question.index >= len(split):
        raise ProbeError(f"There is no test image {question.index:,}; there are {len(split):,}.")
    label = CLASSES[opened.config.dataset][int(split.labels[question.index])]
    return np.array(split.images[question.index]), label


@torch.inference_mode()
def _one_network(opened: Opened, images: Tensor, question: Masks) -> tuple[dict[str, Any], Tensor]:
    """What is told of a network but for what is counted over many masks; and what the mask met."""
    site = _site(question)
    net = with_dropout(opened.net, {}, torch.Generator())  # no masks but the one asked about
    clean = masking.clean_outputs(net, images)
    met = masking.met_by(net, clean, site)
    keep = masking.draw(met, site, torch.Generator().manual_seed(question.seed))
    left = masking.masked(met, keep, site)
    with_mask = masking.masked_outputs(net, clean, site, left)
    dropped = ~(masking.surviving(keep) if site.before_pool else keep)
    told: dict[str, Any] = {
        "layers": _pictures(clean, with_mask, dropped, question),
        "image_with": None,
        "before_pool": None,
        "mask": _mask(keep, site),
        "moments": _moments(met, clean[site.layer], left, site),
        "classes": list(CLASSES[opened.config.dataset]),
        "probabilities": {
            "without": _probabilities(clean["logits"]),
            "with": _probabilities(with_mask["logits"]),
        },
        "dense": dense_sample(net, clean, with_mask, site.layer, dropped),
    }
    if site.layer == "input":
        told["image_with"] = encoded(_as_pixels(left))
    if site.before_pool:
        scaled = met * keep * site.scale
        told["before_pool"] = picture(site.layer, met, scaled, ~keep, question.every_map)
    return told, met


def _as_pixels(image: Tensor) -> NDArray[np.uint8]:
    """A normalised image (1, 3, 32, 32) as bytes (32, 32, 3), cut at 0 and 255.

    What a mask drops is 0 to the network, which is the mean of that colour over all pictures.
    """
    colours = image[0].permute(1, 2, 0) * torch.tensor(CHANNEL_STD) + torch.tensor(CHANNEL_MEAN)
    return colours.round().clamp(0, 255).to(torch.uint8).contiguous().numpy()


def _site(question: Masks) -> Site:
    return Site(
        question.layer,
        question.rate,
        channels=question.drop == "channel",
        before_pool=question.pool == "before",
    )


def _pictures(
    clean: Outputs, with_mask: Outputs, dropped: Tensor, question: Masks
) -> list[dict[str, Any]]:
    """All layers; those before the mask have no picture with it, for it is the same."""
    told = []
    for at, layer in enumerate(LAYERS):
        here = layer == question.layer
        reached = at >= LAYERS.index(question.layer)
        told.append(
            picture(
                layer,
                clean[layer],
                with_mask[layer] if reached else None,
                dropped if here else None,
                every_map=here and question.every_map,
            )
        )
    return told


def _counted(net: ArticleNet, met: Tensor, site: Site) -> Generator[Progress, None, dict[str, Any]]:
    """Mean and spread over many masks; over fewer where the layer is so large that it would last.

    The masks counted are the same whichever mask is asked about: they are counted once.
    """
    count = min(MASKS_COUNTED, max(_LEAST_COUNTED, _MOST_DRAWN // met.numel()))
    known = _known.setdefault(net, {})
    key = site, hash(met.numpy().tobytes())
    if key not in known:
        generator = torch.Generator().manual_seed(_COUNTING_SEED)
        parts = masking.counted_moments(met, site, count, generator)
        last = Moments(0.0, 0.0)
        while True:
            with torch.inference_mode():  # not while others' work goes on, between two parts
                part = next(parts, None)
            if part is None:
                break
            last = part
            yield Progress(0.5)
        if len(known) >= _MOST_KNOWN:
            known.clear()
        known[key] = last
    return {"masks": count, "counted": _as_json(known[key])}


def _mask(keep: Tensor, site: Site) -> dict[str, Any]:
    """How many numbers, channels and windows this very mask drops, and what may be expected."""
    told: dict[str, Any] = {
        "units": keep.numel(),
        "dropped": int((~keep).sum()),
        "scale": site.scale,
        "channels": None,
        "windows": None,
    }
    if site.channels:
        told["channels"] = {"all": keep.shape[1], "dropped": int((~keep[0, :, 0, 0]).sum())}
    if site.before_pool:
        windows = masking.surviving(keep)
        told["windows"] = {
            "all": windows.numel(),
            "survived": int(windows.sum()),
            "expected": site.window_survival,
        }
    return told


def _moments(met: Tensor, clean: Tensor, left: Tensor, site: Site) -> dict[str, Any]:
    """Of what leaves the mask's layer. `unscaled`: under this mask without 1 / (1 - p)."""
    return {
        "without": _as_json(masking.moments(clean)),
        "this": _as_json(masking.moments(left)),
        "unscaled": _as_json(masking.moments(left / site.scale)),
        "expected": _as_json(masking.expected_moments(met, site)),
    }


def _as_json(moments: Moments) -> dict[str, float]:
    return {"mean": moments.mean, "std": moments.std}


def _probabilities(scores: Tensor) -> list[float]:
    shares: list[float] = scores[0].double().softmax(0).tolist()
    return shares
