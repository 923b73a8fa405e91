"""Named configurations, as changes from the defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from immutabledict import immutabledict

from dropout_demo.problems import ConfigError, Problem, shown

_ARTICLE_DROPOUT = {"flatten": 0.25, "fc1": 0.25}
_QUICK_DROPOUT = {"flatten": 0.5, "fc1": 0.5}
_QUICK: dict[str, Any] = {"train_size": 5_000, "batch_size": 64, "epochs": 12}
_CHANNELS = {at: {"p": 0.1, "kind": "channel"} for at in ("conv1", "conv2", "conv3")}

PRESETS: Mapping[str, Mapping[str, Any]] = immutabledict(
    {
        "article": {"dropout": _ARTICLE_DROPOUT},
        "article-baseline": {},
        "quick": {**_QUICK, "dropout": _QUICK_DROPOUT},
        "quick-baseline": _QUICK,
        "quick-channels": {**_QUICK, "dropout": _CHANNELS},
        "quick-batch-norm": {**_QUICK, "dropout": _QUICK_DROPOUT, "batch_norm": "before"},
        "quick-random-labels": {**_QUICK, "dropout": _QUICK_DROPOUT, "label_noise": 0.4},
    }
)
"""Changes from the defaults, by name."""


def with_preset(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The raw configuration with what its `preset`, if it names one, stands for.

    Raises ConfigError for an unknown name.
    """
    changes = dict(raw)
    if "preset" not in changes:
        return changes
    name = changes.pop("preset")
    if not isinstance(name, str) or name not in PRESETS:
        raise ConfigError([Problem("preset", shown(name), " or ".join(PRESETS))])
    return {**PRESETS[name], **changes}
