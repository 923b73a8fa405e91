"""What pydantic found wrong with a model, in words: field, value and what is allowed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, get_args

import pydantic
from pydantic_core import ErrorDetails, PydanticCustomError

from dropout_demo.problems import Problem, shown

Special = Callable[[Sequence[str]], str | None]

_NO_SENSE = "no_sense"


def no_sense(*problems: Problem) -> PydanticCustomError:
    """The error for a validator to raise when values make no sense together.

    The problems are told as they are; their fields are whole paths.
    """
    return PydanticCustomError(_NO_SENSE, "These values make no sense together", {"all": problems})


def problems_of(
    error: pydantic.ValidationError, model: type[pydantic.BaseModel], special: Special
) -> list[Problem]:
    """One problem for each thing that is wrong, in the order of the fields.

    special: says what is allowed at a path of field names, or None to read the declaration.
    """
    details = error.errors(include_url=False)
    return list(dict.fromkeys(p for detail in details for p in _problems(detail, model, special)))


def _problems(
    detail: ErrorDetails, model: type[pydantic.BaseModel], special: Special
) -> Iterator[Problem]:
    if detail["type"] == "default_factory_not_called":
        return  # it rests on another field, which is the problem
    if detail["type"] == _NO_SENSE:
        yield from detail["ctx"]["all"]
        return
    path = [str(part) for part in detail["loc"]]
    if len(path) == 3 and path[2] == "[key]":  # so pydantic marks the name of a layer
        path.pop()
    value = "missing" if detail["type"] == "missing" else shown(detail["input"])
    allowed = special(path) or _allowed(model.model_fields, path)
    yield Problem(".".join(path) or "a field's name", value, allowed)


def _allowed(fields: Mapping[str, pydantic.fields.FieldInfo], path: Sequence[str]) -> str:
    """What may stand at a field, in words, from the field's own declaration."""
    field = fields.get(path[0]) if path else None
    if field is None:
        return "one of the fields " + ", ".join(fields)
    choices = get_args(field.annotation)
    if choices and all(isinstance(choice, str) for choice in choices):
        return " or ".join(choices)
    what = "a whole number" if _whole(field.annotation) else "a number"
    end = " or null" if type(None) in choices else ""
    limits = " and ".join(f"{sign} {limit:,}" for sign, limit in bounds(field).items())
    return f"{what} {limits}{end}"


def _whole(annotation: Any) -> bool:
    return annotation is int or any(_whole(part) for part in get_args(annotation))


def bounds(field: pydantic.fields.FieldInfo) -> dict[str, float]:
    """A field's limits by sign: ">", ">=", "<" and "<=", those that it has."""
    signs = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}
    return {
        sign: getattr(rule, name)
        for rule in field.metadata
        for name, sign in signs.items()
        if getattr(rule, name, None) is not None
    }
