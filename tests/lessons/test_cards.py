"""The claim cards: what each must hold, whatever they say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlencode

import pydantic
import pytest

from dropout_demo.config import LAYERS, MAX_RUNS_A_REQUEST, RunConfig
from dropout_demo.evidence.measures import MEASURES
from dropout_demo.evidence.teams import TEAM_VALUES
from dropout_demo.evidence.values import Name, unit_of
from dropout_demo.lessons.cards import Card, Comparison, cards

CARDS = pytest.mark.parametrize("card", cards().values(), ids=lambda card: card.key)
FEWER_SEEDS = {7, 8, 10, 11, 15, 16, 14, 17, 18, 19, 20}
"""Cards that may be recorded with 10,000 images or 3 seeds; the others are not to be."""

CORES = 2
"""Of the machine on which a short version is to take less than a minute."""

MOST_WORDS = {
    "claim": 25,
    "why": 40,
    "compared": 50,
    "statistic": 60,
    "misunderstanding": 40,
    "may_explain": 40,
    "note": 45,
}


def texts(card: Card) -> Iterator[tuple[str, str]]:
    for name in ("title", *MOST_WORDS):
        yield name, getattr(card, name)
    yield "live.note", card.live.note
    yield "question", card.guess.question
    yield from (("option", option) for option in card.guess.options)
    yield from (("expected", one.text) for one in card.expected)
    yield from (("says", one.says) for one in card.comparisons)
    yield from (("arm", arm.name) for arm in card.arms.values())


def test_there_are_twenty_cards_without_a_gap() -> None:
    assert list(cards()) == list(range(1, 21))
    assert len({card.title for card in cards().values()}) == 20


def test_no_text_is_left_to_be_written() -> None:
    unwritten = [
        (card.number, name)
        for card in cards().values()
        for name, text in texts(card)
        if "…" in text or (not text and name not in ("note", "may_explain", "live.note"))
    ]
    assert unwritten == []


@CARDS
def test_texts_are_short(card: Card) -> None:
    words = {name: len(getattr(card, name).split()) for name in MOST_WORDS}
    assert {name: count for name, count in words.items() if count > MOST_WORDS[name]} == {}
    assert all(len(one.text.split()) <= 35 for one in card.expected)
    assert len(card.live.note.split()) <= 30


@CARDS
def test_sentences_end_and_the_claim_is_one(card: Card) -> None:
    for name in MOST_WORDS:
        assert re.search(r"(^|[.?!\"])$", getattr(card, name)), (name, getattr(card, name))
    assert len(re.findall(r"[.?!]( |$)", card.claim)) == 1
    assert all(one.text.endswith((".", '."')) for one in card.expected)
    assert card.guess.question.endswith("?")
    assert not any(option.endswith(".") for option in card.guess.options)
    assert len(set(card.guess.options)) == len(card.guess.options)


@CARDS
def test_an_expectation_is_read_or_reported(card: Card) -> None:
    assert {one.mark for one in card.expected} <= {"a", "b"}


@CARDS
def test_the_statistic_says_what_would_contradict_the_claim(card: Card) -> None:
    assert re.search(r"contradict", card.statistic)


@CARDS
def test_a_comparison_says_what_may_be_true_and_by_which_difference(card: Card) -> None:
    said = [one.says for one in card.comparisons]
    assert len(set(said)) == len(said)
    assert all(len(one) <= 115 for one in said)
    assert ":" in said[0]


@CARDS
def test_a_cards_arms_are_configurations_that_differ(card: Card) -> None:
    hashes = [arm.config.hash for arm in card.arms.values()]
    assert len(set(hashes)) == len(hashes)
    assert {arm.config.seed for arm in card.arms.values()} <= {0}
    assert {arm.config.dataset for arm in card.arms.values()} <= {"cifar10"}
    assert bool(card.arms) != bool(card.experiment)


@CARDS
def test_every_name_in_a_comparison_is_known_and_every_arm_is_of_use(card: Card) -> None:
    for one in card.comparisons:
        if not card.experiment:
            for value in filter(None, (one.value, one.minus_value)):
                unit_of(value)
                parsed = Name.parse(value)
                assert not parsed.key or parsed.head in card.measures
        assert one.unit is None or card.experiment
        if one.minus_value is None:
            assert not set(one.plus) & set(one.minus)
    assert set(card.measures) <= set(MEASURES)
    assert "val_accuracy" in {group.by.partition("@")[0] for group in card.groups.values()} or (
        not card.groups
    )


@CARDS
def test_a_group_chooses_by_validation_images_alone_and_among_equally_many(card: Card) -> None:
    assert all(group.by.startswith("val_") for group in card.groups.values())
    assert len({len(group.of) for group in card.groups.values()}) <= 1
    assert {arm for group in card.groups.values() for arm in group.of} <= set(card.arms)


@CARDS
def test_where_test_images_are_compared_the_choice_was_of_the_network_that_they_judge(
    card: Card,
) -> None:
    tested = {
        name
        for one in card.comparisons
        if one.value.startswith("test_")
        for name in (*one.plus, *one.minus)
    }
    assert {card.groups[name].by for name in tested & set(card.groups)} <= {"val_accuracy@last"}


@CARDS
def test_the_main_cards_use_all_images_and_five_seeds(card: Card) -> None:
    if card.number not in FEWER_SEEDS:
        assert card.seeds == 5
        assert {arm.config.train_size for arm in card.arms.values()} == {45_000}
    elif card.arms and {arm.config.train_size for arm in card.arms.values()} != {45_000}:
        assert "images" in card.compared + card.note, "the card says so"
    if card.seeds < 5 or any(arm.seeds for arm in card.arms.values()):
        assert "3 seeds" in card.note, "the card says so"


def test_a_card_is_recorded_seed_by_seed_and_an_arm_may_have_fewer() -> None:
    card = cards()[6]
    configs = card.configs()
    assert len(set(configs)) == len(configs) == 9 * 5 + 3
    assert [config.seed for config in configs] == sorted(config.seed for config in configs)


def live_config(card: Card, arm: str, dataset: str) -> RunConfig:
    """An arm of the short version: its own query with the changes put over it, for every arm."""
    query = dict(parse_qsl(card.arms[arm].query)) | dict(parse_qsl(card.live.changes))
    return RunConfig.from_query(urlencode(query | {"dataset": dataset}))


def seconds_of(config: RunConfig) -> float:
    """Of one core, start and all; by what cards 2 and 9 took in the page, at 12 and 8 epochs."""
    images = config.epochs * (config.train_size + 1_250) * min(config.width, 1)
    return images * (1.4 if config.batch_norm != "none" else 1) / 3_500


def compared(card: Card, one: Comparison) -> list[set[str]]:
    """By arm or group named: the arms that it may stand for."""
    return [
        set(card.groups[name].of) if name in card.groups else {name}
        for name in (*one.plus, *one.minus)
    ]


@pytest.mark.parametrize("dataset", ["cifar10", "shapes"])
@CARDS
def test_the_short_version_trains_on_real_and_on_drawn_images(card: Card, dataset: str) -> None:
    arms = card.live.arms or tuple(card.arms)
    configs = [live_config(card, arm, dataset) for arm in arms]
    assert len(set(configs)) == len(configs)
    assert len(configs) * card.live.seeds <= MAX_RUNS_A_REQUEST
    assert card.live.seeds * sum(map(seconds_of, configs)) <= 60 * CORES, "more than a minute"


@CARDS
def test_the_short_version_has_all_that_the_verdict_rests_on(card: Card) -> None:
    assert card.live.seeds >= 3
    if card.arms:
        trained = set(card.live.arms or card.arms)
        assert all(arms & trained for arms in compared(card, card.comparisons[0]))


@CARDS
def test_the_short_versions_changes_leave_what_the_arms_differ_in(card: Card) -> None:
    """A rate in the changes would give dropout to the arm that is to have none."""
    changed = set(dict(parse_qsl(card.live.changes)))
    arms = [card.arms[arm].config for arm in card.live.arms or card.arms]
    assert not changed & set(LAYERS) or all(config.dropout for config in arms)


@pytest.mark.parametrize(
    "change",
    [
        {"number": 0},
        {"expected": []},
        {"seeds": 2},
        {"praise": "none"},
        {"guess": {"question": "Which?", "options": ["only one"]}},
        {"comparisons": [{"says": "x", "value": "gap@last", "plus": "who", "claimed": "higher"}]},
        {"live": {"arms": ["who"]}},
        {"teams": {"five": {"name": "five", "of": "who"}}},
        {"teams": {"five": {"name": "five", "of": "five"}}},
        {"teams": {"none": {"name": "five", "of": "none"}}},
        {"teams": {"five": {"name": "five", "of": "none", "size": 1}}},
        {"teams": {"five": {"name": "five", "of": "none"}}, "live": {"arms": ["none", "five"]}},
        {
            "teams": {"five": {"name": "five", "of": "none"}},
            "groups": {"best": {"name": "best", "of": ["none", "five"]}},
        },
        {
            "teams": {"best": {"name": "five", "of": "none"}},
            "groups": {"best": {"name": "best", "of": ["none", "dropout"]}},
        },
        {"expected": [{"text": "It is so.", "source": "memory", "mark": "c"}]},
    ],
)
def test_a_wrong_card_is_refused(change: dict[str, object]) -> None:
    plain = cards()[2].model_dump(mode="json")
    Card.model_validate(plain)
    with pytest.raises(pydantic.ValidationError):
        Card.model_validate(plain | change)


def test_a_team_may_stand_on_either_side_of_a_comparison() -> None:
    plain = cards()[2].model_dump(mode="json")
    one = {"says": "x", "value": "test_loss", "plus": "five", "minus": "none", "claimed": "lower"}
    teams = {"five": {"name": "five", "of": "none"}}
    card = Card.model_validate(plain | {"teams": teams, "comparisons": [one]})
    assert (card.comparisons[0].plus, card.comparisons[0].minus) == (("five",), ("none",))


@CARDS
def test_a_team_is_compared_by_values_that_teams_have(card: Card) -> None:
    for one in card.comparisons:
        for side, value in ((one.plus, one.value), (one.minus, one.minus_value or one.value)):
            assert not card.teams.keys() & {*side} or value in TEAM_VALUES
