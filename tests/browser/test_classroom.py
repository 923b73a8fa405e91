"""A class in real browsers: a teacher, the screen of the room, two students."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.browser.inside_app import InsideApp

SOON = 30_000  # ms; on a busy machine
LATER = 90_000  # ms until small networks have trained on a busy machine


@contextmanager
def person(browser: Browser, width: int = 1280, scheme: str = "light") -> Iterator[Page]:
    """Somebody with a browser of their own, whose console stays without errors."""
    dark = scheme == "dark"
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme="dark" if dark else "light"
    )
    page = context.new_page()
    said: list[str] = []

    def note(message: ConsoleMessage) -> None:
        expected = "/_stcore/" in message.location["url"] or "net::ERR_" in message.text
        if message.type == "error" and not expected:
            said.append(message.text)

    page.on("pageerror", lambda error: said.append(f"page error: {error}"))
    page.on("console", note)
    yield page
    context.close()
    assert said == []


def open_class(page: Page, app: InsideApp, mode: str) -> tuple[str, str]:
    """Open a small class on the Classroom page; its address and the teacher's own link."""
    page.goto(f"{app.base}/classroom")
    page.get_by_text(mode, exact=True).click(timeout=SOON)
    if not mode.startswith("Votes"):
        page.get_by_role("radio", name="Drawn shapes").click()
        for box, choice in (("Training images", "500"), ("Epochs", "1")):
            page.get_by_role("combobox", name=re.compile(box)).click()
            page.get_by_role("option", name=choice, exact=True).click()
        expect(page.get_by_text("One such network takes")).to_be_visible(timeout=SOON)
        expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=SOON)
    page.get_by_role("button", name="Open the class").click()
    desk = page.get_by_role("link", name="Your own desk")
    expect(desk).to_be_visible(timeout=SOON)
    secret = desk.get_attribute("href")
    assert secret
    address, _, _ = secret.partition("/teacher")
    return f"{app.base}{address}", f"{app.base}{secret}"


def join(page: Page, address: str, nickname: str) -> None:
    page.goto(address)
    page.get_by_label("Your nickname").fill(nickname)
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_role("heading", name=f"You are {nickname}")).to_be_visible(timeout=SOON)


def sound(page: Page) -> None:
    """Nothing that axe finds, nothing wider than the window."""
    violations = Axe().run(page).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in violations] == []
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) <= 0


def test_a_class_trains_and_everybody_sees_the_same(browser: Browser, app: InsideApp) -> None:
    with (
        person(browser) as teacher,
        person(browser, scheme="dark") as screen,
        person(browser, 390) as ada,
        person(browser, 390, "dark") as bo,
    ):
        address, desk = open_class(teacher, app, "All the same, each with another seed")
        teacher.goto(desk)
        expect(teacher.get_by_text("Nobody has joined yet.")).to_be_visible(timeout=SOON)
        screen.goto(f"{address}/screen")
        join(ada, address, "Ada")
        join(bo, address, "<i>Bo</i>")
        students = screen.locator(".cl-counts div").filter(has_text="students")
        expect(students.locator("dd")).to_have_text("2", timeout=SOON)

        teacher.get_by_role("button", name="Pause the queue").click()
        go_on = teacher.get_by_role("button", name="Let the queue go on")
        expect(go_on).to_be_visible(timeout=SOON)
        ada.get_by_role("button", name="Train my network").click()
        expect(ada.get_by_text("the teacher has paused the queue")).to_be_visible(timeout=SOON)
        expect(ada.get_by_role("button", name="Train my network")).to_have_count(0)
        go_on.click()
        bo.get_by_role("button", name="Train my network").click()
        for student in (ada, bo):
            expect(student.get_by_text("% validation accuracy.")).to_be_visible(timeout=LATER)
        for page in (screen, ada, bo, teacher):
            expect(page.get_by_text("2 networks, alike but for the seed")).to_be_visible(
                timeout=SOON
            )
        expect(teacher.get_by_text("1. Ada")).to_be_visible(timeout=SOON)

        row = teacher.get_by_role("row").filter(has_text="<i>Bo</i>")
        row.get_by_role("button", name="Hide the name").click()
        expect(teacher.get_by_text("<i>Bo</i> (hidden)")).to_be_visible(timeout=SOON)
        ada.reload()
        expect(ada.get_by_role("heading", name="You are Ada")).to_be_visible(timeout=SOON)
        expect(ada.get_by_text("2 networks, alike but for the seed")).to_be_visible(timeout=SOON)
        for page in (screen, ada, bo, teacher):
            sound(page)
        with teacher.expect_download() as told:
            teacher.get_by_role("button", name="Results, one row a network").click()
        text = told.value.path().read_text()
        assert text.count("\n") == 3
        assert "<i>Bo</i>" in text

        teacher.get_by_role("button", name="End the class").click()
        expect(ada.get_by_text("The class has ended")).to_be_visible(timeout=SOON)
        expect(screen.get_by_text("The class has ended")).to_be_visible(timeout=SOON)
        teacher.once("dialog", lambda dialog: dialog.accept())
        teacher.get_by_role("button", name="Delete the class").click()
        expect(teacher.get_by_text("The class was deleted")).to_be_visible(timeout=SOON)
        expect(ada.get_by_text("This class was deleted")).to_be_visible(timeout=SOON)


def test_a_class_predicts_and_the_teacher_reveals(browser: Browser, app: InsideApp) -> None:
    with (
        person(browser) as teacher,
        person(browser, 390) as screen,
        person(browser, 390) as ada,
    ):
        address, desk = open_class(teacher, app, "Votes: predict first, see afterwards")
        teacher.goto(desk)
        screen.goto(f"{address}/screen")
        join(ada, address, "Ada")
        select = teacher.get_by_label("Claim to vote on")
        select.select_option("2")
        ballot = ada.get_by_role("radio")
        expect(ballot.first).to_be_visible(timeout=SOON)
        ballot.first.check()
        expect(ada.get_by_text("Your vote is kept")).to_be_visible(timeout=SOON)
        ada.reload()
        expect(ada.get_by_text("Your vote is kept")).to_be_visible(timeout=SOON)
        expect(ballot.first).to_be_checked()
        select.select_option("3")  # another question: nobody has voted on it
        expect(ada.get_by_text("You can change your vote")).to_be_visible(timeout=SOON)
        expect(ballot.first).not_to_be_checked()
        select.select_option("2")
        expect(ballot.first).to_be_checked(timeout=SOON)
        expect(screen.get_by_text("1 of 1 student voted")).to_be_visible(timeout=SOON)
        sound(screen)
        teacher.get_by_role("button", name="Reveal votes and answer").click()
        expect(screen.get_by_text("1 (100 %)")).to_be_visible(timeout=SOON)
        expect(ballot.first).to_be_disabled(timeout=SOON)
        for page in (teacher, screen, ada):
            sound(page)


@pytest.mark.parametrize(
    ("mode", "pressed"),
    [
        ("Each a cell of the map", "Train my network"),
        ("Contest: everybody's own setting, on a budget of epochs", "Train it"),
    ],
)
def test_other_modes_train_and_show(
    browser: Browser, app: InsideApp, mode: str, pressed: str
) -> None:
    with person(browser) as teacher, person(browser, 390) as ada, person(browser) as screen:
        address, _ = open_class(teacher, app, mode)
        screen.goto(f"{address}/screen")
        join(ada, address, "Ada")
        ada.get_by_role("button", name=pressed).click()
        expect(ada.get_by_text("% validation accuracy.")).to_be_visible(timeout=LATER)
        told = "1 of 41 places filled" if mode.startswith("Each") else "1 student on the board"
        expect(screen.get_by_text(told)).to_be_visible(timeout=SOON)
        sound(screen)
        sound(ada)


def test_a_wrong_code_says_so_and_a_right_one_leads_on(browser: Browser, app: InsideApp) -> None:
    with person(browser) as teacher:
        address, _ = open_class(teacher, app, "Votes: predict first, see afterwards")
        code = address.rpartition("/")[2]
        given = teacher.get_by_label("Code from the screen")
        given.fill("ABC DEF")
        teacher.get_by_role("button", name="Find the class").click()
        expect(teacher.get_by_text("There is no class of this code")).to_be_visible(timeout=SOON)
        given.fill(f"{code[:3].lower()} {code[3:]}")
        teacher.get_by_role("button", name="Find the class").click()
        expect(teacher.get_by_role("link", name="Go to the class")).to_have_attribute(
            "href", re.compile(code), timeout=SOON
        )
        violations = Axe().run(teacher, context=".stMainBlockContainer").response["violations"]
        assert [(v["id"], v["nodes"][0]["html"]) for v in violations] == []
