from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropout_demo.arms import (
    LAYER_NAMES,
    arm_name,
    arm_names,
    arm_of,
    listed,
    made_up,
    rates_in_words,
    rates_of,
    with_own,
)
from dropout_demo.config import LAYERS, RunConfig
from dropout_demo.contrasts import contrasts
from dropout_demo.sentences import contrast_sentence
from dropout_demo.sweeps import SWEEPS, suggested, sweep
from tests.made_runs import pairs
from tests.strategies import configs, dropouts


def names(*raws: dict[str, Any]) -> list[str]:
    return arm_names([RunConfig.parse(raw) for raw in raws])


EVERYWHERE = dict.fromkeys(("conv1", "conv2", "conv3", "flatten", "fc1"), 0.25)
DENSE = {at: 0.25 for at in EVERYWHERE if "conv" not in at}
CONV = {at: 0.25 for at in EVERYWHERE if "conv" in at}


@pytest.mark.parametrize(
    ("raws", "told"),
    [
        ([{"seed": 3}], ["no dropout"]),
        ([{}, {"dropout": DENSE}], ["no dropout", "dropout 0.25"]),
        (
            [{}, {"dropout": DENSE}, {"dropout": CONV}, {"dropout": EVERYWHERE}],
            [
                "no dropout",
                "dropout 0.25 on dense layers",
                "dropout 0.25 on convolutions",
                "dropout 0.25 on conv + dense layers",
            ],
        ),
        (
            [{"width": 0.5}, {"width": 2.0}],
            ["width 0.5", "width 2"],
        ),
        (
            [{"width": 2.0}, {"width": 2.0, "dropout": {"fc1": 0.5}}],
            ["no dropout", "dropout 0.5 after fc1"],
        ),
        (
            [{"width": 1.0}, {"width": 2.0, "dropout": {"fc1": 0.5}}],
            ["no dropout · width 1", "dropout 0.5 after fc1 · width 2"],
        ),
        (
            [{"dropout": {"conv1": {"p": 0.2, "kind": "channel"}}}, {"dropout": {"input": 0.1}}],
            ["channel 0.2 after conv1", "dropout 0.1 on input"],
        ),
        (
            [{"dropout": {"fc1": {"p": 0.2, "kind": "connect"}}}, {"dropout": DENSE}],
            ["DropConnect 0.2 in fc1", "dropout 0.25 on dense layers"],
        ),
        (
            [{"dropout": {at: {"p": 0.2, "kind": "gaussian"} for at in DENSE}}, {}],
            ["Gaussian 0.2", "no dropout"],
        ),
        (
            [{"dropout": {"fc1": {"p": 0.2, "kind": "connect"}, "flatten": 0.5}}],
            ["dropout 0.5 after flatten + DropConnect 0.2 in fc1"],
        ),
        (
            [{"dropout": {"conv1": {"p": 0.2, "kind": "block"}, "fc1": 0.5}}],
            ["block 0.2 after conv1 + dropout 0.5 after fc1"],
        ),
        (
            [{"dropout": DENSE | {at: {"p": 0.2, "kind": "channel"} for at in CONV}}],
            ["channel 0.2 on convolutions + dropout 0.25 on dense layers"],
        ),
        (
            [{"dropout": DENSE}, {"dropout": DENSE, "dropout_schedule": "late"}],
            ["dropout 0.25", "dropout 0.25 late"],
        ),
        (
            [{}, {"patience": 3}, {"patience": 5}],
            ["no early stopping", "patience 3", "patience 5"],
        ),
        (
            [{"train_size": 500}, {"train_size": 45_000}],
            ["500 images", "45,000 images"],
        ),
        (
            [{"epochs": 1}, {"epochs": 15}],
            ["1 epoch", "15 epochs"],
        ),
        (
            [{"augmentation": "crop"}, {"augmentation": "flip-crop"}],
            ["cropped", "mirrored and cropped"],
        ),
        (
            [{"max_norm": 3.0}, {"batch_norm": "before", "augmentation": "flip"}],
            [
                "max-norm 3 · no batch norm · no augmentation",
                "no max-norm · batch norm before dropout · mirrored",
            ],
        ),
    ],
)
def test_names_say_only_what_differs(raws: list[dict[str, Any]], told: list[str]) -> None:
    assert names(*raws) == told


def test_numbers_that_six_digits_leave_equal_are_told_in_full() -> None:
    told = names({"learning_rate": 0.001}, {"learning_rate": 0.00100000001})
    assert told == ["learning rate 0.001", "learning rate 0.00100000001"]


@pytest.mark.parametrize("field", SWEEPS)
def test_arms_of_every_sweep_have_short_names_of_their_own(field: str) -> None:
    for base in (RunConfig(), RunConfig.preset("article"), RunConfig.preset("quick")):
        told = arm_names(sweep(field, suggested(field, base), base))
        assert len(set(told)) == len(told)
        assert max(map(len, told)) < 40


near_arms = st.builds(
    RunConfig,
    dropout=dropouts(st.sampled_from([0.0, 0.1, 0.25, 0.2500000001])),
    dropout_schedule=st.sampled_from(["always", "early"]),
    width=st.sampled_from([1.0, 2.0, 1.0000000001]),
    max_norm=st.sampled_from([None, 3.0]),
    weight_decay=st.sampled_from([0.0, 1e-4]),
    seed=st.integers(0, 3),
)


@given(st.lists(near_arms | configs(), min_size=1, max_size=12))
def test_two_names_are_equal_just_when_the_arms_are(several: list[RunConfig]) -> None:
    told = arm_names(several)
    hashes = [config.with_seed(0).hash for config in several]
    assert [a == b for a in told for b in told] == [a == b for a in hashes for b in hashes]
    assert told == arm_names(several)
    assert all(told)


@given(near_arms | configs())
def test_what_seeds_of_an_arm_share_is_told_by_the_hash(config: RunConfig) -> None:
    arm = arm_of(config)
    assert arm.hash == config.with_seed(0).hash
    assert arm == arm_of(arm) == arm_of(config.with_seed(7))
    assert arm_name(arm) == arm_name(config)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({}, ""),
        ({"dropout": CONV}, "0.25 at the convolutions"),
        ({"dropout": EVERYWHERE}, "0.25 at the convolutions and before both dense layers"),
        (
            {"dropout": {"input": 0.2, "fc1": 0.2}},
            "0.2 at the image and the dense layer",
        ),
        ({"dropout": DENSE, "dropout_schedule": "growing"}, "0.25 growing over the run"),
        (
            {"dropout": {"conv1": {"p": 0.2, "kind": "channel"}}},
            "0.2 by channel at the first convolution",
        ),
        (
            {"dropout": {"fc1": {"p": 0.5, "kind": "connect"}}},
            "0.5 of the weights at the dense layer",
        ),
        (
            {"dropout": {"flatten": {"p": 0.25, "kind": "gaussian"}, "fc1": 0.25}},
            "0.25 as Gaussian noise and 0.25",
        ),
    ],
)
def test_kinds_and_times_of_dropout_are_told_in_words(raw: dict[str, Any], words: str) -> None:
    assert rates_in_words(RunConfig.parse(raw)) == words


@pytest.mark.parametrize(
    ("dropout", "name", "words"),
    [
        ({}, "no dropout", None),
        ({"fc1": 0.0}, "no dropout", None),
        ({"flatten": 0.25, "fc1": 0.25}, "dropout 0.25", "0.25"),
        ({"flatten": 0.25, "fc1": 0.5}, "dropout 0.25 and 0.5", "0.25 and 0.5"),
        ({"fc1": 0.5}, "dropout 0.5 after fc1", "0.5 at the dense layer"),
        ({"fc1": 0.5, "flatten": 0}, "dropout 0.5 after fc1", "0.5 at the dense layer"),
        (
            {"input": 0.2, "conv1": 0.1, "fc1": 0.2},
            "dropout input 0.2, conv1 0.1, fc1 0.2",
            "0.2 at the image, 0.1 at the first convolution and 0.2 at the dense layer",
        ),
    ],
)
def test_arms_are_named_by_their_rates_and_where_they_stand(
    dropout: dict[str, float], name: str, words: str | None
) -> None:
    config = RunConfig.parse({"dropout": dropout})
    assert arm_name(config) == name
    if words is not None:
        assert rates_in_words(config) == words
        (contrast,) = contrasts(pairs((0.3, 0.1), [0.7], [0.72], config))
        assert f"With dropout {words} the gap" in contrast_sentence(contrast)
    assert tuple(rates_of(config)) == tuple(at for at in LAYERS if dropout.get(at))


def test_every_layer_has_a_name() -> None:
    assert tuple(LAYER_NAMES) == LAYERS


def test_momentum_tells_arms_apart_with_sgd_alone() -> None:
    assert names({"momentum": 0.5}, {"momentum": 0.9}) == ["no dropout"] * 2
    sgd = [{"optimizer": "sgd", "momentum": momentum} for momentum in (0.5, 0.9)]
    assert names(*sgd) == ["momentum 0.5", "momentum 0.9"]


own_names = st.dictionaries(
    near_arms.map(arm_of),
    st.sampled_from(["", " ", "mine", "no dropout", "dropout 0.25", "epoch"]),
)


@given(st.lists(near_arms, min_size=1, max_size=8), own_names)
def test_own_names_stand_for_their_arms_and_still_tell_all_arms_apart(
    several: list[RunConfig], own: dict[RunConfig, str]
) -> None:
    arms = [arm_of(config) for config in several]
    told = arm_names(several, own)
    for arm, name, usual in zip(arms, told, arm_names(several), strict=True):
        mine = own.get(arm, "").strip()
        assert name.startswith(mine) if mine else name == usual
    assert len(set(told)) == len(set(arms))
    by_arm = dict(zip(arms, told, strict=True))
    assert with_own(by_arm, own) == by_arm


def test_an_own_name_that_two_arms_have_keeps_what_sets_them_apart() -> None:
    plain, dense = RunConfig(), RunConfig.preset("article")
    assert arm_names([plain, dense], {plain: " mine "}) == ["mine", "dropout 0.25"]
    assert arm_names([plain, dense.with_seed(3)], {plain: "mine", arm_of(dense): "mine"}) == [
        "mine (no dropout)",
        "mine (dropout 0.25)",
    ]


@given(near_arms)
def test_a_name_made_up_beside_no_dropout_is_known_as_such(config: RunConfig) -> None:
    name, other = arm_names([config, config.without_dropout()])
    assert made_up(name, config)
    assert name == other or not made_up(other, config)
    assert not made_up("mine", config)


def test_a_list_in_words() -> None:
    assert [listed(list("a")), listed(list("ab")), listed(list("abc"))] == [
        "a",
        "a and b",
        "a, b and c",
    ]
