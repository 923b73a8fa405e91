from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import pydantic
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dropout_demo.config import (
    KINDS_AT,
    LAYERS,
    MAX_QUERY_CHARACTERS,
    PRESETS,
    Dropout,
    Layer,
    RunConfig,
)
from dropout_demo.problems import ConfigError, Problem
from tests.strategies import configs, rates

# Runs are stored and shared under these: a change here orphans them.
PINNED_HASHES = {
    "article": "6854965a6549ad6f",
    "article-baseline": "386859bd3fc7975c",
    "quick": "ea3ed785b7c6a145",
    "quick-baseline": "7907add0054c9b4e",
    "quick-channels": "32de96c1f9ccef0c",
    "quick-batch-norm": "121695e7315b342f",
    "quick-random-labels": "cd0b19782566a997",
}
HASH_OF_THE_FIRST_FIELDS = "d26a47997230c2f5"
FIRST_FIELDS: dict[str, Any] = {
    "dataset": "shapes",
    "train_size": 3_000,
    "width": 0.5,
    "padding": 1,
    "dropout": {layer: {"p": 0.1 * (at + 1), "kind": "element"} for at, layer in enumerate(LAYERS)},
    "optimizer": "sgd",
    "learning_rate": 0.1,
    "momentum": 0.5,
    "schedule": "cosine",
    "weight_decay": 0.0005,
    "max_norm": 3.0,
    "batch_size": 64,
    "epochs": 7,
    "seed": 2**31 - 1,
    "precision": "bf16",
}
HASH_OF_EVERYTHING = "f418d670d298b87f"
EVERYTHING: dict[str, Any] = FIRST_FIELDS | {
    "dropout": {"conv1": {"p": 0.1, "kind": "block"}, "fc1": {"p": 0.5, "kind": "connect"}},
    "dropout_schedule": "growing",
    "batch_norm": "after",
    "augmentation": "flip-crop",
    "input_noise": 0.1,
    "label_noise": 0.2,
    "patience": 3,
}

names = st.sampled_from([*RunConfig.model_fields, *LAYERS, "preset", "p", "kind", "[key]"])
keys = names | st.text(st.characters(), max_size=5)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=10)
    | st.sampled_from(["article", "cifar10", "shapes", "NaN", 10**400, -0.0, 0.5, 1])
)
rubbish = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=6),
    max_leaves=15,
)


def taken(parse: Callable[[Any], RunConfig], raw: Any) -> tuple[RunConfig | None, list[Problem]]:
    """The configuration, or what is wrong; any other exception fails the test."""
    try:
        return parse(raw), []
    except ConfigError as error:
        problems = error.problems
    assert problems
    return None, problems


def refused(**fields: Any) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        RunConfig.parse(fields)
    return caught.value


@settings(max_examples=2_000)
@given(configs())
def test_a_configuration_comes_back_from_json_and_from_its_address_exactly(
    config: RunConfig,
) -> None:
    plain = RunConfig.model_validate(json.loads(json.dumps(config.model_dump(mode="json"))))
    query = config.to_query()
    assert len(query) <= MAX_QUERY_CHARACTERS
    back = RunConfig.from_query(query)
    for copy in (plain, back, RunConfig.from_query("?" + query)):
        assert copy == config
        assert copy.hash == config.hash
        assert hash(copy) == hash(config)
    assert back.to_query() == query


@settings(max_examples=500)
@given(configs(), configs())
def test_two_configurations_have_one_hash_only_if_they_train_alike(
    one: RunConfig, other: RunConfig
) -> None:
    def effective(config: RunConfig) -> dict[str, Any]:
        plain = config.model_dump(mode="json")
        rates = {k: v for k, v in plain["dropout"].items() if v["p"]}
        unused = {} if rates else {"dropout_schedule": "always"}
        unused |= {} if config.optimizer == "sgd" else {"momentum": 0.9}
        return plain | {"dropout": rates} | unused

    assert (one.hash == other.hash) == (effective(one) == effective(other))


@given(configs())
def test_the_twin_without_dropout_differs_in_nothing_else(config: RunConfig) -> None:
    twin = config.without_dropout()
    assert not twin.dropout
    of_dropout = {"dropout": 0, "dropout_schedule": 0}
    assert twin.model_dump() | of_dropout == config.model_dump() | of_dropout
    assert RunConfig.model_validate(twin.model_dump()) == twin


@given(rubbish)
@example({"[key]": 1})
@example({"\ud800": 1})
@example({"dropout": {"fc1": {"\ud800": 1}, "\ud800": 0.5}})
@example({"epochs": 10**5_000})
def test_foreign_json_is_a_configuration_or_a_config_error(raw: Any) -> None:
    config, problems = taken(RunConfig.parse, raw)
    assert config is None or RunConfig.parse(config.model_dump(mode="json")) == config
    assert all(p.field and p.value and p.allowed for p in problems)
    assert not any("Undefined" in str(p) for p in problems)


@given(
    st.text(st.characters(), max_size=200)
    | st.lists(st.tuples(names, st.text(st.characters(), max_size=8) | rates.map(str)), max_size=6)
    .map(lambda pairs: "&".join(f"{name}={text}" for name, text in pairs))
)  # fmt: skip
@example("epochs=" + "[" * 1_900)
@example("epochs=" + "9" * 1_900)
@example("%ff%=&&;=;\x00=1&fc1=0.5:0.5")
def test_any_address_is_a_configuration_or_a_config_error(query: str) -> None:
    config, _ = taken(RunConfig.from_query, query)
    assert config is None or RunConfig.from_query(config.to_query()) == config


def test_json_nested_beyond_what_python_prints_is_refused() -> None:
    nested: Any = 1
    for _ in range(50_000):
        nested = [nested]
    assert refused(epochs=nested).problems[0].field == "epochs"
    assert refused(dropout={"fc1": nested}).problems[0].field == "dropout.fc1"


@pytest.mark.parametrize("raw", [None, 1, "article", [], [{}], True, math.nan])
def test_what_is_no_object_is_refused_as_a_whole(raw: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        RunConfig.parse(raw)
    assert [p.field for p in caught.value.problems] == ["config"]


BAD = {
    "dataset": ["mnist", "CIFAR10", "", None, 1, ["cifar10"]],
    "train_size": [9, 0, -1, 45_001, 10**6, 10**400, 100.0, 100.5, "100", True, None, math.nan],
    "width": [0, 0.1249, 4.01, -1, 10**400, math.nan, math.inf, -math.inf, "1", True, None],
    "padding": [-1, 2, 0.5, True, "0", None],
    "optimizer": ["Adam", "rmsprop", 0, None],
    "learning_rate": [0, -0.0, -0.1, 10.1, 1e400, 10**400, math.nan, "0.001", True, None],
    "momentum": [1, 1.0, -0.1, math.nan, "0.9", True, None],
    "schedule": ["linear", None, 0],
    "weight_decay": [-0.1, 1.1, math.inf, math.nan, "0", False, None],
    "max_norm": [0, -1, 100.1, math.inf, math.nan, "3", True],
    "batch_size": [0, -1, 4_097, 1.0, 1.5, "128", True, None],
    "epochs": [0, -1, 501, 10**6, 10**400, 1.5, 15.0, "15", True, None, math.inf],
    "seed": [-1, 2**31, 10**400, 0.0, "0", False, None],
    "precision": ["fp16", "", 32, None],
    "dropout_schedule": ["sometimes", "", None, 1],
    "batch_norm": ["both", None, True, False],
    "augmentation": ["flips", "crop-flip", None, True],
    "input_noise": [-0.1, 2.1, math.nan, math.inf, "0.1", True, None],
    "label_noise": [-0.1, 1.1, math.nan, "0.1", True, None],
    "patience": [0, -1, 16, 201, 10**400, 1.0, "3", True, math.nan],
    "dropout": [None, 0.5, "flatten", [], [0.5], {"fc2": 0.5}, {"FC1": 0.5}, {"": 0.5}],
}


@pytest.mark.parametrize(("field", "value"), [(f, v) for f, values in BAD.items() for v in values])
def test_a_value_out_of_range_or_of_another_type_is_refused(field: str, value: Any) -> None:
    error = refused(**{field: value})
    assert {p.field.partition(".")[0] for p in error.problems} == {field}
    with pytest.raises(pydantic.ValidationError):
        RunConfig(**{field: value})


def test_every_field_has_bad_values_tested() -> None:
    assert set(BAD) == set(RunConfig.model_fields)


@pytest.mark.parametrize(
    "rate",
    [1, 1.0, -0.1, 1.0000001, 2, 10**400, math.nan, math.inf, True, False, "0.5", "NaN", None, []],
)
def test_only_rates_from_0_up_to_but_not_1_are_taken(rate: Any) -> None:
    for drop in (rate, {"p": rate}, {"p": rate, "kind": "element"}):
        assert "0 <= p < 1" in str(refused(dropout={"fc1": drop}))
    with pytest.raises(pydantic.ValidationError):
        Dropout(rate)


@pytest.mark.parametrize(
    "drop", [{}, {"kind": "element"}, {"p": 0.5, "kind": "channels"}, {"p": 0.5, "q": 1}]
)
def test_a_layers_dropout_has_a_rate_a_known_kind_and_nothing_else(drop: Any) -> None:
    assert refused(dropout={"fc1": drop}).problems[0].field.startswith("dropout.fc1")


def test_a_rate_that_is_not_given_is_called_missing() -> None:
    problem = refused(dropout={"fc1": {}}).problems[0]
    assert (problem.field, problem.value) == ("dropout.fc1.p", "missing")


def test_all_problems_are_said_at_once_with_field_value_and_range() -> None:
    error = refused(
        dataset="mnist", epochs=0, learning_rate=math.nan, dropout={"fc1": 1, "fc9": 0.1}, hue=3
    )
    said = {p.field: (p.value, p.allowed) for p in error.problems}
    assert said["dataset"] == ("'mnist'", "cifar10 or shapes")
    assert said["epochs"] == ("0", "a whole number >= 1 and <= 500")
    assert said["learning_rate"] == ("nan", "a number > 0 and <= 10")
    assert said["dropout.fc1.p"] == ("1", "a rate p with 0 <= p < 1")
    assert said["dropout.fc9"] == ("'fc9'", "one of the layers " + ", ".join(LAYERS))
    assert said["hue"][1].startswith("one of the fields dataset, train_size")
    assert set(said) == {
        *("dataset", "epochs", "learning_rate", "dropout.fc1.p", "dropout.fc9", "hue")
    }


def test_ranges_are_said_exactly() -> None:
    assert "<= 2,147,483,647" in str(refused(seed=-1))
    assert "45,000 of cifar10, 10,000 of shapes" in str(refused(train_size=0))
    assert str(refused(max_norm=0)) == ("max_norm is 0; allowed: a number > 0 and <= 100 or null.")


def test_the_training_size_is_bounded_by_its_data_set() -> None:
    assert RunConfig(train_size=45_000).train_size == 45_000
    assert RunConfig(dataset="shapes", train_size=10_000).train_size == 10_000
    assert refused(dataset="shapes", train_size=10_001).problems[0].field == "train_size"


def test_an_unknown_preset_is_refused_with_those_there_are() -> None:
    for name in ("Article", "", None, 3, ["article"], {}):
        error = refused(preset=name)
        assert [p.field for p in error.problems] == ["preset"]
        assert all(preset in str(error) for preset in PRESETS)


def test_a_configuration_cannot_be_changed() -> None:
    config = RunConfig.preset("article")
    with pytest.raises(pydantic.ValidationError):
        config.epochs = 3  # type: ignore[misc]
    with pytest.raises(AttributeError):
        config.dropout["fc1"].p = 0.9  # type: ignore[misc]
    with pytest.raises(TypeError):
        config.dropout["fc1"] = Dropout(0.9)  # type: ignore[index]
    given = {"fc1": Dropout(0.5)}
    made = RunConfig(dropout=given)
    given["fc1"] = Dropout(0.9)
    assert made.dropout["fc1"].p == 0.5


def test_presets_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        PRESETS["article"] = {}  # type: ignore[index]


def test_the_article_is_as_it_says() -> None:
    article = RunConfig.preset("article")
    assert article.model_dump(mode="json") == {
        "dataset": "cifar10",
        "train_size": 45_000,
        "width": 1.0,
        "padding": 0,
        "dropout": {
            "flatten": {"p": 0.25, "kind": "element"},
            "fc1": {"p": 0.25, "kind": "element"},
        },
        "optimizer": "adam",
        "learning_rate": 0.001,
        "momentum": 0.9,
        "schedule": "constant",
        "weight_decay": 0.0,
        "max_norm": None,
        "batch_size": 128,
        "epochs": 15,
        "seed": 0,
        "precision": "auto",
        "dropout_schedule": "always",
        "batch_norm": "none",
        "augmentation": "none",
        "input_noise": 0.0,
        "label_noise": 0.0,
        "patience": None,
    }
    assert RunConfig.preset("article-baseline") == article.without_dropout() == RunConfig()
    assert RunConfig.preset("quick-baseline") == RunConfig.preset("quick").without_dropout()


def test_a_preset_takes_changes() -> None:
    changed = RunConfig.parse({"preset": "article", "epochs": 3, "dropout": {"conv1": 0.1}})
    assert changed == RunConfig.preset("article", epochs=3, dropout={"conv1": Dropout(0.1)})
    assert changed == RunConfig(epochs=3, dropout={"conv1": Dropout(0.1)})


@pytest.mark.parametrize("layer", LAYERS)
def test_a_kind_is_taken_where_it_makes_sense_and_refused_elsewhere(layer: Layer) -> None:
    for kind in KINDS_AT["input"] + KINDS_AT["fc1"]:
        drop = {layer: {"p": 0.5, "kind": kind}}
        if kind in KINDS_AT[layer]:
            assert RunConfig.parse({"dropout": drop}).dropout[layer] == Dropout(0.5, kind)
        else:
            (problem,) = refused(dropout=drop).problems
            assert (problem.field, problem.value) == (f"dropout.{layer}.kind", repr(kind))
            assert problem.allowed.startswith(" or ".join(KINDS_AT[layer]))


senseless = st.sampled_from(
    [
        (f"dropout.{layer}.kind", {"dropout": {layer: {"p": 0.5, "kind": kind}}})
        for layer in LAYERS
        for kind in ("channel", "block", "connect")
        if kind not in KINDS_AT[layer]
    ]
    + [("batch_norm", {"batch_norm": place, "batch_size": 1}) for place in ("before", "after")]
    + [("batch_norm", {"batch_norm": "after", "train_size": 101, "batch_size": 50})]
    + [("patience", {"patience": epochs + 1, "epochs": epochs}) for epochs in (1, 7, 199)]
    + [("max_norm", {"max_norm": 0}), ("max_norm", {"max_norm": 0.0})]
)


@given(configs(), senseless)
def test_what_makes_no_sense_is_refused_with_its_field_whatever_else_is_set(
    config: RunConfig, wrong: tuple[str, dict[str, Any]]
) -> None:
    field, changes = wrong
    problems = refused(**config.model_dump(mode="json") | changes).problems
    assert [problem.field for problem in problems] == [field]


def test_a_number_stands_for_element_dropout_of_that_rate() -> None:
    assert RunConfig.parse({"dropout": {"fc1": 0.5, "input": 0}}) == RunConfig(
        dropout={"fc1": Dropout(0.5), "input": Dropout(0.0)}
    )


def test_layers_stand_in_the_order_of_the_network_however_they_were_given() -> None:
    config = RunConfig(dropout={layer: Dropout(0.5) for layer in reversed(LAYERS)})
    assert tuple(config.dropout) == LAYERS


@pytest.mark.parametrize("name", PRESETS)
def test_the_hash_of_a_preset_stays_what_it_was(name: str) -> None:
    assert RunConfig.preset(name).hash == PINNED_HASHES[name]


def test_the_hash_of_a_configuration_with_everything_stays_what_it_was() -> None:
    assert set(EVERYTHING) == set(RunConfig.model_fields)
    assert RunConfig.parse(EVERYTHING).hash == HASH_OF_EVERYTHING
    assert RunConfig.parse(FIRST_FIELDS).hash == HASH_OF_THE_FIRST_FIELDS


def test_a_hash_is_the_same_in_another_process(in_new_process: Callable[..., str]) -> None:
    code = (
        "from dropout_demo.config import PRESETS, RunConfig\n"
        "print(*(RunConfig.preset(name).hash for name in PRESETS))"
    )
    for seed in ("0", "4242"):
        said = in_new_process(code, PYTHONHASHSEED=seed).split()
        assert dict(zip(PRESETS, said, strict=True)) == PINNED_HASHES


def test_spellings_of_one_number_have_one_hash() -> None:
    assert RunConfig(learning_rate=1).hash == RunConfig(learning_rate=1.0).hash
    assert RunConfig(momentum=-0.0).hash == RunConfig(momentum=0.0).hash
    zero, minus_zero = (
        RunConfig(dropout={"fc1": Dropout(0)}),
        RunConfig.parse({"dropout": {"fc1": -0.0}}),
    )
    assert zero.hash == minus_zero.hash == RunConfig().hash
    assert zero.to_query() == minus_zero.to_query()


def test_defaults_need_no_address() -> None:
    assert RunConfig().to_query() == ""
    assert RunConfig.from_query("") == RunConfig()
    assert RunConfig.preset("article").to_query() == "flatten=0.25&fc1=0.25"


def test_an_address_may_name_a_preset() -> None:
    assert RunConfig.from_query("preset=quick&seed=3") == RunConfig.preset("quick", seed=3)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("fc1=0.5&fc1=0.2", "fc1"),
        ("seed=1&seed=1", "seed"),
        ("fc1=1", "dropout.fc1.p"),
        ("fc1=", "dropout.fc1.p"),
        ("fc1=NaN", "dropout.fc1.p"),
        ("fc1=channel:0.5", "dropout.fc1.kind"),
        ("epochs=1e9", "epochs"),
        ("learning_rate=1e999", "learning_rate"),
        ("learning_rate=Infinity", "learning_rate"),
        ("seed=true", "seed"),
        ("run=1", "run"),
        ("dropout=0.5&fc1=0.5", "dropout"),
        ("x" * (MAX_QUERY_CHARACTERS + 1), "address"),
    ],
)
def test_a_bad_address_names_the_field(query: str, field: str) -> None:
    with pytest.raises(ConfigError) as caught:
        RunConfig.from_query(query)
    assert field in {p.field for p in caught.value.problems}


@pytest.mark.parametrize(
    ("size", "batch", "epochs", "steps"),
    [(45_000, 128, 15, 15 * 352), (256, 128, 1, 2), (257, 128, 2, 6), (10, 4_096, 3, 3)],
)
def test_steps_count_the_uneven_last_batch(size: int, batch: int, epochs: int, steps: int) -> None:
    assert RunConfig(train_size=size, batch_size=batch, epochs=epochs).steps == steps


def test_every_field_is_described() -> None:
    assert all(field.description for field in RunConfig.model_fields.values())
