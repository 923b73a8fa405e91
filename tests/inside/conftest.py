"""A tiny trained network on drawn shapes, and a workbench: what answers are given."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
import torch

from dropout_demo import checkpoints
from dropout_demo.config import Dropout, RunConfig
from dropout_demo.inside.workbench import Opened, Workbench
from dropout_demo.model import ArticleNet
from dropout_demo.training import train
from tests.serving import prepared_home

TINY = RunConfig(
    dataset="shapes",
    train_size=1_000,
    width=0.25,
    epochs=2,
    batch_size=100,
    precision="fp32",
    dropout={"flatten": Dropout(0.25), "fc1": Dropout(0.25)},
)


def _keep(folder: Path, config: RunConfig, epoch: int, net: ArticleNet) -> None:
    checkpoints.save(folder, epoch, net, config)


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The networks of `TINY` after each epoch, and those of its twin without dropout."""
    from dropout_demo.data import load

    folder = tmp_path_factory.mktemp("weights")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DROPOUT_DEMO_HOME", str(prepared_home(tmp_path_factory)))
        data = load("shapes")
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        for config in (TINY, TINY.without_dropout()):
            keep = partial(_keep, folder / config.hash, config)
            for _ in train(config, data, keep=keep):
                pass
        torch.set_num_threads(threads)
    return folder


@pytest.fixture
def workbench(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Workbench:
    """A workbench whose drawn shapes are prepared."""
    monkeypatch.setenv("DROPOUT_DEMO_HOME", str(prepared_home(tmp_path_factory)))
    return Workbench()


@pytest.fixture
def opened(workbench: Workbench, weights: Path) -> Opened:
    """The network trained with dropout, after its last epoch."""
    return workbench.open(TINY, str(weights / TINY.hash), 2)


@pytest.fixture
def plain(workbench: Workbench, weights: Path) -> Opened:
    """Its twin without dropout."""
    twin = TINY.without_dropout()
    return workbench.open(twin, str(weights / twin.hash), 2)
