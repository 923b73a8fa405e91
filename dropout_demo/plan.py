"""What a learner wants to train: which arms, over how many seeds; as an address too."""

from __future__ import annotations

import math
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, assert_never, cast, get_args
from urllib.parse import parse_qsl, urlencode

from dropout_demo.config import (
    MAX_ARMS,
    MAX_QUERY_CHARACTERS,
    MAX_SEED,
    MAX_SEEDS_AN_ARM,
    RunConfig,
)
from dropout_demo.problems import ConfigError, Problem, shown
from dropout_demo.sweeps import (
    CONVOLUTIONS,
    DENSE,
    SWEEPS,
    dropped_at,
    suggested,
    sweep,
    with_dropout,
)

Design = Literal["single", "pair", "places", "sweep", "arms"]
DESIGNS: tuple[Design, ...] = get_args(Design)


@dataclass(frozen=True)
class Plan:
    """A comparison before it runs. Checked when it is made; every run of it is valid.

    single: the base alone. pair: the base without dropout and with it, or alone if it has none.
    places: no dropout, on the dense layers, on the convolutions, on both, at the base's largest
    rate and of its kinds (`sweeps.dropped_at`). sweep: one setting, `field`, over `values`
    (`sweeps.SWEEPS`); with `twins` each value without and with dropout. arms: `arms` as they are,
    apart from their seeds.
    Raises ConfigError with what makes no sense.
    """

    base: RunConfig
    design: Design = "pair"
    seeds: int = 1  # 1..MAX_SEEDS_AN_ARM, consecutive from base.seed
    field: str = ""
    values: tuple[Any, ...] = ()
    twins: bool = False
    arms: tuple[RunConfig, ...] = ()

    def __post_init__(self) -> None:
        # All arms share the base's seeds, so their own count for nothing.
        arms = tuple(arm.with_seed(self.base.seed) for arm in self.arms)
        object.__setattr__(self, "arms", arms)
        object.__setattr__(self, "values", tuple(self.values))
        problems = self._stray()
        if self.design in DESIGNS:
            problems += self._problems_of_arms()
        if problems:
            raise ConfigError(problems)

    def arm_configs(self) -> list[RunConfig]:
        """The arms at the first seed, no two the same, the reference first; at most MAX_ARMS."""
        found: dict[str, RunConfig] = {}
        for config in self._arms():
            found.setdefault(config.hash, config)
        return list(found.values())

    def configs(self) -> list[RunConfig]:
        """Every run, seed by seed: all arms of the first seed, then of the next.

        After the largest seed comes 0.
        """
        arms = self.arm_configs()
        return [
            arm.with_seed((self.base.seed + place) % (MAX_SEED + 1))
            for place in range(self.seeds)
            for arm in arms
        ]

    def to_query(self) -> str:
        """A short address query, that `from_query` reads back exactly."""
        pairs: list[tuple[str, str]] = []
        if self.design in ("single", "places"):
            pairs.append(("compare", self.design))
        if self.design == "sweep":
            pairs.append(("sweep", self.field))
            pairs.append(("values", ",".join(_text(value) for value in self.values)))
        if self.twins:
            pairs.append(("twins", "1"))
        pairs += [("arm", arm.with_seed(0).to_query()) for arm in self.arms]
        if self.seeds != 1:
            pairs.append(("seeds", str(self.seeds)))
        return "&".join(part for part in (self.base.to_query(), _encoded(pairs)) if part)

    @classmethod
    def from_query(cls, query: str) -> Plan:
        """The inverse of `to_query`; a configuration alone means a pair.

        A sweep without values takes the suggested ones. Raises ConfigError with a sentence for
        each thing that is wrong.
        """
        if len(query) > MAX_QUERY_CHARACTERS:
            allowed = f"at most {MAX_QUERY_CHARACTERS} characters"
            raise ConfigError([Problem("address", f"{len(query)} characters", allowed)])
        pairs = parse_qsl(query.removeprefix("?"), keep_blank_values=True)
        mine: dict[str, str] = {}
        arms: list[RunConfig] = []
        problems: list[Problem] = []
        for name, text in pairs:
            if name == "arm":
                arms += _read(text, problems, f"arm {len(arms) + 1}: ")
            elif name in _WORDS and name in mine:
                problems.append(Problem(name, shown(text), "one value; it is given twice"))
            elif name in _WORDS:
                mine[name] = text
        rest = [(name, text) for name, text in pairs if name not in (*_WORDS, "arm")]
        base = _read(_encoded(rest), problems)
        if mine.get("twins", "1") not in ("0", "1"):
            problems.append(Problem("twins", shown(mine["twins"]), "0 or 1"))
        if problems:
            raise ConfigError(problems)
        field = mine.get("sweep", "")
        told = mine.get("values", "")
        values = tuple(_value(field, text) for text in told.split(",")) if told else ()
        if field in SWEEPS and "values" not in mine:
            values = suggested(field, base[0])
        usual = "sweep" if "sweep" in mine else "arms" if arms else "pair"
        return cls(
            base=base[0],
            design=cast(Design, mine.get("compare", usual)),
            seeds=cast(int, _value("seeds", mine.get("seeds", "1"))),
            field=field,
            values=values,
            twins=mine.get("twins") == "1",
            arms=tuple(arms),
        )

    def _stray(self) -> list[Problem]:
        """What does not belong to this design, and numbers out of their range."""
        problems = []
        if self.design not in DESIGNS:
            problems.append(Problem("compare", shown(self.design), " or ".join(DESIGNS)))
        whole = isinstance(self.seeds, int) and not isinstance(self.seeds, bool)
        if not (whole and 1 <= self.seeds <= MAX_SEEDS_AN_ARM):
            allowed = f"a whole number >= 1 and <= {MAX_SEEDS_AN_ARM}"
            problems.append(Problem("seeds", shown(self.seeds), allowed))
        only = {"sweep": self.field, "values": self.values, "twins": self.twins}
        problems += [
            Problem(name, shown(value), "none but in a sweep")
            for name, value in only.items()
            if value and self.design != "sweep"
        ]
        if self.arms and self.design != "arms":
            problems.append(Problem("arm", f"{len(self.arms)} arms", "none but with compare=arms"))
        return problems

    def _problems_of_arms(self) -> list[Problem]:
        try:
            count = len(self.arm_configs())
        except ConfigError as error:
            return error.problems
        least = 2 if self.design in ("sweep", "arms") else 1
        if not least <= count <= MAX_ARMS:
            return [Problem("arms", f"{count} different", f"{least} to {MAX_ARMS}")]
        length = len(self.to_query())
        if length > MAX_QUERY_CHARACTERS:
            allowed = f"{MAX_QUERY_CHARACTERS:,} characters; fewer arms or changes make it shorter"
            return [Problem("address", f"{length:,} characters", allowed)]
        return []

    def _arms(self) -> list[RunConfig]:
        """The arms in order, perhaps with repetitions. Raises ConfigError."""
        base, none = self.base, self.base.without_dropout()
        match self.design:
            case "single":
                return [base]
            case "pair":
                return [none, base]
            case "places":
                places = (DENSE, CONVOLUTIONS, (*CONVOLUTIONS, *DENSE))
                return [none, *(dropped_at(base, layers) for layers in places)]
            case "arms":
                return list(self.arms)
            case "sweep":
                arms = sweep(self.field, self.values, with_dropout(base) if self.twins else base)
                if not self.twins:
                    return arms
                return [one for arm in arms for one in (arm.without_dropout(), arm)]
        assert_never(self.design)


_WORDS = ("compare", "sweep", "values", "twins", "seeds")
"""What an address says of a plan beside its base and its arms."""

PLAN_WORDS = (*_WORDS, "arm")
"""All names by which an address says more than a configuration."""

_NULLABLE = ("max_norm", "patience")

_NUMBER = re.compile(r"-?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")


def _encoded(pairs: list[tuple[str, str]]) -> str:
    return urlencode(pairs, safe=":,", errors="replace")


def _read(query: str, problems: list[Problem], prefix: str = "") -> list[RunConfig]:
    """The configuration of a query; none where it is wrong, and why is added to the problems."""
    try:
        return [RunConfig.from_query(query)]
    except ConfigError as error:
        problems += [Problem(prefix + p.field, p.value, p.allowed) for p in error.problems]
        return []


def _text(value: Any) -> str:
    """One value of a sweep in an address; `_value` is the inverse."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    return "none" if value is None else value if isinstance(value, str) else repr(value)


def _value(field: str, text: str) -> Any:
    """A number only where it is written as one: int and float take more, such as 1_0."""
    if text == "none" and field in _NULLABLE:
        return None
    if _NUMBER.fullmatch(text):
        for number in (int, float):
            with suppress(ValueError, OverflowError):
                value = number(text)
                if math.isfinite(value):
                    return value
    return text
