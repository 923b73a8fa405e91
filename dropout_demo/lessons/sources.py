"""Where what the pages say can be read: papers, documentation, and what was taken from each."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from immutabledict import immutabledict
from pydantic import BaseModel, ConfigDict, Field


class Source(BaseModel):
    """One source by its key, such as "srivastava-2014"; cards, steps and regularisers name it so.

    url: empty where there is no lasting address, as of the article that the course follows.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    label: str = Field(min_length=1)  # authors, year, title, place
    url: str = Field("", pattern=r"^(https://.+)?$")
    note: str = Field(min_length=1)  # what was taken from it


@cache
def sources() -> Mapping[str, Source]:
    """All sources by their keys, in the order of `sources.toml`.

    Raises pydantic.ValidationError for a wrong entry.
    """
    text = (files("dropout_demo.lessons") / "sources.toml").read_text("utf-8")
    return immutabledict(
        {key: Source(key=key, **fields) for key, fields in tomllib.loads(text).items()}
    )


def source(key: str) -> Source:
    """Raises KeyError for a key that is not in `sources.toml`."""
    return sources()[key]
