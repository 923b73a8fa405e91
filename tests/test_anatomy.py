from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dropout_demo.anatomy import anatomy, total_parameters
from dropout_demo.config import LAYERS, RunConfig
from dropout_demo.model import ArticleNet, parameter_count


def built(config: RunConfig) -> ArticleNet:
    with torch.device("meta"):
        return ArticleNet(config, torch.Generator())


def configs() -> st.SearchStrategy[RunConfig]:
    return st.builds(
        RunConfig,
        width=st.one_of(st.sampled_from([0.125, 0.25, 0.5, 1.0, 2.0, 4.0]), st.floats(0.125, 4)),
        padding=st.integers(0, 1),
        batch_norm=st.sampled_from(["none", "before", "after"]),
    )


def test_the_articles_network_has_361_034_parameters() -> None:
    config = RunConfig.preset("article")
    assert total_parameters(config) == 361_034
    by_name = {facts.name: facts for facts in anatomy(config)}
    assert by_name["conv1"].shape == (32, 15, 15)
    assert by_name["conv2"].parameters == 18_496
    assert by_name["conv3"].side == 2
    assert by_name["flatten"].units == by_name["conv3"].units == 512
    assert by_name["fc1"].side is None


def test_layers_come_in_the_order_of_the_configuration() -> None:
    assert tuple(facts.name for facts in anatomy(RunConfig())) == LAYERS


@settings(deadline=None, max_examples=150)
@given(configs())
def test_the_count_is_that_of_the_real_network(config: RunConfig) -> None:
    assert total_parameters(config) == parameter_count(built(config))


@settings(deadline=None, max_examples=60)
@given(configs())
def test_each_layer_of_the_real_network_has_the_counted_parameters_and_outputs(
    config: RunConfig,
) -> None:
    net = built(config)
    norms = 0 if config.batch_norm == "none" else 2
    for facts in anatomy(config):
        if facts.name in ("input", "flatten"):
            assert facts.parameters == 0
            continue
        module = net.get_submodule(facts.name)
        outputs = facts.shape[0]
        own = parameter_count(module)
        assert facts.parameters == own + (norms * outputs if facts.name != "logits" else 0)
        assert next(module.parameters()).shape[0] == outputs
    assert next(net.get_submodule("fc1").parameters()).shape[1] == anatomy(config)[4].units
