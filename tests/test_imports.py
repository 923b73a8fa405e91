"""Which module may import which: design.md's arrows, read from the source and from a process."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = "dropout_demo"
ROOT = Path(__file__).resolve().parents[1]

PURE = [
    *("config", "addresses", "presets", "wording", "problems", "events", "streams", "stats"),
    "estimates",
    *("masks", "kinds", "dropout_schedule", "augment", "labels", "explanations", "anatomy"),
    *("arms", "sweeps", "plan", "readings", "contrasts", "sentences", "guesses", "diagnosis"),
    *("model", "devices", "evaluation", "learner", "training", "execution", "data", "vision"),
    *("marks", "event_checks"),
    *("probes", "checkpoints", "resuming", "takeups", "told", "weights", "sequences"),
    *("lessons", "recordings"),
]
SERVER = ("streamlit", "sqlalchemy", "starlette", "uvicorn", "tornado", "plotly")
WITHOUT_TORCH = [
    *("config", "events", "stats", "estimates", "data", "settings", "plan"),
    *("sweeps", "contrasts", "sentences", "guesses", "diagnosis", "explanations", "map"),
    *("anatomy", "weights", "takeups", "told", "inside.catalogue", "inside.uploads"),
    *("lessons", "recordings", "recorded", "evidence.findings", "evidence.experiments"),
]

# What each layer may not reach down from: a module of a layer imports its own and those below.
LAYERS = [
    {
        "config",
        "addresses",
        "presets",
        "wording",
        "cores",
        "events",
        "problems",
        "paths",
        "presence",
        "refusal",
    },
    {
        "lines",
        "settings",
        "explanations",
        "anatomy",
        "marks",
        "told",
        "event_checks",
        "qr",
        "arms",
        "sweeps",
        "throttle",
        "brakes",
    },
    {"data", "vision", "streams", "devices", "masks", "kinds", "dropout_schedule", "stats"},
    {"lessons"},
    {"recordings"},
    {"model", "augment", "labels", "evaluation", "learner", "estimates", "readings", "plan"},
    {"contrasts", "diagnosis", "map"},
    {"sentences"},
    {"guesses"},
    {"training", "sequences", "recorded", "weights", "takeups", "probes"},
    {"checkpoints", "resuming"},
    {"class_rules"},
    {"execution", "warmup", "store", "inside"},
    {"evidence"},
    {"worker", "backends", "export", "imports", "owners"},
    {"job", "line", "jobs", "tails", "boards", "map_board", "datajobs", "probing", "opening"},
    {"classroom"},
    {"lab", "record", "record_experiments", "record_teams"},
    {"stream", "guard"},
    {"api", "ui"},
    {"__main__"},
]


def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name."""
    found = {}
    for path in sorted((ROOT / PACKAGE).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imported(name: str) -> set[str]:
    """Everything a module imports, at its top or within a function, but for type hints alone."""
    tree = ast.parse(MODULES[name].read_text("utf-8"))
    found: set[str] = set()
    for node in _nodes(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{name} imports relatively"
            module = node.module or ""
            for alias in node.names:
                whole = f"{module}.{alias.name}"
                found.add(whole if whole in MODULES else module)
    return found


def _nodes(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        yield from _nodes(node)


def ours(name: str) -> set[str]:
    return {other for other in imported(name) if other in MODULES and other != name}


def first_part(name: str) -> str:
    """Module `dropout_demo.data.cache` is part of `data`."""
    return [*name.split("."), "__init__"][1]


def below(start: set[str]) -> set[str]:
    """All modules of ours that these import, and those import, and so on."""
    reached, left = set(), set(start)
    while left:
        name = left.pop()
        reached.add(name)
        left |= ours(name) - reached
    return reached


def part(name: str) -> set[str]:
    return {m for m in MODULES if first_part(m) == name}


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = {name: ours(name) for name in MODULES}
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(f"Imports in a circle: {' → '.join(error.args[1])}")
    assert set(order) == set(MODULES)


def test_every_module_has_its_place_in_the_layers() -> None:
    placed = set().union(*LAYERS)
    assert {first_part(name) for name in MODULES} - {"__init__"} <= placed
    assert sum(map(len, LAYERS)) == len(placed)


def test_imports_point_one_way() -> None:
    height = {name: at for at, names in enumerate(LAYERS) for name in names}
    upward = [
        f"{name} imports {other}"
        for name in MODULES
        for other in ours(name)
        if first_part(other) != "__init__"
        and height[first_part(other)] > height.get(first_part(name), 0)
    ]
    assert not upward


@pytest.mark.parametrize("name", PURE)
def test_what_trains_knows_no_page_no_database_and_no_web(name: str) -> None:
    reached = below(part(name))
    assert reached
    for module in reached:
        tops = {other.partition(".")[0] for other in imported(module)}
        assert not tops & set(SERVER), f"{module} imports {tops & set(SERVER)}"


def test_only_ui_knows_streamlit() -> None:
    knowing = {first_part(n) for n in MODULES if any("streamlit" in i for i in imported(n))}
    assert knowing <= {"ui"}


def test_pages_and_app_import_nothing_that_trains() -> None:
    for path in [ROOT / "app.py", *(ROOT / "pages").glob("*.py")]:
        source = path.read_text("utf-8")
        assert "torch" not in source
        assert "training" not in source.split('"""')[2]


def loaded(in_new_process: Callable[..., str], names: list[str]) -> set[str]:
    lines = [f"import {PACKAGE}.{name}" for name in names]
    code = "\n".join([*lines, "import sys", "print(*{m.partition('.')[0] for m in sys.modules})"])
    return set(in_new_process(code).split())


def test_the_servers_modules_bring_neither_torch_nor_ray_into_the_process(
    in_new_process: Callable[..., str],
) -> None:
    ui = [name.removeprefix(f"{PACKAGE}.") for name in sorted(part("ui"))]
    server = ["lab", "api", "jobs", "store", "stream", "tails", "owners", "datajobs", "recorded"]
    there = loaded(in_new_process, [*server, *ui, "backends.local", "export"])
    assert {"streamlit", "sqlalchemy", "starlette"} <= there
    assert not there & {"torch", "torchvision", "ray"}


def test_configuration_data_and_statistics_need_no_torch(
    in_new_process: Callable[..., str],
) -> None:
    there = loaded(in_new_process, WITHOUT_TORCH)
    assert not there & {"torch", "torchvision", "ray", *SERVER}


def test_training_brings_no_server_into_the_process(in_new_process: Callable[..., str]) -> None:
    there = loaded(in_new_process, ["execution", "worker", "warmup"])
    assert "torch" in there
    assert not there & {*SERVER, "ray"}
