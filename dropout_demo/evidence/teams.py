"""Teams of a card: networks that answer together. Who is in them, and what is recorded of them."""

from __future__ import annotations

from collections.abc import Mapping

from dropout_demo.config import RunConfig
from dropout_demo.evidence.experiments import Rows, kept_rows
from dropout_demo.evidence.findings import Table
from dropout_demo.lessons.cards import Card, Team

TEAM_VALUES = ("test_accuracy", "test_loss", "member_test_accuracy", "seconds_an_epoch")
"""Of each recorded team: accuracy (0..1) and loss (nats an image) of the mean softmax on all test
images, the mean accuracy of its members alone, and the time that an epoch of all members takes one
after another (the sum of their medians, as an arm's `seconds_an_epoch` is the median of one).
Members are opened in fp32, whatever they were trained in."""


def members(card: Card, team: Team, seed: int) -> tuple[RunConfig, ...]:
    """The networks of team `seed` (0..team.seeds - 1); the arm's run of that seed is the first."""
    config = card.arms[team.of].config
    return tuple(config.with_seed(member) for member in team.member_seeds(seed))


def rows_name(card: Card) -> str:
    """What the card's recorded teams are called: "teams-12"."""
    return f"teams-{card.number:02d}"


def recorded_teams(card: Card) -> Rows | None:
    """A row for each team that is recorded: its key as `arm`, and its seed; None before the first.

    Each has TEAM_VALUES.
    """
    return kept_rows(rows_name(card)) if card.teams else None


def team_table(card: Card) -> Table:
    """The values by team, seed and name, as `findings` takes them; empty by team without any."""
    told: dict[str, dict[int, Mapping[str, float]]] = {key: {} for key in card.teams}
    rows = recorded_teams(card)
    for row in sorted(rows.rows, key=lambda row: row.seed) if rows else ():
        if row.arm in card.teams and row.seed < card.teams[row.arm].seeds:
            told[row.arm][row.seed] = row.values
    return told
