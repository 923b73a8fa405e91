"""Making a card's recorded teams: their members are trained, asked together, and let go."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median
from threading import Lock
from typing import Any

import torch
from immutabledict import immutabledict
from rich.progress import Progress
from torch import Tensor

from dropout_demo import checkpoints
from dropout_demo.config import RunConfig
from dropout_demo.data import load
from dropout_demo.evaluation import CHUNK, Pictures
from dropout_demo.evidence.experiments import Row, Rows
from dropout_demo.evidence.teams import members, recorded_teams, rows_name
from dropout_demo.inside.workbench import FP32
from dropout_demo.lessons.cards import Card
from dropout_demo.model import ArticleNet
from dropout_demo.probes.calibration import right, surprise
from dropout_demo.probes.passes import scaled_pass, windows
from dropout_demo.record import Trainers, last_epoch, provenance, trainers
from dropout_demo.record_experiments import keep_rows


@dataclass(frozen=True)
class Member:
    """A trained network: what it says of all test images, and how it came about."""

    config: RunConfig
    shares: Tensor  # softmax, float32 (N, 10)
    seconds_an_epoch: float
    started: Mapping[str, Any]


def record_teams(card: Card, progress: Progress) -> bool:
    """Make the card's teams that are not there yet, keeping each as it ends; whether all are.

    All members train, those whose own run is recorded too, since their networks were not kept.
    Raises DataError without the data.
    """
    there = recorded_teams(card)
    known = {(row.arm, row.seed) for row in there.rows} if there else set()
    seeds = range(max((team.seeds for team in card.teams.values()), default=0))
    missing = [
        (key, seed)
        for seed in seeds
        for key, team in card.teams.items()
        if seed < team.seeds and (key, seed) not in known
    ]
    if not missing:
        return True
    for dataset in {card.arms[card.teams[key].of].config.dataset for key, _ in missing}:
        load(dataset)
    with trainers(progress) as by:
        return _make(card, missing, by)


def _make(card: Card, missing: Sequence[tuple[str, int]], by: Trainers) -> bool:
    """Members of all teams train in one row, so that no slot waits for a team's last one."""
    teams = [members(card, card.teams[key], seed) for key, seed in missing]
    asking, whole = Lock(), True

    def work(config: RunConfig) -> Member | None:
        with tempfile.TemporaryDirectory(prefix="dropout-lab-") as folder:
            return _member(config, Path(folder), by, asking)

    with closing(by.each(work, [config for team in teams for config in team])) as trained:
        for (key, seed), team in zip(missing, teams, strict=True):
            made = [one for one in islice(trained, len(team)) if one is not None]
            if len(made) == len(team):
                labels = torch.tensor(load(team[0].dataset).test.labels)
                row = Row(key, seed, immutabledict(values_of_team(made, labels)))
                _keep(card, row, made[0])
            whole &= len(made) == len(team)
    return whole


def _member(config: RunConfig, folder: Path, by: Trainers, asking: Lock) -> Member | None:
    """Train it and ask it; None where it did not finish, or diverged in its last steps."""
    events = by.train(config, folder)
    if events is None:
        return None
    with asking:
        torch.set_num_threads(by.threads)
        net = checkpoints.load(folder, last_epoch(config, events), config)
        shares = shares_of(net, config)
    if not bool(torch.isfinite(shares).all()):
        by.progress.console.print(f"{config.hash}: its scores are no numbers.", markup=False)
        return None
    epochs = [float(event["seconds"]) for event in events if event["kind"] == "epoch"]
    return Member(config, shares, median(epochs), events[0])


def shares_of(net: ArticleNet, config: RunConfig) -> Tensor:
    """The softmax (N, 10) of all test images of its data set, in order, dropout off."""
    test = load(config.dataset).test
    pictures = Pictures(test.images, test.labels, FP32)
    parts = range(0, len(pictures), CHUNK)
    return torch.cat([scaled_pass(net, pictures.chunk(start)[0]) for start in parts])


def values_of_team(team: Sequence[Member], labels: Tensor) -> dict[str, float]:
    """What is kept of it, see `evidence.teams.TEAM_VALUES`. labels: int64 (N,), all test images."""
    shares = torch.stack([one.shares for one in team])
    [together] = windows(shares, len(team))
    told = {
        "test_accuracy": float(right(together, labels).float().mean()),
        "test_loss": float(surprise(together, labels).mean()),
        "member_test_accuracy": float(right(shares, labels).float().mean()),
        "seconds_an_epoch": sum(one.seconds_an_epoch for one in team),
    }
    return {name: round(value, 6) for name, value in told.items()}


def _keep(card: Card, row: Row, first: Member) -> None:
    there = recorded_teams(card)
    rows = there.rows if there else ()
    where = there.provenance if there else provenance(first.started, first.config.dataset)
    keep_rows(Rows(rows_name(card), (*rows, row), where))
