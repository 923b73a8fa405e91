"""The course as a learner goes through it, in Chromium."""

from __future__ import annotations

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from dropout_demo.lessons.steps import Step, steps
from tests.browser.inside_app import InsideApp

COURSE = steps()
OVERFLOW = "() => document.documentElement.scrollWidth - innerWidth"
STEADY = """() => {
  const height = document.querySelector("[data-testid=stMain]").scrollHeight;
  window.steadyFor = window.heightBefore === height ? (window.steadyFor ?? 0) + 1 : 0;
  window.heightBefore = height;
  return window.steadyFor >= 10;
}"""
"""Whether the page has kept its height for ten looks."""

AT_REST = "[data-testid=stApp][data-test-script-state=notRunning]"


def open_step(page: Page, app: InsideApp, step: Step | None) -> None:
    page.goto(f"{app.base}/learn" + (f"?step={step.key}" if step else ""))
    expect_step(page, step or COURSE[0])


def expect_step(page: Page, step: Step) -> None:
    page.wait_for_url(re.compile(f"step={step.key}$"), timeout=30_000)
    expect(page.get_by_role("heading", level=2, name=step.title)).to_be_visible(timeout=30_000)
    expect(page.get_by_text(step.question.prompt.split("`")[0]).last).to_be_visible()
    expect(page.locator(AT_REST)).to_be_attached()
    assert page.get_by_test_id("stException").count() == 0


def choose(page: Page, place: int) -> None:
    """Commit to the option at this place."""
    page.locator(".st-key-question").get_by_test_id("stRadio").locator("label:has(input)").nth(
        place
    ).click()
    page.get_by_role("button", name="Answer", exact=True).click()
    expect(page.get_by_role("button", name="Answer again")).to_be_visible()


def violations(page: Page) -> list[tuple[str, str]]:
    return [(v["id"], v["nodes"][0]["html"][:200]) for v in Axe().run(page).response["violations"]]


def test_a_learner_goes_through_the_whole_course_on_a_phone_and_nothing_is_lost(
    page: Page, app: InsideApp
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark")
    open_step(page, app, None)
    wrong = {}
    answered = 0
    for at, step in enumerate(COURSE):
        expect_step(page, step)
        if at % 4 == 0:  # whoever does not answer may go on, too
            choose(page, step.question.options.index(step.question.right))
            answered += 1
        said = page.get_by_text(f"Step {at + 1} of {len(COURSE)} · {answered} answered")
        expect(said).to_be_visible()
        assert page.evaluate(OVERFLOW) <= 0, step.key
        wrong |= {step.key: found} if (found := violations(page)) else {}
        if step is not COURSE[-1]:
            page.get_by_role("button", name=f"Next: {COURSE[at + 1].title}").click()
    page.goto(f"{app.base}/learn")  # no step: it opens where one left off
    expect_step(page, COURSE[-1])
    told = f"You answered {answered} of {len(COURSE)} questions, {answered} of them right"
    expect(page.get_by_text(told)).to_be_visible()
    page.get_by_role("button", name=COURSE[1].title, exact=True).click()  # it is still open
    expect_step(page, COURSE[1])
    assert not wrong


def test_the_explanation_waits_for_an_answer_which_may_be_repeated_and_forgotten(
    page: Page, app: InsideApp
) -> None:
    step = COURSE[2]
    explanation = page.get_by_text(step.question.explanation.split(":")[0].strip())
    wrong = next(option for option in step.question.options if not option.right)
    open_step(page, app, step)
    assert explanation.count() == 0
    expect(page.get_by_role("button", name="Answer", exact=True)).to_be_disabled()
    choose(page, step.question.options.index(wrong))
    expect(page.get_by_text(f"Not quite. {wrong.says}")).to_be_visible()
    expect(explanation).to_be_visible()
    assert not violations(page)
    page.get_by_role("button", name="Answer again").click()
    expect(explanation).to_have_count(0)
    choose(page, step.question.options.index(step.question.right))
    expect(page.get_by_text(step.question.right.says)).to_be_visible()
    page.reload()
    expect(explanation).to_be_visible(timeout=30_000)
    expect_step(page, step)
    # A popover that opens while the page still grows stays where the button was.
    page.wait_for_function(STEADY, polling=100)
    page.get_by_role("button", name="Start over").click()
    assert "step=dropout" in page.url  # nothing is forgotten before it is confirmed
    page.get_by_role("button", name="Forget my answers").click()
    expect_step(page, COURSE[0])
    expect(page.get_by_text("· 0 answered")).to_be_visible()


def test_the_line_of_steps_works_by_keyboard_and_links_leave_the_course_open(
    page: Page, app: InsideApp
) -> None:
    page.goto(f"{app.base}/learn?step=nonsense")
    expect(page.get_by_text("There is no step nonsense; this is the first.")).to_be_visible(
        timeout=30_000
    )
    expect_step(page, COURSE[0])
    line = page.get_by_role("navigation", name="Steps of the course")
    line.get_by_role("link", name=f"Step 2: {COURSE[1].title}").press("Enter")
    expect_step(page, COURSE[1])
    here = line.get_by_role("link", name=f"Step 2: {COURSE[1].title}")
    expect(here).to_have_attribute("aria-current", "step")
    expect(here).to_be_focused()
    label = next(link.label for link in COURSE[1].links if link.page == "lab")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name=label).click()
    lab = opened.value
    expect(lab.get_by_role("button", name="Train this now")).to_be_visible(timeout=30_000)
    lab.wait_for_url(re.compile("train_size=5000.*compare=single"), timeout=30_000)
    assert "step=overfitting" in page.url
