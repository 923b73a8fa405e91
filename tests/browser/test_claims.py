"""The Claims page: guess, see what was recorded, train a short version, and lose nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from dropout_demo import recorded
from dropout_demo.evidence import experiments
from dropout_demo.lessons.cards import cards
from dropout_demo.ui.claims.charts import CHARTS
from dropout_demo.ui.claims.places import GROUPS, grouped
from dropout_demo.ui.claims.seen import recorded_seen
from dropout_demo.ui.claims.taking import everything, table_csv
from tests.browser.conftest import serve
from tests.serving import prepared_home

SHORTENED = 18
"""The claim whose live version claims_app.py makes short."""

APP = Path(__file__).with_name("claims_app.py")
LIVE = "Train a short version yourself"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app's address; its home is new, and only drawn shapes are there."""
    env = {
        "DROPOUT_DEMO_HOME": str(prepared_home(tmp_path_factory)),
        "DROPOUT_DEMO_DATA": "",
    }
    with serve(APP, tmp_path_factory.mktemp("claims"), env=env) as base:
        yield base


def expect_no_violation(page: Page) -> None:
    found = Axe().run(page)
    told = [(each["id"], each["nodes"][0]["html"][:200]) for each in found.response["violations"]]
    assert told == []


def box(page: Page, kind: str) -> Locator:
    return page.locator(f".st-key-claim-verdict-{kind}")


def test_guess_result_and_live_version_survive_a_reload(page: Page, base: str) -> None:
    card = cards()[SHORTENED]
    page.goto(f"{base}/claims")
    row = page.locator(f".st-key-claim-row-{SHORTENED}")
    expect(row).to_contain_text("not guessed yet", timeout=30_000)
    row.get_by_role("link", name=card.title).click()
    page.wait_for_url(re.compile(f"card={SHORTENED}"))

    expect(page.get_by_role("heading", name="Recorded result")).to_have_count(0)
    option = page.get_by_role("radio", name=card.guess.options[1])
    see = page.get_by_role("button", name="See the result")
    expect(see).to_be_disabled()
    page.get_by_text(card.guess.options[1], exact=True).click()
    expect(see).to_be_enabled()
    page.reload()
    expect(option).to_be_checked(timeout=30_000)
    see.click()
    expect(page.get_by_text(f"You guessed: {card.guess.options[1]}")).to_be_visible()
    expect(page.get_by_role("heading", name="Recorded result")).to_be_visible()
    expect(box(page, "live")).to_have_count(0)

    page.get_by_role("button", name="Train it now").click()
    page.wait_for_url(re.compile(r"live=\w+"))
    expect(page.get_by_text("The verdict will stand here")).to_be_visible()
    page.reload()  # in the middle: what trains goes on, and is on show again
    expect(page.get_by_text("dropout 0.5 early").first).to_be_visible(timeout=30_000)
    live = box(page, "live")
    expect(live).to_contain_text("Live, 3 seeds, 500 images of drawn shapes", timeout=120_000)
    expect(live).to_contain_text(re.compile("Supported|Contradicted|Too close to call"))
    assert f"card={SHORTENED}" in page.url
    expect_no_violation(page)

    page.get_by_role("link", name="All claims").click()
    expect(row).not_to_contain_text("not guessed yet")
    page.wait_for_url(re.compile("claims$"))
    expect_no_violation(page)


def test_every_card_opens_and_shows_its_result_without_an_error(page: Page, base: str) -> None:
    page.goto(f"{base}/claims")
    first = page.locator(".st-key-claim-row-2")
    expect(first).to_contain_text("not guessed yet", timeout=30_000)
    page.get_by_text("Show all verdicts").click()
    expect(first).to_contain_text(" points")
    page.wait_for_url(re.compile("verdicts=all"))
    page.get_by_role("link", name=cards()[1].title).click()
    for number, card in cards().items():
        heading = page.get_by_role("heading", name=f"{number}. {card.title}", exact=True)
        expect(heading).to_be_visible()
        page.get_by_role("button", name="Show it without a guess").click()
        expect(page.get_by_role("heading", name=LIVE)).to_be_visible()
        press = page.get_by_role("button", name=re.compile("Train it now|Draw five"))
        expect(press).to_be_visible()
        assert page.get_by_test_id("stException").count() == 0, number
        if number < len(cards()):
            page.get_by_role("link", name=f"Claim {number + 1}", exact=True).click()


def test_the_computed_card_is_judged_at_once_and_apart_from_its_recording(
    page: Page, base: str
) -> None:
    page.goto(f"{base}/claims?card=15")
    page.get_by_role("button", name="Show it without a guess").click(timeout=30_000)
    expect(box(page, "recorded")).to_contain_text("Recorded")
    page.get_by_role("button", name="Draw five other data sets").click()
    expect(box(page, "live")).to_contain_text("Live, 5 other data sets (seeds 5 to 9)")
    page.get_by_role("button", name="Draw five other data sets").click()
    expect(box(page, "live")).to_contain_text("seeds 10 to 14")
    assert "seeds" not in (box(page, "recorded").get_by_text("Recorded").first.text_content() or "")


def test_an_address_of_no_card_is_said_and_shows_them_all(page: Page, base: str) -> None:
    page.goto(f"{base}/claims?card=99")
    expect(page.get_by_text("There is no claim 99.")).to_be_visible(timeout=30_000)
    expect(page.locator(".st-key-claim-row-1")).to_be_visible()
    assert "card=" not in page.url


def test_every_card_has_one_place_in_the_overview_and_a_chart() -> None:
    placed = [card.number for group in grouped().values() for card in group]
    assert sorted(placed) == list(cards()) == sorted(CHARTS)
    assert len(set(placed)) == sum(map(len, GROUPS.values()))


def test_without_recordings_every_card_is_empty_and_none_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorded, "FOLDER", tmp_path)
    monkeypatch.setattr(experiments, "FOLDER", tmp_path)
    for number, card in cards().items():
        seen = recorded_seen(number)
        computed = card.experiment == "linear"
        assert bool(seen.runs) == computed, number
        drawn = [one for one in CHARTS[number](seen).series if len(one.x)]
        assert bool(drawn) == computed, number
        if not computed:
            assert seen.first.verdict == "not enough seeds"


def test_files_hold_every_value_and_every_comparison() -> None:
    seen = recorded_seen(15)
    lines = table_csv(seen.table).splitlines()
    assert lines[0].startswith("arm,seed,")
    assert len(lines) == 1 + seen.runs
    told = everything(seen)
    assert len(told["comparisons"]) == len(cards()[15].comparisons)
    assert told["comparisons"][0]["verdict"] == seen.first.verdict
