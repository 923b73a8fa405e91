"""The app with a finished pair of small runs on drawn shapes, ready to be opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.browser.conftest import ROOT, serve
from tests.serving import prepared_home, until

PAIR: dict[str, Any] = {
    "dataset": "shapes",
    "train_size": 500,
    "width": 0.5,
    "epochs": 3,
    "batch_size": 50,
}
RATES = {"flatten": 0.25, "fc1": 0.25}


@dataclass(frozen=True)
class InsideApp:
    """A running app and the runs that are there to open."""

    base: str
    plain: str  # the run without dropout, seed 0
    dropped: str  # its twin with dropout 0.25 at both dense layers
    other: str  # as `dropped`, from seed 1

    def address(self, look: str, *, beside: bool = True, **more: str) -> str:
        """The Inside page on the run with dropout, and its twin beside it."""
        query = {"run": self.dropped, "look": look} | more
        if beside:
            query["beside"] = self.plain
        return f"{self.base}/inside?{httpx.QueryParams(query)}"


@contextmanager
def inside_app(factory: pytest.TempPathFactory) -> Iterator[InsideApp]:
    """Serve the app until the block ends; its home is new, and CIFAR-10 is not there."""
    home = prepared_home(factory)
    folder: Path = factory.mktemp("inside")
    env = {"DROPOUT_DEMO_HOME": str(home), "DROPOUT_DEMO_DATA": ""}
    with serve(ROOT / "app.py", folder, env=env) as base:
        configs = [PAIR, PAIR | {"dropout": RATES}, PAIR | {"dropout": RATES, "seed": 1}]
        ids = httpx.post(f"{base}/api/runs", json={"configs": configs}).json()["ids"]
        for run in ids:
            until(lambda run=run: _finished(base, run), what=f"the end of {run}", every=0.1)
        yield InsideApp(base, *ids)


def _finished(base: str, run: str) -> bool:
    status: str = httpx.get(f"{base}/api/runs/{run}").json()["status"]
    assert status in ("queued", "running", "finished"), status
    return status == "finished"
