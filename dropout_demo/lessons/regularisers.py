"""Other regularisers on equal terms with dropout: one TOML file, checked when it is read."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated
from urllib.parse import parse_qsl, urlencode

from immutabledict import immutabledict
from pydantic import BaseModel, ConfigDict, Field, model_validator

from dropout_demo.config import Dataset, RunConfig
from dropout_demo.lessons.cards import Arm, Card, Comparison, Expected, Group, Guess

CHOSEN_BY = "val_accuracy@last"
"""What a setting is chosen by: validation accuracy of the network that a run ends with, the one
that is then tested."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Setting(_Data):
    """One try of a regulariser: what it changes, as an address query."""

    name: str
    query: str


class Regulariser(_Data):
    """What it is, in words, and its settings: three each, an equal budget of tries."""

    key: str = Field(pattern="[a-z-]+")  # its name in the page's address
    name: str
    base: str = "adam"  # what it is put upon, a key of `Regularisers.bases`
    does: str  # two sentences
    formula: str  # LaTeX
    reads: str  # what the formula or picture shows, a sentence
    why: str
    settings_are: str  # what is tuned, with its unit
    sources: tuple[str, ...] = Field(min_length=1)  # keys of sources.toml
    settings: tuple[Setting, ...] = Field(min_length=2, max_length=3)
    live: Annotated[int, Field(ge=1, le=3)] = 2  # which setting the live version takes, from 1


class Regularisers(_Data):
    """All that is compared. Every arm is an article network with some changes."""

    seeds: Annotated[int, Field(ge=3, le=10)]
    together: str  # the dropout of the arms "both", an address query
    live: str  # what the live version changes, to be quick
    bases: Mapping[str, Setting]
    dropout: tuple[Setting, ...] = Field(min_length=3, max_length=3)
    regularisers: tuple[Regulariser, ...]

    @model_validator(mode="after")
    def _bases_are_known(self) -> Regularisers:
        unknown = {one.base for one in self.regularisers} - set(self.bases)
        if unknown:
            raise ValueError(f"There are no bases {sorted(unknown)}.")
        return self

    def __getitem__(self, key: str) -> Regulariser:
        """Raises KeyError."""
        return {one.key: one for one in self.regularisers}[key]

    def arms(self, key: str) -> Mapping[str, Arm]:
        """Of one regulariser: `none`, `dropout-1` …, `alone-1` …, `both-1` ….

        Raises KeyError for a name that is none, ConfigError for a wrong query.
        """
        one = self[key]
        base = self.bases[one.base]
        arms = {"none": _arm("neither", base.query)}
        for at, setting in enumerate(self.dropout, 1):
            arms[f"dropout-{at}"] = _arm(setting.name, base.query, setting.query)
        for at, setting in enumerate(one.settings, 1):
            name = f"{one.name.lower()}, {setting.name}"
            arms[f"alone-{at}"] = _arm(name, base.query, setting.query)
        for at, setting in enumerate(one.settings, 1):
            name = f"{one.name.lower()}, {setting.name}, and dropout 0.25"
            arms[f"both-{at}"] = _arm(name, base.query, setting.query, self.together)
        return immutabledict(arms)

    def live_arms(self, key: str, dataset: Dataset = "cifar10") -> Mapping[str, Arm]:
        """The quick version's `none`, `dropout`, `alone` and `both`, one setting each."""
        one, recorded = self[key], self.arms(key)
        picked = {"none": "none", "dropout": "dropout-2"}
        picked |= {name: f"{name}-{one.live}" for name in ("alone", "both")}
        of = "" if dataset == "cifar10" else f"dataset={dataset}"
        return immutabledict(
            {
                name: _arm(recorded[arm].name, recorded[arm].query, self.live, of)
                for name, arm in picked.items()
            }
        )

    def card(self, key: str) -> Card:
        """One regulariser in the shape of which `evidence.findings` reads off its verdicts.

        Groups `dropout`, `alone` and `both` stand for their best setting by validation accuracy.
        """
        arms = self.arms(key)
        groups = {
            name: Group(name=name, of=_named(arms, name), by=CHOSEN_BY)
            for name in ("dropout", "alone", "both")
        }
        return self._card(key, arms, groups)

    def live_card(self, key: str, dataset: Dataset = "cifar10") -> Card:
        """As `card`, of the quick version; nothing is chosen there."""
        return self._card(key, self.live_arms(key, dataset), {})

    def _card(self, key: str, arms: Mapping[str, Arm], groups: Mapping[str, Group]) -> Card:
        one = self[key]
        return Card(
            number=1 + [each.key for each in self.regularisers].index(key),
            title=one.name,
            claim=f"{one.name} does at least as well as dropout.",
            why=one.why,
            compared="none, dropout, this, and both",
            statistic="paired differences over seeds",
            expected=(Expected(text=one.does, source=one.sources[0], mark="a"),),
            misunderstanding="",
            guess=Guess(question="Which is best?", options=("dropout", one.name)),
            arms=arms,
            groups=groups,
            comparisons=_comparisons(one.name.lower()),
            seeds=self.seeds,
        )

    def configs(self) -> tuple[RunConfig, ...]:
        """All that is recorded, each once, seed by seed: early seeds are whole first."""
        arms = {
            arm.config.hash: arm.config
            for one in self.regularisers
            for arm in self.arms(one.key).values()
        }
        return tuple(
            config.with_seed(seed) for seed in range(self.seeds) for config in arms.values()
        )


@cache
def regularisers() -> Regularisers:
    """The file as it ships. Raises pydantic.ValidationError for a wrong one."""
    path = files("dropout_demo.lessons") / "regularisers.toml"
    return Regularisers.model_validate(tomllib.loads(path.read_text("utf-8")))


def _named(arms: Mapping[str, Arm], group: str) -> tuple[str, ...]:
    return tuple(name for name in arms if name.startswith(f"{group}-"))


def _comparisons(name: str) -> tuple[Comparison, ...]:
    """(this - none), (this - dropout), (both - this): of test accuracy, then of test loss."""
    return tuple(
        Comparison(
            says=f"{words}, {first} − {second}",
            value=value,
            plus=(plus,),
            minus=(minus,),
            claimed=claimed,
        )
        for value, words, claimed in (
            ("test_accuracy", "test accuracy", "higher"),
            ("test_loss", "test loss", "lower"),
        )
        for plus, first, minus, second in (
            ("alone", name, "none", "neither"),
            ("alone", name, "dropout", "dropout"),
            ("both", "both", "alone", f"{name} alone"),
        )
    )


def _arm(name: str, *queries: str) -> Arm:
    """Later queries win over earlier ones."""
    fields = dict(pair for query in queries for pair in parse_qsl(query))
    return Arm(name=name, query=urlencode(fields, safe=":,"))
