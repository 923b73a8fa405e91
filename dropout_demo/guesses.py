"""Predict first: a guess before a comparison runs, and what became of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from immutabledict import immutabledict

from dropout_demo.arms import arm_names, arm_of, listed
from dropout_demo.config import MAX_ARMS, RunConfig
from dropout_demo.contrasts import group_arms
from dropout_demo.problems import ConfigError, Problem, shown
from dropout_demo.readings import Result
from dropout_demo.sentences import bound, interval_words
from dropout_demo.stats import FEWEST_SEEDS, Difference, paired_difference, verdict

Band = tuple[float, float]

BANDS: Mapping[Band, str] = immutabledict(
    {
        (0.0, 1.0): "less than 1 point",
        (1.0, 3.0): "1 to 3 points",
        (3.0, 100.0): "more than 3 points",
    }
)
"""Leads that may be guessed, from and to, in points of accuracy; the words read on after "by"."""

_HASH = re.compile("[0-9a-f]{16}")
_NAMES = frozenset(("arm", "points", "arms"))


@dataclass(frozen=True)
class Guess:
    """Which arm will have the highest validation accuracy, and by how much.

    arm: its place among `arms`, from 0; None guesses that there is no difference. points: its lead
    over the next best arm, a key of BANDS; None leaves it open, and goes with no difference.
    arms: `arm_of(config).hash` of the arms in the order in which they were guessed among; empty
    only in guesses that were kept before arms had names. Raises ConfigError with what makes no
    sense.
    """

    arm: int | None
    points: Band | None = None
    arms: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        count = len(self.arms) or MAX_ARMS
        problems = []
        if not (2 <= count <= MAX_ARMS and len(set(self.arms)) == len(self.arms)):
            allowed = f"2 to {MAX_ARMS} different arms"
            problems.append(Problem("arms", shown(list(self.arms)), allowed))
        if self.arm is not None and not (_whole(self.arm) and 0 <= self.arm < count):
            allowed = f"a whole number >= 0 and < {count}, or null for no difference"
            problems.append(Problem("arm", shown(self.arm), allowed))
        if self.points is not None and (self.arm is None or self.points not in BANDS):
            allowed = f"{_bands()}, or null; null where no difference is guessed"
            problems.append(Problem("points", shown(self.points), allowed))
        if problems:
            raise ConfigError(problems)

    @classmethod
    def among(
        cls, configs: Sequence[RunConfig], arm: int | None, points: Band | None = None
    ) -> Guess:
        """A guess among these arms, of any seed. Raises ConfigError."""
        return cls(arm, points, tuple(arm_of(config).hash for config in configs))

    def to_json(self) -> dict[str, Any]:
        """The fields, ready for json.dumps."""
        points = None if self.points is None else list(self.points)
        return {"arm": self.arm, "points": points, "arms": list(self.arms)}

    @classmethod
    def from_json(cls, raw: Any) -> Guess:
        """The inverse of `to_json`; a number of points, as was kept once, stands for its band.

        Raises ConfigError for anything else.
        """
        if not isinstance(raw, Mapping) or "arm" not in raw or not set(raw) <= _NAMES:
            allowed = 'an object with arm, points and arms, as in {"arm": 1, "points": [1, 3]}'
            raise ConfigError([Problem("guess", shown(raw), allowed)])
        arms = raw.get("arms", [])
        whole = isinstance(arms, list | tuple) and all(isinstance(arm, str) for arm in arms)
        if not (whole and all(_HASH.fullmatch(arm) for arm in arms)):
            allowed = "a list of hashes, 16 hexadecimal digits each"
            raise ConfigError([Problem("arms", shown(arms), allowed)])
        return cls(raw["arm"], _band(raw.get("points")), tuple(arms))


def judge_guess(
    guess: Guess,
    results: Sequence[Result],
    arms: Sequence[RunConfig] = (),
    own: Mapping[RunConfig, str] | None = None,
) -> str:
    """Guess and result side by side, in a sentence or two.

    results: finished runs, perhaps of other arms too. arms: all that are on show, finished or not,
    of any seed; they give the names, and the order for a guess without `arms`. own: a learner's own
    names by `arm_of`. What the runs end
    with counts (`Result.kept`), over the seeds that all guessed arms have; an arm without a
    finished run is named, and the others are judged. The leading arm is picked after looking, so
    among many arms its interval is a little too kind.
    """
    runs = group_arms(results)
    names = _names([*map(arm_of, arms), *runs], guess, own)
    columns = {arm.hash: column for arm, column in runs.items() if arm.hash in names}
    missing = listed(
        [name for arm, name in names.items() if arm not in columns] or ["these networks"]
    )
    guessed = None if guess.arm is None else next(iter(list(names)[guess.arm :]), "")
    if guessed not in (None, *columns) or len(columns) < 2:
        return f"Your guess cannot be judged: a finished run is missing for {missing}."
    seeds = sorted(set.intersection(*map(set, columns.values())))
    if not seeds:
        return "Your guess cannot be judged: these networks have no seed in common."
    accuracies = {arm: [columns[arm][seed].accuracy for seed in seeds] for arm in columns}
    told = _judged(guess, guessed, accuracies, names)
    if len(columns) < len(names):
        told += f" A finished run is missing for {missing}, so it is judged without."
    return told


def _judged(
    guess: Guess,
    guessed: str | None,
    accuracies: Mapping[str, Sequence[float]],
    names: Mapping[str, str],
) -> str:
    """guessed: None for no difference. accuracies: by hash, over the same seeds."""
    order = sorted(accuracies, key=lambda arm: -sum(accuracies[arm]))
    if guessed is None:
        best, other = order[0], order[-1]
        told = paired_difference(accuracies[other], accuracies[best])
        return f"You guessed no difference; {_no_difference(told, names[best], names[other])}"
    rival = next(arm for arm in order if arm != guessed)
    told = paired_difference(accuracies[rival], accuracies[guessed])
    amount = f" by {BANDS[guess.points]}" if guess.points else ", by how much left open"
    return f"You guessed {names[guessed]}{amount}; {_lead(told, guess, names[rival])}"


def _names(
    there: Sequence[RunConfig], guess: Guess, own: Mapping[RunConfig, str] | None
) -> dict[str, str]:
    """The guessed arms by hash, in their order, with their names, or "network 2 of ..." if unknown.

    there: arms, some perhaps more than once.
    """
    known = {arm.hash: name for arm, name in zip(there, arm_names(there, own), strict=True)}
    if not guess.arms:
        return known
    return {
        arm: known.get(arm, f"network {place} of the {len(guess.arms)} guessed among")
        for place, arm in enumerate(guess.arms, 1)
    }


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _bands() -> str:
    return " or ".join(f"[{low:g}, {high:g}]" for low, high in BANDS)


def _band(points: Any) -> Band | None:
    """A band from JSON: two bounds, or a number in it, where 0 is none. Raises ConfigError."""
    if points is None:
        return None
    if isinstance(points, list | tuple):
        for band in BANDS:
            if list(band) == list(points) and not any(isinstance(end, bool) for end in points):
                return band
    elif (_whole(points) or isinstance(points, float)) and 0 <= points <= 100:
        return next((band for band in BANDS if points < band[1]), max(BANDS)) if points else None
    allowed = f"{_bands()}, or null"
    raise ConfigError([Problem("points", shown(points), allowed)])


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
    amount = "" if told.mean <= 0 else _amount(told, guess)
    match verdict(told, "higher"):
        case "not enough seeds":
            so_far = "as you guessed" if told.mean > 0 else "not as you guessed"
            return f"so far {by}, {so_far}{amount}, with too few seeds to tell."
        case "too close to call":
            return f"{by}: too close to call{_still_possible(told, guess)}."
        case "contradicted":
            return f"{by}: it came out the other way."
    return f"{by}: right{amount}."


def _amount(told: Difference, guess: Guess) -> str:
    """How a lead compares with the band that was guessed; empty if it may lie within."""
    if guess.points is None or _may_lie_within(told, guess.points):
        return ""
    return f", though by {'more' if 100 * told.mean > guess.points[1] else 'less'}"


def _still_possible(told: Difference, guess: Guess) -> str:
    if guess.points is None:
        return ""
    out = "not ruled out" if _may_lie_within(told, guess.points) else "ruled out"
    return f", and a lead of {BANDS[guess.points]} is {out}"


def _may_lie_within(told: Difference, band: Band) -> bool:
    """Whether the interval, or the mean of too few seeds for a verdict, overlaps the band."""
    few = told.pairs < FEWEST_SEEDS
    low, high = (told.mean, told.mean) if few else (told.low, told.high)
    return 100 * low <= band[1] and band[0] <= 100 * high
