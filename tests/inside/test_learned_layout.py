"""Without the images a page says so once, and shows what can be shown without."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest


def _page() -> None:
    from pathlib import Path

    import streamlit as st

    from dropout_demo.config import RunConfig
    from dropout_demo.inside.networks import NetworkRef
    from dropout_demo.ui.inside.learned_layout import with_images
    from dropout_demo.ui.inside.on_show import OnShow

    shown = []
    for dataset in ("cifar10", "shapes", "cifar10"):
        config = RunConfig(dataset=dataset)  # type: ignore[arg-type]
        network = NetworkRef(config, Path(), 0)
        shown.append(OnShow("run", config, dataset, 0, (0,), 0, network))
    st.text(" ".join(one.config.dataset for one in with_images(shown)))


def test_runs_whose_images_are_missing_are_left_out_and_that_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DROPOUT_DEMO_DATA", str(tmp_path))  # nothing in it
    page = AppTest.from_function(_page, default_timeout=30).run()
    assert not page.exception
    assert [text.value for text in page.text] == ["shapes"]
    [told] = page.info
    assert told.value.startswith("This needs test images")
    assert "Filters can be seen without" in told.value
