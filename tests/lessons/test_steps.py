"""The course as data: whole, short, and nothing in it that leads nowhere."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files

import pytest

from dropout_demo.config import TRAIN_IMAGES, RunConfig
from dropout_demo.lessons.cards import cards
from dropout_demo.lessons.sources import sources
from dropout_demo.lessons.steps import MOST_WORDS, Link, Step, StepError, read, steps
from dropout_demo.plan import Plan
from dropout_demo.ui.inside.panels import PANELS
from dropout_demo.ui.learn.activities import ACTIVITIES
from dropout_demo.ui.learn.question import short_label

COURSE = steps()
KEYS = [step.key for step in COURSE]
LINKS = [pytest.param(link, id=f"{s.key}-{link.label[:20]}") for s in COURSE for link in s.links]
MEASURED = re.compile(r"\d[\d.,]* ?(?:%|points?|nats|times|seconds)")
NO_MEASUREMENTS = {"95 %"}  # the interval's own name
WHOLE = """
key = "one"
title = "A title"
text = "Some text."
sources = ["article"]
[activity]
name = "fit"
do = "Drag."
[question]
prompt = "Which?"
explanation = "Because."
[[question.options]]
text = "This"
says = "Right."
right = true
[[question.options]]
text = "That"
says = "No."
"""


def texts(step: Step) -> str:
    """All that a step says of itself; what papers say stands in `literature`."""
    said = [step.text, step.activity.do, step.question.prompt, step.question.explanation]
    for option in step.question.options:
        said += [option.text, option.says]
    return "\n".join(said)


def test_the_course_has_ten_steps_or_more_each_with_a_key_of_its_own() -> None:
    assert len(COURSE) >= 10
    assert len(set(KEYS)) == len(KEYS)


def test_the_course_covers_all_that_the_article_covers() -> None:
    assert {step.activity.name for step in COURSE} == set(ACTIVITIES)


@pytest.mark.parametrize("step", COURSE, ids=KEYS)
class TestEachStep:
    def test_is_short_before_its_question_is_answered(self, step: Step) -> None:
        assert 30 < step.words <= MOST_WORDS

    def test_names_an_activity_and_sources_that_there_are(self, step: Step) -> None:
        assert step.activity.name in ACTIVITIES
        assert {*step.sources, *(told.source for told in step.literature)} <= set(sources())

    def test_answers_every_option_with_a_sentence_of_its_own(self, step: Step) -> None:
        said = [option.says for option in step.question.options]
        assert len(set(said)) == len(said)
        assert all(sentence.endswith((".", "?")) for sentence in said)
        assert step.question.right in step.question.options

    def test_says_of_reported_figures_that_they_are_reported(self, step: Step) -> None:
        for told in step.literature:
            assert told.mark in ("a", "b")
            if told.mark == "b":
                assert "reported" in told.text

    def test_has_no_figure_without_a_source(self, step: Step) -> None:
        """Measured ones come from recorded runs in the picture, or stand in `literature`."""
        assert set(MEASURED.findall(texts(step))) <= NO_MEASUREMENTS

    def test_leads_on(self, step: Step) -> None:
        assert step.links or step is COURSE[0]

    def test_has_no_text_left_to_write(self, step: Step) -> None:
        assert "…" not in texts(step).replace("2 …, ten", "")


@pytest.mark.parametrize("link", LINKS)
def test_every_link_leads_to_something(link: Link) -> None:
    if link.page == "lab":
        plan = Plan.from_query(link.query)
        assert plan.arm_configs()
        assert Plan.from_query(plan.to_query()) == plan
        assert all(c.train_size <= TRAIN_IMAGES[c.dataset] for c in plan.configs())
    elif link.page == "claims" and link.query:
        assert int(link.query.removeprefix("card=")) in cards()
    elif link.page == "inside":
        assert link.query.removeprefix("look=") in PANELS
    else:
        assert not link.query


def test_every_claim_that_a_text_names_has_its_card() -> None:
    for step in COURSE:
        for number in re.findall(r"[Cc]laim (\d+)", texts(step)):
            assert int(number) in cards(), (step.key, number)


def test_the_links_of_the_experiment_are_the_articles_configuration() -> None:
    link = next(step for step in COURSE if step.key == "experiment").links[0]
    plan = Plan.from_query(link.query)
    assert plan.base == RunConfig.preset("article")
    assert plan.arm_configs() == [RunConfig.preset("article-baseline"), plan.base]


def test_the_files_stand_in_the_order_of_their_numbers() -> None:
    folder = files("dropout_demo.lessons") / "steps"
    names = sorted(path.name for path in folder.iterdir() if path.name.endswith(".toml"))
    numbers = [int(name.partition("-")[0]) for name in names]
    assert numbers == sorted(set(numbers))
    told = [tomllib.loads((folder / name).read_text("utf-8"))["key"] for name in names]
    assert told == KEYS


def test_a_new_step_needs_no_more_than_a_file() -> None:
    (step,) = read([("50-one.toml", WHOLE)])
    assert step.key == "one"
    assert step.question.right.text == "This"
    assert step.words == 8  # A title Some text. Drag. Which? This That


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("do = ", "colour = 'red'\ndo = "), "x.toml: activity.colour is no field of a step."),
        (('title = "A title"\n', ""), "x.toml: title is missing."),
        (("right = true\n", ""), "x.toml: question: one option must be right"),
        (('"That"', '"This"'), "x.toml: question: two options say the same."),
        (('key = "one"', 'key = "One!"'), "x.toml: key: string should match"),
        (("says = ", "says "), "x.toml is not TOML:"),
    ],
)
def test_a_wrong_file_is_refused_by_name_field_and_reason(
    change: tuple[str, str], said: str
) -> None:
    with pytest.raises(StepError, match=re.escape(said)):
        read([("x.toml", WHOLE.replace(*change))])


def test_two_steps_of_one_key_are_refused_and_so_is_an_empty_course() -> None:
    with pytest.raises(StepError, match=r"b\.toml has the key one, which a\.toml has"):
        read([("a.toml", WHOLE), ("b.toml", WHOLE)])
    with pytest.raises(StepError, match="no steps"):
        read([])


def test_all_that_is_wrong_is_told_at_once() -> None:
    wrong = WHOLE.replace('title = "A title"\n', "").replace("right = true\n", "")
    with pytest.raises(StepError) as refused:
        read([("a.toml", wrong), ("b.toml", "key = ")])
    assert str(refused.value).count(".toml") == 3


@pytest.mark.parametrize(
    ("label", "short"),
    [
        ("Ioffe, Szegedy 2015, Batch Normalization: A Title, ICML", "Ioffe and Szegedy 2015"),
        ("Liu, Xu, Jin, Shen, Darrell 2023, Dropout Reduces Underfitting", "Liu et al. 2023"),
        ("Prechelt 1998, Early Stopping, Springer", "Prechelt 1998"),
        ("PyTorch documentation, torch.nn.Dropout2d", "PyTorch documentation"),
    ],
)
def test_a_source_is_named_by_its_authors_and_year(label: str, short: str) -> None:
    assert short_label(label) == short


def test_all_literature_of_the_course_can_be_named_briefly() -> None:
    told = {one.source for step in COURSE for one in step.literature}
    assert told
    assert all(len(short_label(sources()[key].label)) < 40 for key in told)
