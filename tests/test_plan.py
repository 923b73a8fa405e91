from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropout_demo.config import (
    LAYERS,
    MAX_ARMS,
    MAX_QUERY_CHARACTERS,
    MAX_RUNS_A_REQUEST,
    MAX_SEED,
    MAX_SEEDS_AN_ARM,
    RunConfig,
)
from dropout_demo.plan import Plan
from dropout_demo.problems import ConfigError
from dropout_demo.sweeps import SWEEPS, suggested
from tests.strategies import configs

ARTICLE = RunConfig.preset("article")
PLAIN = RunConfig()


def rates(config: RunConfig) -> dict[str, float]:
    return {at: drop.p for at, drop in config.dropout.items()}


def test_a_pair_is_the_twin_without_dropout_and_the_base() -> None:
    assert Plan(ARTICLE).arm_configs() == [PLAIN, ARTICLE]
    assert Plan(PLAIN).arm_configs() == [PLAIN]
    assert Plan(ARTICLE, "single").arm_configs() == [ARTICLE]


def test_places_are_none_dense_convolutions_and_both_at_the_largest_rate() -> None:
    base = RunConfig.parse({"dropout": {"conv1": {"p": 0.1, "kind": "channel"}, "fc1": 0.4}})
    conv = dict.fromkeys(("conv1", "conv2", "conv3"), 0.4)
    dense = dict.fromkeys(("flatten", "fc1"), 0.4)
    arms = Plan(base, "places").arm_configs()
    assert [rates(arm) for arm in arms] == [{}, dense, conv, conv | dense]
    kinds = [{at: drop.kind for at, drop in arm.dropout.items()} for arm in arms]
    of_conv, of_dense = dict.fromkeys(conv, "channel"), dict.fromkeys(dense, "element")
    assert kinds == [{}, of_dense, of_conv, of_conv | of_dense]
    assert rates(Plan(PLAIN, "places").arm_configs()[1]) == {"flatten": 0.25, "fc1": 0.25}


def test_a_sweep_over_rates_keeps_the_layers_and_their_kinds() -> None:
    base = RunConfig.parse({"dropout": {"conv1": {"p": 0.1, "kind": "channel"}, "fc1": 0.4}})
    none, low, high = Plan(base, "sweep", field="rate", values=(0, 0.2, 0.7)).arm_configs()
    assert rates(none) == {}
    assert (rates(low), rates(high)) == ({"conv1": 0.2, "fc1": 0.2}, {"conv1": 0.7, "fc1": 0.7})
    assert low.dropout["conv1"].kind == "channel"


def test_a_sweep_over_places_puts_the_same_rate_at_each_and_begins_without() -> None:
    arms = Plan(ARTICLE, "sweep", field="place", values=LAYERS).arm_configs()
    assert [rates(arm) for arm in arms] == [{}, *({at: 0.25} for at in LAYERS)]


def test_places_keep_the_bases_kinds_where_they_make_sense() -> None:
    raw = {"conv2": {"p": 0.2, "kind": "gaussian"}, "fc1": {"p": 0.3, "kind": "connect"}}
    base = RunConfig.parse({"dropout": raw})
    arms = Plan(base, "sweep", field="place", values=LAYERS).arm_configs()
    own = {"fc1": "connect"}
    assert [{at: d.kind for at, d in arm.dropout.items()} for arm in arms] == [
        {}, *({at: own.get(at, "gaussian")} for at in LAYERS)
    ]  # fmt: skip
    blocks = RunConfig.parse({"dropout": {"conv1": {"p": 0.2, "kind": "block"}}})
    (dense,) = Plan(blocks, "places").arm_configs()[1:2]
    assert {drop.kind for drop in dense.dropout.values()} == {"element"}


def test_kinds_are_compared_where_all_of_them_make_sense() -> None:
    arms = Plan(ARTICLE, "sweep", field="kind", values=("element", "connect")).arm_configs()
    assert [list(arm.dropout) for arm in arms] == [[], ["fc1"], ["fc1"]]
    with pytest.raises(ConfigError, match=r"values is .*channel.* here flatten, fc1"):
        Plan(ARTICLE, "sweep", field="kind", values=("element", "channel"))


def test_twins_are_each_value_without_and_with_dropout() -> None:
    plan = Plan(PLAIN, "sweep", field="width", values=(0.5, 2.0), twins=True)
    told = [(arm.width, rates(arm)) for arm in plan.arm_configs()]
    dense = {"flatten": 0.25, "fc1": 0.25}
    assert told == [(0.5, {}), (0.5, dense), (2.0, {}), (2.0, dense)]
    late = Plan(ARTICLE, "sweep", field="dropout_schedule", values=("always", "late"), twins=True)
    assert len(late.arm_configs()) == 3  # both have the same twin


@pytest.mark.parametrize("field", SWEEPS)
@pytest.mark.parametrize("base", [PLAIN, ARTICLE, RunConfig.preset("quick", dataset="shapes")])
def test_every_suggested_sweep_makes_sense_and_survives_the_address(
    field: str, base: RunConfig
) -> None:
    values = suggested(field, base)
    assert len(values) >= 2
    for twins in (False, True):
        kept = values[: MAX_ARMS // 2] if twins else values
        plan = Plan(base, "sweep", seeds=2, field=field, values=kept, twins=twins)
        assert Plan.from_query(plan.to_query()) == plan
        assert all(config.dataset == base.dataset for config in plan.configs())


def test_suggestions_leave_out_what_the_data_set_or_the_run_cannot_bear() -> None:
    shapes = RunConfig(dataset="shapes", epochs=2)
    assert suggested("train_size", shapes) == (500, 2_000, 10_000)
    assert suggested("patience", shapes) == (None, 2)
    assert suggested("epochs", RunConfig(patience=15)) == (15, 30, 60)
    assert suggested("epochs", RunConfig(patience=50, epochs=50)) == (50, 60, 100)
    assert suggested("epochs", RunConfig(patience=150, epochs=150)) == (150, 300)
    assert suggested("batch_norm", RunConfig(batch_size=1)) == ("none",)  # no choice is left
    mixed = RunConfig.parse({"dropout": {"conv1": 0.1, "fc1": 0.1}})
    assert "connect" not in suggested("kind", mixed)


def test_runs_go_seed_by_seed_and_after_the_largest_seed_comes_0() -> None:
    runs = Plan(ARTICLE.with_seed(MAX_SEED), seeds=2).configs()
    assert [(run.seed, bool(run.dropout)) for run in runs] == [
        (MAX_SEED, False),
        (MAX_SEED, True),
        (0, False),
        (0, True),
    ]


def test_own_arms_share_the_seeds_of_the_base_and_count_once() -> None:
    arms = (ARTICLE.with_seed(5), PLAIN, ARTICLE.with_seed(9))
    plan = Plan(RunConfig(seed=3), "arms", arms=arms)
    assert plan.arm_configs() == [ARTICLE.with_seed(3), PLAIN.with_seed(3)]
    assert Plan.from_query(plan.to_query()) == plan


@pytest.mark.parametrize(
    ("query", "design", "arms", "runs"),
    [
        ("", "pair", 1, 1),
        ("?flatten=0.5&fc1=0.5", "pair", 2, 2),
        ("preset=quick", "pair", 2, 2),
        ("compare=single&fc1=0.5", "single", 1, 1),
        ("compare=places&seeds=3", "places", 4, 12),
        ("sweep=padding", "sweep", 2, 2),
        ("compare=sweep&sweep=max_norm&values=none,3&twins=1", "sweep", 4, 4),
        ("arm=&arm=fc1%3D0.5&arm=conv1%3Dchannel:0.1&seeds=2", "arms", 3, 6),
    ],
)
def test_an_address_says_what_is_compared(query: str, design: str, arms: int, runs: int) -> None:
    plan = Plan.from_query(query)
    assert (plan.design, len(plan.arm_configs()), len(plan.configs())) == (design, arms, runs)
    assert Plan.from_query(plan.to_query()) == plan


@pytest.mark.parametrize(
    ("plan", "query"),
    [
        (Plan(PLAIN), ""),
        (Plan(ARTICLE), "flatten=0.25&fc1=0.25"),
        (Plan(ARTICLE, "places", seeds=3), "flatten=0.25&fc1=0.25&compare=places&seeds=3"),
        (
            Plan(PLAIN, "sweep", field="max_norm", values=(None, 3.0), twins=True),
            "sweep=max_norm&values=none,3&twins=1",
        ),
        (Plan(PLAIN, "arms", arms=(PLAIN, ARTICLE)), "arm=&arm=flatten%3D0.25%26fc1%3D0.25"),
    ],
)
def test_addresses_are_short(plan: Plan, query: str) -> None:
    assert plan.to_query() == query


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("compare=best", ["compare is 'best'"]),
        ("seeds=11&width=9", ["width is 9"]),
        ("seeds=11&twins=1", ["seeds is 11; allowed: a whole number >= 1 and <= 10", "twins is"]),
        ("seeds=1.5", ["seeds is 1.5"]),
        ("seeds=1_0", ["seeds is '1_0'"]),
        ("seeds=%D9%A3", ["seeds is '\u0663'"]),
        ("seeds=%203", ["seeds is ' 3'"]),
        ("sweep=epochs&values=1_0,2", ["epochs is '1_0'"]),
        ("sweep=width&values=1_0.5,2", ["width is '1_0.5'"]),
        (f"seeds={'9' * 400}", ["seeds is '999"]),
        ("sweep=epochs&values=1e400,2", ["epochs is '1e400'"]),
        ("seeds=", ["seeds is ''"]),
        ("seeds=3&seeds=3", ["seeds is '3'; allowed: one value"]),
        ("twins=yes&sweep=width", ["twins is 'yes'; allowed: 0 or 1"]),
        ("sweep=seed", ["sweep is 'seed'"]),
        ("sweep=width&values=1", ["values is [1]; allowed: at least two"]),
        ("sweep=width&values=", ["at least two"]),
        ("sweep=width&values=1,1.0", ["each value once"]),
        ("sweep=width&values=9,nan", ["width is 9", "width is 'nan'"]),
        ("sweep=rate&values=0.5,1", ["dropout.flatten.p is 1"]),
        ("sweep=place&values=fc1,fc2,fc3", ["place is 'fc2'", "place is 'fc3'"]),
        ("sweep=kind&values=a,b", ["kind is 'a'", "kind is 'b'"]),
        ("sweep=train_size&values=500,50000,60000", ["train_size is 50000", "train_size is 60000"]),
        ("sweep=epochs&values=2,9&patience=3", ["patience is 3", "<= 2, the run's epochs"]),
        ("sweep=seeds&values=1,2", ["sweep is 'seeds'"]),
        ("sweep=width&values=1,2&compare=pair", ["sweep is 'width'; allowed: none but in a sweep"]),
        ("values=1,2", ["values is (1, 2)"]),
        ("sweep=epochs&values=1,2,3,4,5,6,7&twins=1", ["14 different; allowed: 2 to 12"]),
        ("arm=", ["arms is 1 different"]),
        ("arm=&arm=width%3D9", ["arm 2: width is 9"]),
        ("arm=&arm=fc1%3D0.5&compare=pair", ["arm is 2 arms"]),
        ("x" * (MAX_QUERY_CHARACTERS + 1), [f"address is {MAX_QUERY_CHARACTERS + 1} characters"]),
        ("colour=red", ["colour is 'red'"]),
    ],
)
def test_rubbish_is_refused_with_every_reason(query: str, said: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        Plan.from_query(query)
    for part in said:
        assert part in str(caught.value)


def test_twelve_arms_that_differ_in_much_have_an_address() -> None:
    arms = tuple(
        RunConfig.parse(
            {
                "dropout": dict.fromkeys(LAYERS, 0.1234567890123 + at / 100),
                "weight_decay": 0.0123456789,
                "label_noise": 0.123456789,
                "input_noise": 0.123456789,
            }
        )
        for at in range(12)
    )
    plan = Plan(PLAIN, "arms", arms=arms)
    assert Plan.from_query(plan.to_query()) == plan


words = st.sampled_from(["compare", "seeds", "sweep", "values", "twins", "arm", "fc1", "patience"])
texts = st.one_of(
    st.text(max_size=8),
    st.sampled_from([*SWEEPS, "sweep", "arms", "places", "1", "3", "0.5", "none,3", "fc1=0.5"]),
)


@given(st.lists(st.tuples(words, texts), max_size=6))
def test_any_query_gives_a_plan_that_survives_the_address_or_reasons(
    parts: list[tuple[str, str]],
) -> None:
    query = "&".join(f"{name}={text}" for name, text in parts)
    try:
        plan = Plan.from_query(query)
    except ConfigError as refused:
        error: ConfigError | None = refused
    else:
        error = None
        assert Plan.from_query(plan.to_query()) == plan
        check(plan)
    assert error is None or (error.problems and str(error).endswith("."))


def check(plan: Plan) -> None:
    arms, runs = plan.arm_configs(), plan.configs()
    assert 1 <= len(arms) <= MAX_ARMS
    assert len({arm.hash for arm in arms}) == len(arms)
    assert len({config.hash for config in runs}) == len(runs) == len(arms) * plan.seeds
    assert len(runs) <= MAX_RUNS_A_REQUEST == MAX_ARMS * MAX_SEEDS_AN_ARM
    assert runs[: len(arms)] == arms


numbers = st.floats(0.125, 4)


@given(
    configs(),
    st.lists(configs(), min_size=2, max_size=4),
    st.lists(numbers, min_size=2, max_size=6, unique=True),
    st.integers(1, MAX_SEEDS_AN_ARM),
    st.booleans(),
)
def test_any_plan_survives_the_address(
    base: RunConfig, arms: list[RunConfig], values: list[float], seeds: int, twins: bool
) -> None:
    plans = [
        Plan(base, "single", seeds),
        Plan(base, "pair", seeds),
        Plan(base, "places", seeds),
        Plan(base, "sweep", seeds, "width", tuple(values), twins),
    ]
    if len({arm.with_seed(0).hash for arm in arms}) > 1:
        with suppress(ConfigError):  # the address would be too long
            plans.append(Plan(base, "arms", seeds, arms=tuple(arms)))
    for plan in plans:
        assert Plan.from_query(plan.to_query()) == plan
        check(plan)
