"""What a class does: who trains which run, what is fixed, and how much each may train."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from immutabledict import immutabledict

from dropout_demo.config import MAX_EPOCHS, MAX_SEED, RunConfig
from dropout_demo.map import CELLS, Cell, config_at
from dropout_demo.problems import ConfigError, Problem, shown

Mode = Literal["cells", "seeds", "contest", "votes"]
MODES: tuple[Mode, ...] = get_args(Mode)

MODE_WORDS: Mapping[Mode, str] = immutabledict(
    {
        "cells": "Each a cell of the map",
        "seeds": "All the same, each with another seed",
        "contest": "Contest: everybody's own setting, on a budget of epochs",
        "votes": "Votes: predict first, see afterwards",
    }
)

MAX_STUDENTS = 500
MAX_RUNS_EACH = 20
MAX_BUDGET = 1_000
"""Epochs that each may train in a contest."""

SEEDS_A_ROUND: Mapping[Mode, int] = immutabledict(
    {
        "cells": MAX_STUDENTS // len(CELLS) + 1,
        "seeds": MAX_STUDENTS,
        "contest": 0,
        "votes": 0,
    }
)
"""How many seeds are taken by one run of every student."""

FREE: tuple[str, ...] = (
    "dropout",
    "dropout_schedule",
    "batch_norm",
    "augmentation",
    "input_noise",
    "optimizer",
    "learning_rate",
    "momentum",
    "schedule",
    "weight_decay",
    "max_norm",
    "batch_size",
    "epochs",
    "patience",
    "seed",
)
"""What a teacher may leave to the students. Images and width stay as they are: they decide how long
a run takes, and the epochs of a budget are then all alike."""


@dataclass(frozen=True)
class Rules:
    """How a class trains.

    runs_each: how many runs a student may start, 1 to MAX_RUNS_EACH. budget: epochs in all of a
    student's runs, of a contest alone. free: fields of RunConfig that a contest leaves to the
    students, of FREE.
    """

    mode: Mode
    runs_each: int = 1
    budget: int = 60
    free: tuple[str, ...] = ("dropout",)

    @classmethod
    def parse(cls, given: Any) -> Rules:
        """Rules from foreign JSON. Raises ConfigError with every problem at once."""
        if not isinstance(given, dict) or set(given) - {"mode", "runs_each", "budget", "free"}:
            raise ConfigError([Problem("rules", shown(given), "mode, runs_each, budget, free")])
        mode, free = given.get("mode"), given.get("free", ["dropout"])
        problems = []
        if mode not in MODES:
            problems.append(Problem("mode", shown(mode), " or ".join(MODES)))
        if not isinstance(free, list | tuple) or not set(map(str, free)) <= set(FREE):
            problems.append(Problem("free", shown(free), f"some of {', '.join(FREE)}"))
        counts = {"runs_each": MAX_RUNS_EACH, "budget": MAX_BUDGET}
        values = {name: given.get(name, getattr(cls, name)) for name in counts}
        for name, most in counts.items():
            value = values[name]
            if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
                problems.append(Problem(name, shown(value), f"a whole number from 1 to {most:,}"))
        if problems:
            raise ConfigError(problems)
        known = next(one for one in MODES if one == mode)
        return cls(known, free=tuple(dict.fromkeys(map(str, free))), **values)

    def to_json(self) -> dict[str, Any]:
        """What `parse` reads."""
        return vars(self) | {"free": list(self.free)}


def cell_of_seat(seat: int) -> Cell:
    """The cell that the student of a seat (from 0) fills; once all are taken, they begin anew."""
    return CELLS[seat % len(CELLS)]


def assigned(rules: Rules, setting: RunConfig, seat: int, done: int) -> RunConfig | None:
    """The run that a student is to start next, after `done` others; None where it is theirs to say.

    No two students of a class, and no two runs of one, get the same cell and seed.
    """
    seed = setting.seed + done * SEEDS_A_ROUND[rules.mode]
    if rules.mode == "cells":
        return config_at(cell_of_seat(seat), setting).with_seed(seed + seat // len(CELLS))
    if rules.mode == "seeds":
        return setting.with_seed(seed + seat)
    return None


def problems_of_seeds(rules: Rules, setting: RunConfig) -> list[Problem]:
    """Whether there is a seed for every run that a class may start, counted up from its setting's.

    One problem when there is not.
    """
    most = MAX_SEED + 1 - max(1, rules.runs_each * SEEDS_A_ROUND[rules.mode])
    if setting.seed <= most:
        return []
    allowed = f"0 to {most:,}: each student's runs have seeds of their own above it"
    return [Problem("seed", str(setting.seed), allowed)]


def check_run(
    rules: Rules, setting: RunConfig, asked: RunConfig, before: Sequence[RunConfig]
) -> None:
    """Whether a student may start this run after those before it. Raises ConfigError with why not.

    In a contest all but what is free must be as the class's setting is, and the epochs of all
    runs stay within the budget.
    """
    problems = []
    if rules.mode == "votes":
        problems.append(Problem("class", "votes", "a vote: the teacher trains, students predict"))
    if len(before) >= rules.runs_each:
        allowed = f"at most {rules.runs_each} in this class"
        problems.append(Problem("runs", f"{len(before) + 1} of yours", allowed))
    if rules.mode == "contest":
        problems += _of_contest(rules, setting, asked, before)
    if problems:
        raise ConfigError(problems)


def _of_contest(
    rules: Rules, setting: RunConfig, asked: RunConfig, before: Sequence[RunConfig]
) -> list[Problem]:
    fixed = [name for name in RunConfig.model_fields if name not in rules.free]
    problems = [
        Problem(name, shown(getattr(asked, name)), f"{shown(getattr(setting, name))} in this class")
        for name in fixed
        if getattr(asked, name) != getattr(setting, name)
    ]
    used = sum(config.epochs for config in before)
    if used + asked.epochs > rules.budget:
        left = rules.budget - used
        allowed = f"at most {left}, which is left of {rules.budget}" if left > 0 else "none is left"
        problems.append(Problem("epochs", str(min(asked.epochs, MAX_EPOCHS)), allowed))
    return problems
