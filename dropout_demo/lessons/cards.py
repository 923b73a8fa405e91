"""The claim cards: one TOML file each below `lessons/claims/`, checked when they are read."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from dropout_demo.config import RunConfig
from dropout_demo.stats import Side

Mark = Literal["a", "b"]
"""a: read in the paper's abstract, its author's code or official documentation. b: reported by
others. What is neither is not printed."""


Unit = Literal["fraction", "nats", "epochs", "seconds", "plain"]
"""What a value is counted in; fractions are shown as percentages, their differences as points."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Expected(_Data):
    """What the literature makes one expect, and from where."""

    text: str
    source: str  # a key of sources.toml
    mark: Mark


class Guess(_Data):
    """The question to commit to before the result shows; it has no right answer but the data's."""

    question: str
    options: tuple[str, ...] = Field(min_length=2, max_length=5)


class Arm(_Data):
    """One thing trained, but for its seed: a configuration as an address query."""

    name: str
    query: str
    seeds: int | None = None  # fewer than the card's, where training is long

    @property
    def config(self) -> RunConfig:
        """With seed 0. Raises ConfigError."""
        return RunConfig.from_query(self.query)


class Group(_Data):
    """Arms that differ in their tuning; the best by validation stands for them all."""

    name: str
    of: tuple[str, ...] = Field(min_length=2)
    by: str = "val_accuracy@best"
    side: Side = "higher"


class Team(_Data):
    """Networks of one arm that answer together, by the mean of their softmax. Not trained live."""

    name: str
    of: str
    size: Annotated[int, Field(ge=2, le=20)] = 5
    seeds: Annotated[int, Field(ge=1, le=10)] = 5  # teams; as findings pair them with arms' seeds

    def member_seeds(self, seed: int) -> tuple[int, ...]:
        """Of team `seed` (0..seeds - 1): its own seed first. No number stands in two teams."""
        first = self.seeds + (self.size - 1) * seed
        return (seed, *range(first, first + self.size - 1))


class Comparison(_Data):
    """plus - minus, seed by seed: values of arms, groups or teams, summed where several are named.

    value: see `evidence.values`; minus_value: where the other side reads another value. against: a
    number taken off as well. ratio: both sides as logarithms, so that the difference is a ratio.
    average: each side is the mean of its arms instead of their sum, as main effects are.
    claimed: the side on which what it says would be true, so that the other one contradicts it.
    """

    says: str  # what may be true or not, and by which difference: "It narrows the gap: ..."
    value: str
    plus: tuple[str, ...] = Field(min_length=1)
    minus: tuple[str, ...] = ()
    minus_value: str | None = None
    against: float = 0.0
    ratio: bool = False
    average: bool = False
    unit: Unit | None = None  # where the value's name does not say it, as of experiments
    claimed: Side

    @field_validator("plus", "minus", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value


class Live(_Data):
    """The short version: the card's arms with these changes, under a minute on two cores."""

    changes: str = ""  # an address query, put over each arm's own
    arms: tuple[str, ...] = ()  # empty: all
    seeds: Annotated[int, Field(ge=1, le=10)] = 3
    note: str = ""  # what it cannot show


class Card(_Data):
    """One claim and its test. The first comparison is what the verdict rests on."""

    number: Annotated[int, Field(ge=1)]
    title: str
    claim: str
    why: str
    compared: str
    statistic: str
    expected: tuple[Expected, ...] = Field(min_length=1)
    misunderstanding: str
    may_explain: str = ""  # shown where the result is not what was expected
    guess: Guess
    arms: Mapping[str, Arm] = Field(default_factory=dict)
    groups: Mapping[str, Group] = Field(default_factory=dict)
    teams: Mapping[str, Team] = Field(default_factory=dict)
    comparisons: tuple[Comparison, ...] = Field(min_length=1)
    seeds: Annotated[int, Field(ge=3, le=10)] = 5
    note: str = ""  # on the recorded result, such as why it has fewer images
    measures: tuple[str, ...] = ()  # names in `evidence.measures`, asked of each trained network
    experiment: str = ""  # a name in `evidence.experiments`, where no image network is trained
    live: Live = Live()

    @model_validator(mode="after")
    def _names_are_known(self) -> Card:
        known = {*self.arms, *self.groups, *self.teams}
        named = {
            *(name for one in self.comparisons for name in (*one.plus, *one.minus)),
            *(name for group in self.groups.values() for name in group.of),
            *self.live.arms,
        }
        if self.arms and not named <= known:
            raise ValueError(f"card {self.number} names {sorted(named - known)}, which are no arms")
        return self

    @model_validator(mode="after")
    def _teams_are_of_arms(self) -> Card:
        twice = sorted(self.teams.keys() & {*self.arms, *self.groups})
        of_none = sorted(key for key, team in self.teams.items() if team.of not in self.arms)
        shown = {*self.live.arms, *(arm for group in self.groups.values() for arm in group.of)}
        problems = [
            (twice, "are teams and something else as well"),
            (of_none, "are teams of no arm"),
            (sorted(shown & self.teams.keys()), "are teams, which no group and no live one has"),
        ]
        told = [f"card {self.number}: {names} {what}" for names, what in problems if names]
        if told:
            raise ValueError("; ".join(told))
        return self

    @property
    def key(self) -> str:
        """Its name among the recordings, such as "card-02"."""
        return f"card-{self.number:02d}"

    def configs(self) -> tuple[RunConfig, ...]:
        """What is recorded for it, seed by seed, so that early seeds are whole first."""
        return tuple(
            arm.config.with_seed(seed)
            for seed in range(self.seeds)
            for arm in self.arms.values()
            if seed < (arm.seeds or self.seeds)
        )


@cache
def cards() -> Mapping[int, Card]:
    """All cards by their number, in order. Raises pydantic.ValidationError for a wrong file."""
    folder = files("dropout_demo.lessons") / "claims"
    found = [
        Card.model_validate(tomllib.loads(path.read_text("utf-8")))
        for path in sorted(folder.iterdir(), key=lambda path: path.name)
        if path.name.endswith(".toml")
    ]
    return {card.number: card for card in sorted(found, key=lambda card: card.number)}
