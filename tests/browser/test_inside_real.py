"""Every panel on the recorded article pair and real CIFAR-10."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ROOT, home_with_real_images, serve
from tests.conftest import REAL_DATA

SEEN = {
    "masks": "The network says airplane",
    "passes": "networks from different seeds together",
    "break": "75.6 % as it should be",
    "units": "Without half of fc1's units",
    "learned": "weights from",
    "try": "nothing to see yet",
}
"""What stands on each panel once it has its answer: numbers of the recorded networks."""


@pytest.fixture(scope="module")
def base(real_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app with real images, which are read once for all tests."""
    if not REAL_DATA:
        pytest.skip("DROPOUT_DEMO_DATA names no folder with CIFAR-10")
    folder = tmp_path_factory.mktemp("inside-real")
    home = home_with_real_images(real_home, folder)
    env = {"DROPOUT_DEMO_HOME": str(home), "DROPOUT_DEMO_DATA": REAL_DATA}
    with serve(ROOT / "app.py", folder, env=env) as base:
        yield base


@pytest.mark.parametrize("look", SEEN)
def test_a_panel_shows_what_is_found_in_the_recorded_networks(
    page: Page, base: str, look: str
) -> None:
    page.goto(f"{base}/inside?look={look}")
    panel = page.locator(f".st-key-panel-{look}")
    expect(panel.get_by_text(SEEN[look]).first).to_be_visible(timeout=60_000)
    page.wait_for_url(re.compile("run=recorded-"), timeout=30_000)
    assert page.get_by_test_id("stException").count() == 0
    assert page.get_by_test_id("stAlertContentError").count() == 0
