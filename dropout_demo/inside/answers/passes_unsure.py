"""The images that masked passes are least sure of."""

from __future__ import annotations

from typing import Any

import torch

from dropout_demo.data import CLASSES, Split
from dropout_demo.inside.answers.learned import png
from dropout_demo.inside.answers.passes_results import Drawn
from dropout_demo.inside.passes import LEAST_SURE
from dropout_demo.probes.calibration import right
from dropout_demo.probes.passes import disagreement, entropy


def unsure(drawn: Drawn, images: Split, dataset: str) -> dict[str, Any]:
    """What the passes are unsure of.

    `{"unsure": {"images": n, "wrong": share, "others": share}}`: how often the likeliest class is
    wrong among the tenth of highest entropy, and among the rest. `{"classes": names, "pictures":
    {"entropy": [...], "disagreement": [...]}}`: the images highest in each, with the true class,
    the one said, shares by class (0..1; mean, low, high, scaled), and both measures in nats.
    """
    mean = drawn.pool.mean(0)
    told, split = entropy(mean), disagreement(drawn.pool)
    order = told.argsort(descending=True, stable=True)
    tenth = max(1, len(order) // 10)
    wrong = (~right(mean, drawn.labels)).float()
    names = CLASSES[dataset]

    def picture(at: int) -> dict[str, Any]:
        return {
            "picture": png(images.images[at]),
            "label": names[int(drawn.labels[at])],
            "said": names[int(mean[at].argmax())],
            **_spread(drawn, at),
            "entropy": round(float(told[at]), 4),
            "disagreement": round(float(split[at]), 4),
        }

    most = {
        "entropy": order[:LEAST_SURE],
        "disagreement": split.argsort(descending=True, stable=True)[:LEAST_SURE],
    }
    return {
        "unsure": {
            "images": tenth,
            "wrong": round(float(wrong[order[:tenth]].mean()), 4),
            "others": round(float(wrong[order[tenth:]].mean()), 4),
        },
        "classes": list(names),
        "pictures": {by: [picture(at) for at in found.tolist()] for by, found in most.items()},
    }


def _spread(drawn: Drawn, at: int) -> dict[str, Any]:
    """One image's shares by class: mean over the passes, where 95 % of them lie, scaled pass."""
    one = drawn.pool[:, at]
    low, high = one.quantile(torch.tensor([0.025, 0.975]), dim=0)
    told = {"mean": one.mean(0), "low": low, "high": high, "scaled": drawn.scaled[at]}
    return {"index": at, **{name: [round(x, 4) for x in v.tolist()] for name, v in told.items()}}
