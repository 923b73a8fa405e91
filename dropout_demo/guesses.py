"""Predict first: a guess before a comparison runs, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dropout_demo.arms import arm_names, arm_of
from dropout_demo.config import MAX_ARMS, RunConfig
from dropout_demo.contrasts import group_arms
from dropout_demo.problems import ConfigError, Problem, shown
from dropout_demo.readings import Result
from dropout_demo.sentences import bound, interval_words
from dropout_demo.stats import Difference, paired_difference, verdict

MOST_POINTS = 100


@dataclass(frozen=True)
class Guess:
    """Which arm will have the highest validation accuracy, and by how much.

    arm: its place among the arms, from 0; None guesses that there is no difference. points: its
    lead over the next best arm, in points of accuracy, 0..100; 0 leaves it open (and goes with
    None). Raises ConfigError with what makes no sense.
    """

    arm: int | None
    points: float = 0.0

    def __post_init__(self) -> None:
        problems = []
        if self.arm is not None and not (_whole(self.arm) and 0 <= self.arm < MAX_ARMS):
            allowed = f"a whole number >= 0 and < {MAX_ARMS}, or null for no difference"
            problems.append(Problem("arm", shown(self.arm), allowed))
        number = _whole(self.points) or isinstance(self.points, float)
        most = MOST_POINTS if self.arm is not None else 0
        if not (number and 0 <= self.points <= most):
            allowed = "a number >= 0 and <= 100; 0 where no difference is guessed"
            problems.append(Problem("points", shown(self.points), allowed))
        if problems:
            raise ConfigError(problems)

    def to_json(self) -> dict[str, Any]:
        """The fields, ready for json.dumps."""
        return {"arm": self.arm, "points": self.points}

    @classmethod
    def from_json(cls, raw: Any) -> Guess:
        """The inverse of `to_json`. Raises ConfigError for anything else."""
        if not isinstance(raw, Mapping) or "arm" not in raw or not set(raw) <= {"arm", "points"}:
            allowed = 'an object with arm, and perhaps points, as in {"arm": 1, "points": 2}'
            raise ConfigError([Problem("guess", shown(raw), allowed)])
        return cls(raw["arm"], raw.get("points", 0.0))


def judge_guess(guess: Guess, results: Sequence[Result], arms: Sequence[RunConfig]) -> str:
    """Guess and result side by side, in a sentence.

    arms: those that were guessed among, in their order. Accuracies at the last epoch count, over
    the seeds that all of these arms have. The leading arm is picked after looking, so among many
    arms its interval is a little too kind.
    """
    runs = group_arms(results)
    columns = [runs.get(arm_of(arm), {}) for arm in arms]
    seeds = sorted(set.intersection(*map(set, columns))) if columns else []
    if not seeds or len(arms) < 2 or (guess.arm or 0) >= len(arms):
        return "Your guess cannot be judged yet: not all of these networks have finished."
    accuracies = [[column[seed].accuracy for seed in seeds] for column in columns]
    order = sorted(range(len(arms)), key=lambda arm: -sum(accuracies[arm]))
    names = arm_names(arms)
    if guess.arm is None:
        best, other = order[0], order[-1]
        told = paired_difference(accuracies[other], accuracies[best])
        return f"You guessed no difference; {_no_difference(told, names[best], names[other])}"
    rival = next(arm for arm in order if arm != guess.arm)
    told = paired_difference(accuracies[rival], accuracies[guess.arm])
    about = f" by about {guess.points:g} point{'s' * (guess.points != 1)}" if guess.points else ""
    return f"You guessed {names[guess.arm]}{about}; {_lead(told, guess, names[rival])}"


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _no_difference(told: Difference, best: str, other: str) -> str:
    by = f"{best} leads {other} by {bound(100 * told.mean)} points ({interval_words(told)})"
    match verdict(told, "higher"):
        case "not enough seeds":
            return f"so far {by}, which is too few seeds to tell."
        case "too close to call":
            return f"{by}: too close to call, as you guessed."
        case _:
            return f"but {by}: there is one."


def _lead(told: Difference, guess: Guess, rival: str) -> str:
    word = "leads" if told.mean >= 0 else "trails"
    by = f"it {word} {rival} by {bound(abs(100 * told.mean))} points ({interval_words(told)})"
    if told.mean == 0:
        by = f"it is level with {rival} ({interval_words(told)})"
    match verdict(told, "higher"):
        case "not enough seeds":
            return f"so far {by}, which is too few seeds to tell."
        case "too close to call":
            return f"{by}: too close to call."
        case "contradicted":
            return f"{by}: it came out the other way."
    if not guess.points or 100 * told.low <= guess.points <= 100 * told.high:
        return f"{by}: right."
    return f"{by}: right, though by {'more' if 100 * told.mean > guess.points else 'less'}."
