"""The steps of the course: one TOML file each below `lessons/steps/`, checked when they are read.

A teacher adds a step by adding a file; the files' names give the order.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import pydantic
from pydantic import BaseModel, ConfigDict, Field, model_validator

from dropout_demo.lessons.cards import Expected

MOST_WORDS = 150
"""Words of a step that are read before its question is answered."""

Place = Literal["lab", "inside", "regularisers", "claims"]
"""Pages that a step may lead to, by their names in the navigation."""


class StepError(ValueError):
    """A step's file that makes no sense, in sentences that name the file and the field."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Activity(_Data):
    """The picture of a step; what `options` may say is told by the activity itself."""

    name: str  # one of `ui.learn.activities.ACTIVITIES`
    do: str  # what to do with it, one sentence
    options: Mapping[str, Any] = Field(default_factory=dict)
    wide: bool = False  # below the text and as wide as the page, instead of beside it


class Option(_Data):
    """One answer to choose, and the sentence that it meets."""

    text: str
    says: str
    right: bool = False


class Question(_Data):
    """Asked before the explanation shows. One option is right."""

    prompt: str
    options: tuple[Option, ...] = Field(min_length=2, max_length=4)
    explanation: str  # markdown

    @model_validator(mode="after")
    def _one_is_right(self) -> Question:
        if sum(option.right for option in self.options) != 1:
            raise ValueError("one option must be right, by `right = true`, and only one")
        if len({option.text for option in self.options}) < len(self.options):
            raise ValueError("two options say the same")
        return self

    @property
    def right(self) -> Option:
        """The option that is right."""
        return next(option for option in self.options if option.right)

    def option(self, text: str) -> Option | None:
        """The option of this text; None when there is none, as after a change of the file."""
        return next((option for option in self.options if option.text == text), None)


class Link(_Data):
    """A way on. For the Lab, `query` is a plan's address query: it opens with that very plan."""

    label: str
    query: str = ""
    page: Place = "lab"


class Step(_Data):
    """One idea: a text, a picture that changes at once, a question, and ways on.

    All texts are markdown of our own. `literature` stands with the explanation.
    """

    key: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)  # the address's ?step=
    title: str
    text: str
    activity: Activity
    question: Question
    literature: tuple[Expected, ...] = ()
    links: tuple[Link, ...] = ()
    sources: tuple[str, ...] = Field(min_length=1)  # keys of sources.toml

    @property
    def words(self) -> int:
        """How many words are read before the question is answered, the title's among them."""
        before = (
            *(self.title, self.text, self.activity.do, self.question.prompt),
            *(option.text for option in self.question.options),
        )
        return sum(len(text.split()) for text in before)


@cache
def steps() -> tuple[Step, ...]:
    """The course in its order. Raises StepError with all that is wrong in the files."""
    folder = files("dropout_demo.lessons") / "steps"
    paths = sorted(folder.iterdir(), key=lambda path: path.name)
    return read((p.name, p.read_text("utf-8")) for p in paths if p.name.endswith(".toml"))


def read(named: Iterable[tuple[str, str]]) -> tuple[Step, ...]:
    """Steps of these file names and TOML texts. Raises StepError with all that is wrong."""
    found: dict[str, tuple[str, Step]] = {}
    wrong: list[str] = []
    for name, text in named:
        try:
            step = Step.model_validate(tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            wrong.append(f"{name} is not TOML: {error}.")
        except pydantic.ValidationError as error:
            wrong += _sentences(name, error)
        else:
            if step.key in found:
                wrong.append(f"{name} has the key {step.key}, which {found[step.key][0]} has.")
            found[step.key] = (name, step)
    if wrong or not found:
        raise StepError(" ".join(wrong) or "There are no steps.")
    return tuple(step for _, step in found.values())


def _sentences(name: str, error: pydantic.ValidationError) -> Iterator[str]:
    for detail in error.errors(include_url=False):
        field = ".".join(str(part) for part in detail["loc"]) or "the step"
        if detail["type"] == "extra_forbidden":
            yield f"{name}: {field} is no field of a step."
        elif detail["type"] == "missing":
            yield f"{name}: {field} is missing."
        else:
            said = detail["msg"].removeprefix("Value error, ")
            yield f"{name}: {field}: {said[:1].lower()}{said[1:].rstrip('.')}."
