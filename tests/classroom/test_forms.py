"""The fields that a contest shows are those that a configuration takes."""

from __future__ import annotations

import pytest

from dropout_demo.class_rules.modes import FREE, Rules
from dropout_demo.classroom.forms import form_of
from dropout_demo.config import LAYERS, RunConfig
from dropout_demo.problems import ConfigError

SETTING = RunConfig.preset("quick")


def test_only_contests_have_a_form() -> None:
    assert form_of(Rules("cells"), SETTING) == []
    assert form_of(Rules("seeds"), SETTING) == []


def test_every_free_field_shows_what_the_setting_has() -> None:
    form = form_of(Rules("contest", free=FREE), SETTING)
    assert [field["name"] for field in form] == list(FREE)
    values = SETTING.model_dump(mode="json")
    for field in form:
        if field["kind"] == "rates":
            assert field["value"] == {"flatten": 0.5, "fc1": 0.5}
            assert [layer["name"] for layer in field["layers"]] == list(LAYERS)
        else:
            assert field["value"] == values[field["name"]]
        assert field["help"]


@pytest.mark.parametrize("name", [name for name in FREE if name != "dropout"])
def test_its_bounds_and_options_are_those_of_the_configuration(name: str) -> None:
    (field,) = form_of(Rules("contest", free=(name,)), SETTING)
    raw = SETTING.model_dump(mode="json")
    if field["kind"] == "choice":
        for option in field["options"]:
            assert RunConfig.parse(raw | {name: option})
        return
    for bound, beyond in ((field["least"], -1), (field["most"], 1)):
        with pytest.raises(ConfigError):
            RunConfig.parse(raw | {name: bound + beyond})
    if field["optional"]:
        assert RunConfig.parse(raw | {name: None})
