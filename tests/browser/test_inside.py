"""The head of the Inside page: what is open, after which epoch, and how one gets there."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.inside_app import InsideApp


def expect_open(page: Page, run: str, epoch: int) -> None:
    page.wait_for_url(re.compile(f"run={run}.*epoch={epoch}(&|$)"), timeout=30_000)


def test_an_address_opens_its_runs_and_a_reload_keeps_epoch_and_panel(
    page: Page, app: InsideApp
) -> None:
    page.goto(app.address("break", epoch="2"))
    expect_open(page, app.dropped, 2)
    expect(page.get_by_role("heading", name=re.compile("wrong ways"))).to_be_visible()
    slider = page.get_by_role("slider", name="After epoch")
    slider.focus()
    slider.press("ArrowLeft")
    expect_open(page, app.dropped, 1)
    page.reload()
    expect(slider).to_have_attribute("aria-valuetext", "1", timeout=30_000)
    assert f"beside={app.plain}" in page.url
    assert "look=break" in page.url


def test_what_cannot_be_opened_is_said_and_the_rest_is_shown(page: Page, app: InsideApp) -> None:
    page.goto(f"{app.base}/inside?run={app.dropped}&beside=nothere&epoch=999&look=nonsense")
    expect(page.get_by_text("There is no run of this id on this server.")).to_be_visible(
        timeout=30_000
    )
    expect_open(page, app.dropped, 3)
    assert "look=masks" in page.url
    assert "nothere" not in page.url
    assert page.get_by_test_id("stException").count() == 0


def test_a_new_visitor_meets_the_recorded_pair(page: Page, app: InsideApp) -> None:
    page.goto(f"{app.base}/inside?look=learned")
    page.wait_for_url(re.compile("run=recorded-"), timeout=30_000)
    for label, name in (("Open a run", "dropout 0.25"), ("Beside it", "no dropout")):
        choice = page.get_by_role("combobox", name=label)
        expect(choice).to_have_value(re.compile(f"^{name}, seed 0 .recorded"))


def test_the_lab_leads_to_the_networks_of_a_comparison(page: Page, app: InsideApp) -> None:
    page.goto(f"{app.base}/?run={app.plain}&run={app.dropped}")
    page.get_by_role("link", name="Look inside").click(timeout=30_000)
    expect_open(page, app.dropped, 3)
    assert f"beside={app.plain}" in page.url
