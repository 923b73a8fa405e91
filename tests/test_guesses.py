from __future__ import annotations

import json
import re
from typing import Any

import pytest

from dropout_demo.config import RunConfig
from dropout_demo.guesses import Guess, judge_guess
from dropout_demo.problems import ConfigError
from tests.made_runs import ARTICLE, pairs, result

ARMS = [RunConfig(), ARTICLE]
BETTER = pairs((0.3, 0.1), [0.70, 0.71, 0.70], [0.72, 0.73, 0.723])
CLOSE = pairs((0.3, 0.1), [0.70, 0.71, 0.70], [0.69, 0.73, 0.701])


@pytest.mark.parametrize(
    ("guess", "runs", "said"),
    [
        (
            Guess(1, 2),
            BETTER,
            "You guessed dropout 0.25 by about 2 points; it leads no dropout by 2.1 points "
            "(3 seeds, 95 % interval 1.7 to 2.5): right.",
        ),
        (Guess(1), BETTER, "You guessed dropout 0.25; it leads .*: right."),
        (Guess(1, 5), BETTER, ".*: right, though by less."),
        (Guess(1, 1), BETTER, ".*by about 1 point; .*: right, though by more."),
        (
            Guess(0, 1),
            BETTER,
            "You guessed no dropout by about 1 point; it trails dropout 0.25 by 2.1 points "
            ".*: it came out the other way.",
        ),
        (
            Guess(None),
            BETTER,
            "You guessed no difference; but dropout 0.25 leads .*: there is one.",
        ),
        (Guess(None), CLOSE, "You guessed no difference; .*: too close to call, as you guessed."),
        (Guess(1), CLOSE, ".*: too close to call."),
        (Guess(1), BETTER[:4], ".*; so far it leads .*, which is too few seeds to tell."),
        (Guess(None), BETTER[:2], ".*; so far .* leads .*1 seed.*too few seeds to tell."),
        (Guess(1), BETTER[:1], "Your guess cannot be judged yet: .*"),
        (Guess(5), BETTER, "Your guess cannot be judged yet: .*"),
        (Guess(1), [], "Your guess cannot be judged yet: .*"),
        (Guess(1), pairs((0, 0), [0.7] * 3, [0.7] * 3), ".*it is level with no dropout .*close.*"),
    ],
)
def test_a_guess_stands_beside_what_came_of_it(guess: Guess, runs: list[Any], said: str) -> None:
    told = judge_guess(guess, runs, ARMS)
    plain = re.escape(said) if ".*" not in said else said
    assert re.fullmatch(plain, told), told


def test_among_several_arms_the_guessed_one_is_held_against_the_best_other() -> None:
    third = RunConfig.parse({"dropout": {"fc1": 0.5}})
    runs = [*BETTER, *(result(third, seed, 0.1, 0.75 + seed / 1000) for seed in range(3))]
    arms = [*ARMS, third]
    assert "; it trails dropout 0.5 after fc1 by" in judge_guess(Guess(1), runs, arms)
    assert "; it leads dropout 0.25 on dense layers by" in judge_guess(Guess(2), runs, arms)
    told = judge_guess(Guess(None), runs, arms)
    assert "dropout 0.5 after fc1 leads no dropout by" in told


@pytest.mark.parametrize("guess", [Guess(None), Guess(0), Guess(3, 2.5), Guess(11, 100)])
def test_a_guess_survives_json(guess: Guess) -> None:
    assert Guess.from_json(json.loads(json.dumps(guess.to_json()))) == guess
    assert Guess.from_json({"arm": 1}) == Guess(1)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (None, "guess is None"),
        ([1, 2], r"guess is \[1, 2\]"),
        ({"points": 1}, "guess is"),
        ({"arm": 1, "more": 1}, "guess is"),
        ({"arm": 12}, "arm is 12; allowed: a whole number >= 0 and < 12"),
        ({"arm": -1, "points": -1}, r"arm is -1.*points is -1"),
        ({"arm": True}, "arm is True"),
        ({"arm": 1.0}, "arm is 1.0"),
        ({"arm": "1"}, "arm is '1'"),
        ({"arm": [1]}, r"arm is \[1\]"),
        ({"arm": 1, "points": "2"}, "points is '2'"),
        ({"arm": 1, "points": float("nan")}, "points is nan"),
        ({"arm": 1, "points": 101}, "points is 101"),
        ({"arm": 1, "points": False}, "points is False"),
        ({"arm": 1, "points": 10**400}, "points is"),
        ({"arm": None, "points": 2}, "points is 2; .*0 where no difference is guessed"),
    ],
)
def test_what_is_no_guess_is_refused_with_the_reason(raw: Any, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        Guess.from_json(raw)
