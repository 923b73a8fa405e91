"""What there is to choose from, as the server decides it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dropout_demo.inside.uploads import PIXEL_BYTES, UploadRefused
from dropout_demo.ui.inside import picture_choice
from dropout_demo.ui.inside.picture_choice import BLANK
from tests.serving import prepared_home


def page(dataset: str, sheet: bool) -> None:
    from pathlib import Path

    import streamlit as st

    from dropout_demo.config import RunConfig
    from dropout_demo.inside.networks import NetworkRef
    from dropout_demo.ui.inside.on_show import OnShow
    from dropout_demo.ui.inside.picture_choice import chosen_picture

    config = RunConfig.parse({"dataset": dataset})
    one = OnShow("a", config, "a", 0, (0,), 0, NetworkRef(config, Path("nowhere"), 0))
    st.session_state["chosen"] = chosen_picture([one], "pic", show=False, sheet=sheet)


def shown(dataset: str, *, sheet: bool = False) -> AppTest:
    app = AppTest.from_function(page, kwargs={"dataset": dataset, "sheet": sheet})
    app.run(timeout=30)
    assert not app.exception
    return app


def offered(app: AppTest) -> list[str]:
    [choice] = app.segmented_control
    return list(choice.options)


def test_without_its_data_set_a_picture_of_ones_own_still_works() -> None:
    app = shown("cifar10")
    assert offered(app) == ["Upload", "Camera"]
    said = app.caption[0].value.replace("\\", "")
    assert "CIFAR-10" in said
    assert said.endswith("A picture of your own works without them.")
    assert app.session_state["chosen"] is None


def test_with_its_data_set_the_first_image_of_the_first_class_is_chosen(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DROPOUT_DEMO_HOME", str(prepared_home(tmp_path_factory)))
    from dropout_demo.data import load

    app = shown("shapes")
    picture = app.session_state["chosen"]
    test = load("shapes").test
    assert picture.label == 0
    assert picture.index == int(np.flatnonzero(test.labels == 0)[0])
    assert picture.pixels == test.images[picture.index].tobytes()
    assert len(picture.pixels) == PIXEL_BYTES


def test_a_sheet_is_offered_first_where_it_is_wanted() -> None:
    app = shown("cifar10", sheet=True)
    assert offered(app)[0] == "Blank sheet"
    assert app.session_state["chosen"] == BLANK


def test_a_file_is_read_once_however_often_the_page_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[bytes] = []

    def noticed(data: bytes) -> bytes:
        read.append(data)
        if data == b"bad":
            raise UploadRefused("No.")
        return data * 2

    state: dict[str, Any] = {}
    monkeypatch.setattr(picture_choice.st, "session_state", state)
    monkeypatch.setattr(picture_choice, "read_upload", noticed)
    assert [picture_choice._read_once("k", "one", b"x") for _ in range(3)] == [b"xx"] * 3
    for _ in range(2):
        with pytest.raises(UploadRefused, match="No"):
            picture_choice._read_once("k", "two", b"bad")
    assert read == [b"x", b"bad"]
    assert list(state) == ["k_read"]  # the file before it is gone
