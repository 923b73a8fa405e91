"""What the README shows is there and works, as far as a test can try it."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from typer.testing import CliRunner

from dropout_demo.__main__ import app
from dropout_demo.api import api_routes
from dropout_demo.config import PRESETS
from dropout_demo.inside.catalogue import QUESTIONS

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")
CODE = re.findall(r"```\n(.*?)```", README, re.DOTALL)
FIRST_SCREEN = README[: README.index("### What each dependency is for")]


def commands(starting: str) -> list[str]:
    lines = "\n".join(CODE).splitlines()
    return [line.strip() for line in lines if line.strip().startswith(starting)]


def test_the_first_screen_is_in_the_order_of_the_house_style() -> None:
    marks = [
        "trains it on real CIFAR-10",
        "![",
        "make app",
        "http://127.0.0.1:8501",
        "**Measured:**",
    ]
    marks += ["app.py", "Train → RunConfig"]
    places = [FIRST_SCREEN.index(mark) for mark in marks]
    assert places == sorted(places)


def test_the_two_commands_are_targets_of_the_makefile() -> None:
    for command in commands("make "):
        target = command.split()[1]
        done = subprocess.run(
            ["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


def test_every_requirement_has_its_line_and_is_pinned() -> None:
    table = FIRST_SCREEN + README[len(FIRST_SCREEN) :].split("## Without make")[0]
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text("utf-8").splitlines():
            if not line or line.startswith(("#", "-r")):
                continue
            package, pin, version = line.partition("==")
            assert pin, line
            assert version, line
            known = package.lower().removeprefix("pytest-").removesuffix("-stubs")
            assert known in table.lower() or package.startswith("types-"), package


def test_every_command_of_the_command_line_is_shown_and_documented() -> None:
    shown = {line.split()[3] for line in commands("python -m dropout_demo")}
    there = {command.callback.__name__ for command in app.registered_commands if command.callback}
    assert shown == there
    for name in there:
        help_text = CliRunner().invoke(app, [name, "--help"])
        assert help_text.exit_code == 0
        assert len(help_text.output.splitlines()) > 5


def test_every_route_of_the_api_is_in_the_table_with_its_methods() -> None:
    shown: dict[str, set[str]] = {}
    for method, path in re.findall(r"^\| `([A-Z]+) (/api/[^`?]*)[^`]*` \|", README, re.MULTILINE):
        shown.setdefault(path.replace("{id}", "{}"), set()).add(method)
    routes = {re.sub(r"\{(run|comparison)\}", "{}", r.path): r for r in api_routes()}
    there = {path for path in routes if "{rest" not in path}
    assert set(shown) == there
    for path, methods in shown.items():
        answer = asyncio.run(_put(path.replace("{}", "x").replace("{form}", "csv")))
        assert answer.status_code == 405
        assert set(answer.headers["Allow"].split(", ")) == methods


async def _put(path: str) -> httpx.Response:
    """What the routes say to a method that none of them has."""
    transport = httpx.ASGITransport(Starlette(routes=api_routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        return await client.put(path)


def test_every_kind_of_question_is_named() -> None:
    [row] = [line for line in README.splitlines() if "/api/inside/{kind}" in line]
    named = re.findall(r"\w+", row.partition("kinds:")[2])
    assert sorted(named) == sorted(QUESTIONS)


def test_presets_variables_and_files_that_are_named_exist() -> None:
    for preset in PRESETS:
        assert f"`{preset}`" in README
    source = "\n".join(p.read_text("utf-8") for p in (ROOT / "dropout_demo").rglob("*.py"))
    for variable in set(re.findall(r"`(DROPOUT_DEMO_\w+)`", README)):
        assert variable in source, variable
    for folder in re.findall(r"^(\w+/)", CODE[1], re.MULTILINE):
        assert (ROOT / folder).is_dir(), folder


@pytest.mark.parametrize("module", re.findall(r"`python -m (benchmarks\.\w+)`", README))
def test_named_benchmarks_can_be_found(module: str) -> None:
    find = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({module!r}) is None)"
    assert subprocess.run([sys.executable, "-c", find], cwd=ROOT, check=False).returncode == 0


def test_no_number_is_left_to_be_filled_in() -> None:
    assert not re.findall(r"RECORDED_RESULT|MEASURED\b", README)
