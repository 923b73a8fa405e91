"""Which trained network a question is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dropout_demo.config import RunConfig


@dataclass(frozen=True)
class NetworkRef:
    """The network of a run as it was after an epoch; epoch 0 is the untrained one."""

    config: RunConfig
    folder: Path  # with the run's kept networks
    epoch: int

    def to_json(self) -> dict[str, Any]:
        """As the prober is told."""
        config = self.config.model_dump(mode="json")
        return {"config": config, "folder": str(self.folder), "epoch": self.epoch}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> NetworkRef:
        """The inverse of `to_json`."""
        config = RunConfig.model_validate(told["config"])
        return cls(config, Path(told["folder"]), told["epoch"])
