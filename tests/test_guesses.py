from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropout_demo.arms import arm_of
from dropout_demo.config import MAX_ARMS, RunConfig
from dropout_demo.guesses import BANDS, Band, Guess, judge_guess
from dropout_demo.problems import ConfigError
from dropout_demo.readings import Result
from tests.made_runs import ARTICLE, epoch, pairs, result

FC1 = RunConfig.parse({"dropout": {"fc1": 0.5}})
ARMS = [RunConfig(), ARTICLE]
THREE = [*ARMS, FC1]
LITTLE, SOME, MUCH = BANDS
BETTER = pairs((0.3, 0.1), [0.70, 0.71, 0.70], [0.72, 0.73, 0.723])  # by 2.1 points, 1.7 to 2.5
CLOSE = pairs((0.3, 0.1), [0.70, 0.71, 0.70], [0.69, 0.73, 0.701])
LEVEL = pairs((0, 0), [0.7] * 3, [0.7] * 3)


def guess(arm: int | None, points: Band | None = None) -> Guess:
    return Guess.among(ARMS, arm, points)


@pytest.mark.parametrize(
    ("guess", "runs", "said"),
    [
        (
            guess(1, SOME),
            BETTER,
            "You guessed dropout 0.25 by 1 to 3 points; it leads no dropout by 2.1 points "
            "(3 seeds, 95 % interval 1.7 to 2.5): right.",
        ),
        (
            guess(1),
            BETTER,
            "You guessed dropout 0.25, by how much left open; it leads .*: right.",
        ),
        (guess(1, MUCH), BETTER, ".*: right, though by less."),
        (guess(1, LITTLE), BETTER, ".*by less than 1 point; .*: right, though by more."),
        (
            guess(0, LITTLE),
            BETTER,
            "You guessed no dropout by less than 1 point; it trails dropout 0.25 by 2.1 points "
            ".*: it came out the other way.",
        ),
        (
            guess(None),
            BETTER,
            "You guessed no difference; but dropout 0.25 leads .*: there is one.",
        ),
        (guess(None), CLOSE, "You guessed no difference; .*: too close to call, as you guessed."),
        (guess(1), CLOSE, ".*: too close to call."),
        (
            guess(1, LITTLE),
            CLOSE,
            ".*: too close to call, and a lead of less than 1 point is not ruled out.",
        ),
        (
            guess(1, MUCH),
            LEVEL,
            ".*it is level with no dropout .*: too close to call, and a lead of more than 3 points "
            "is ruled out.",
        ),
        (
            guess(1, SOME),
            BETTER[:4],
            ".*; so far it leads .*2 seeds.*, as you guessed, with too few seeds to tell.",
        ),
        (
            guess(1, MUCH),
            BETTER[:2],
            ".*; so far it leads .*1 seed.*, as you guessed, though by less, with too few .*",
        ),
        (
            guess(0, SOME),
            BETTER[:2],
            ".*; so far it trails .*, not as you guessed, with too few .*",
        ),
        (guess(None), BETTER[:2], ".*; so far .* leads .*1 seed.*too few seeds to tell."),
    ],
)
def test_a_guess_stands_beside_what_came_of_it(guess: Guess, runs: list[Any], said: str) -> None:
    told = judge_guess(guess, runs, ARMS)
    plain = re.escape(said) if ".*" not in said else said
    assert re.fullmatch(plain, told), told
    assert told == judge_guess(guess, runs, [run.config for run in runs])


@given(st.sampled_from([*BANDS]), st.lists(st.floats(0, 0.1), min_size=1, max_size=6))
def test_a_right_guess_is_one_whose_band_overlaps_the_interval(
    band: Band, leads: list[float]
) -> None:
    runs = pairs((0.3, 0.1), [0.5] * len(leads), [0.5 + lead for lead in leads])
    told = judge_guess(guess(1, band), runs, ARMS)
    found = re.search(r"interval (\S+) to ([<>0-9.-]+)\): right(, though by (more|less))?\.", told)
    if found:
        low, high = (float(end.strip("<>")) for end in found.groups()[:2])
        slack = 0.05  # the sentence rounds
        assert (found[4] != "more") or low >= band[1] - slack
        assert (found[4] != "less") or high <= band[0] + slack
        assert found[3] or (low <= band[1] + slack and high >= band[0] - slack)


def test_among_several_arms_the_guessed_one_is_held_against_the_best_other() -> None:
    runs = [*BETTER, *(result(FC1, seed, 0.1, 0.75 + seed / 1000) for seed in range(3))]
    said = [judge_guess(Guess.among(THREE, arm), runs, THREE) for arm in (1, 2, None)]
    assert "; it trails dropout 0.5 after fc1 by" in said[0]
    assert "; it leads dropout 0.25 on dense layers by" in said[1]
    assert "dropout 0.5 after fc1 leads no dropout by" in said[2]


def test_a_missing_run_shifts_no_arm_and_is_named() -> None:
    arms = [FC1, *ARMS]
    known = judge_guess(Guess.among(arms, 2, SOME), BETTER, arms)
    assert known == (
        "You guessed dropout 0.25 on dense layers by 1 to 3 points; it leads no dropout by 2.1 "
        "points (3 seeds, 95 % interval 1.7 to 2.5): right. A finished run is missing for "
        "dropout 0.5 after fc1, so it is judged without."
    )
    unknown = judge_guess(Guess.among(arms, 2, SOME), BETTER)
    assert "You guessed dropout 0.25 by 1 to 3 points; it leads no dropout by 2.1" in unknown
    assert "A finished run is missing for network 1 of the 3 guessed among" in unknown


def test_the_order_of_what_is_on_show_and_other_arms_beside_change_nothing() -> None:
    other = [result(RunConfig(width=2.0), seed, 0.1, 0.9) for seed in range(5)]
    shown = [FC1, RunConfig(width=2.0), ARTICLE, RunConfig()]
    told = judge_guess(guess(1, SOME), [*other, *reversed(BETTER)], shown)
    assert re.search(r"dropout 0.25 on dense layers.*by 2\.1 points \(3 seeds.*: right\.$", told)


@pytest.mark.parametrize(
    ("guess", "runs", "said"),
    [
        (guess(1), BETTER[:1], "a finished run is missing for dropout 0.25."),
        (guess(None), BETTER[:1], "a finished run is missing for dropout 0.25."),
        (guess(1), [], "a finished run is missing for no dropout and dropout 0.25."),
        (guess(1), [BETTER[0], BETTER[3]], "these networks have no seed in common."),
        (Guess(5), BETTER, "a finished run is missing for these networks."),
        (Guess(1), [], "a finished run is missing for no dropout and dropout 0.25."),
    ],
)
def test_a_guess_that_cannot_be_judged_says_what_is_missing(
    guess: Guess, runs: list[Any], said: str
) -> None:
    assert judge_guess(guess, runs, ARMS) == f"Your guess cannot be judged: {said}"


def test_a_guess_is_judged_by_own_names_too() -> None:
    told = judge_guess(guess(1, SOME), BETTER, ARMS, {ARTICLE: "mine"})
    assert told.startswith("You guessed mine by 1 to 3 points; it leads no dropout by 2.1")


def test_an_old_guess_takes_the_arms_in_the_order_on_show() -> None:
    assert "You guessed dropout 0.25 by 1 to 3" in judge_guess(Guess(1, SOME), BETTER, ARMS)
    assert "You guessed no dropout by 1 to 3" in judge_guess(Guess(1, SOME), BETTER, ARMS[::-1])
    assert "cannot be judged: a finished run is missing for these" in judge_guess(Guess(0), [])


def test_a_run_with_early_stopping_is_judged_by_the_epoch_it_went_back_to() -> None:
    stopping = RunConfig.preset("article", patience=1)
    epochs = (epoch(1, 1.0, 0.5, 0.75), epoch(2, 1.5, 0.4, 0.60))
    runs = [result(RunConfig(), 0, 0.1, 0.7), Result(stopping, epochs)]
    told = judge_guess(Guess.among([RunConfig(), stopping], 1, MUCH), runs)
    assert "it leads no dropout · no early stopping by 5.0 points" in told.replace(
        " · 15 epochs", ""
    )


@pytest.mark.parametrize(
    "kept", [Guess(None), Guess(0), Guess(3, SOME), Guess(11, MUCH), guess(1, LITTLE), guess(None)]
)
def test_a_guess_survives_json(kept: Guess) -> None:
    assert Guess.from_json(json.loads(json.dumps(kept.to_json()))) == kept


def test_a_guess_knows_its_arms_by_what_their_seeds_share() -> None:
    seeds = [config.with_seed(seed) for seed, config in enumerate(ARMS)]
    assert Guess.among(seeds, 1) == guess(1)
    assert guess(1).arms == tuple(arm_of(config).hash for config in ARMS)


@pytest.mark.parametrize(
    ("points", "band"),
    [
        *[(0, None), (0.0, None), (0.5, LITTLE), (2, SOME), (2.0, SOME), (5.0, MUCH)],
        *[(1, SOME), (3, MUCH), (100, MUCH)],
    ],
)
def test_points_that_were_kept_as_a_number_are_read_as_their_band(
    points: float, band: Band | None
) -> None:
    assert Guess.from_json({"arm": 1, "points": points}) == Guess(1, band)
    assert Guess.from_json({"arm": 1}) == Guess(1)


HASHES = ["0" * 16, "1" * 16]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (None, "guess is None"),
        ([1, 2], r"guess is \[1, 2\]"),
        ({"points": 1}, "guess is"),
        ({"arm": 1, "more": 1}, "guess is"),
        ({"arm": 12}, "arm is 12; allowed: a whole number >= 0 and < 12"),
        ({"arm": 2, "arms": HASHES}, "arm is 2; allowed: a whole number >= 0 and < 2"),
        ({"arm": -1, "arms": HASHES * 2}, r"arms is .*2 to 12 different arms.*arm is -1"),
        ({"arm": True}, "arm is True"),
        ({"arm": 1.0}, "arm is 1.0"),
        ({"arm": "1"}, "arm is '1'"),
        ({"arm": [1]}, r"arm is \[1\]"),
        ({"arm": 1, "points": "2"}, "points is '2'"),
        ({"arm": 1, "points": float("nan")}, "points is nan"),
        ({"arm": 1, "points": -1}, "points is -1"),
        ({"arm": 1, "points": 101}, "points is 101"),
        ({"arm": 1, "points": False}, "points is False"),
        ({"arm": 1, "points": 10**400}, "points is"),
        ({"arm": 1, "points": [1, 2]}, r"points is \[1, 2\]; .*\[0, 1\] or \[1, 3\] or"),
        ({"arm": 1, "points": [1]}, "points is"),
        ({"arm": 1, "points": [False, True]}, "points is"),
        ({"arm": 1, "points": [[1], 3]}, "points is"),
        ({"arm": 1, "points": {}}, "points is"),
        ({"arm": None, "points": 2}, "points is .*null where no difference is guessed"),
        ({"arm": 0, "arms": HASHES[:1]}, "arms is .*2 to 12 different arms"),
        ({"arm": 0, "arms": [f"{at:016x}" for at in range(MAX_ARMS + 1)]}, "arms is"),
        ({"arm": 0, "arms": None}, "arms is None"),
        ({"arm": 0, "arms": "0123"}, "arms is '0123'"),
        ({"arm": 0, "arms": [1, 2]}, "arms is"),
        ({"arm": 0, "arms": ["x" * 16, *HASHES]}, "arms is .*16 hexadecimal digits"),
    ],
)
def test_what_is_no_guess_is_refused_with_the_reason(raw: Any, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        Guess.from_json(raw)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)


@given(
    st.fixed_dictionaries(
        {"arm": json_values}, optional=dict.fromkeys(("points", "arms"), json_values)
    )
)
def test_any_json_is_a_guess_that_survives_or_is_refused_with_reasons(raw: Any) -> None:
    try:
        kept = Guess.from_json(raw)
    except ConfigError as refused:
        problems = refused.problems
    else:
        problems = []
        assert Guess.from_json(kept.to_json()) == kept
        assert judge_guess(kept, BETTER, ARMS).endswith(".")
    assert all(problem.allowed for problem in problems)
