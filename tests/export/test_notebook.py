from __future__ import annotations

import contextlib
import io
import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from dropout_demo.config import RunConfig
from dropout_demo.export import comparison_file, run_file
from tests.export.runs import Events, as_run, numbers, tiny_config, without_epoch_of_test
from tests.export.test_script import EVERYTHING, SETTINGS, named

DENSE = {"flatten": 0.25, "fc1": 0.5}


@pytest.mark.parametrize("changes", SETTINGS, ids=named)
@pytest.mark.parametrize("dataset", ["cifar10", "shapes"])
def test_a_notebook_is_valid_and_alternates_words_and_code(
    dataset: str, changes: dict[str, Any]
) -> None:
    config = tiny_config(dataset=dataset, **changes)
    told = json.loads(run_file("ipynb", as_run(config), [])[1])
    notebook = nbformat.from_dict(told)
    nbformat.validate(notebook)
    kinds = [cell.cell_type for cell in notebook.cells]
    assert kinds == ["markdown", *["markdown", "code"] * (len(kinds) // 2)]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            compile("".join(cell.source), "cell", "exec")


def executed(text: str) -> tuple[dict[str, Any], str, Any]:
    """Names, what was printed, and the value of the last line, of a notebook run by hand."""
    names: dict[str, Any] = {}
    cells = ["".join(c["source"]) for c in json.loads(text)["cells"] if c["cell_type"] == "code"]
    before, _, last = cells[-1].rpartition("\n")
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        for source in [*cells[:-1], before]:
            exec(source, names)
        shown = eval(last, names)
    return names, said.getvalue(), shown


@pytest.mark.parametrize("changes", [{"dropout": DENSE}, EVERYTHING], ids=named)
def test_a_notebook_reaches_the_numbers_of_the_run_and_draws_them(
    changes: dict[str, Any],
    trained: Callable[[RunConfig], Events],
    shapes_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(shapes_file.parent)
    config = tiny_config(**changes)
    events = trained(config)
    names, said, chart = executed(run_file("ipynb", as_run(config), events)[1])
    assert without_epoch_of_test(names["curves"][""]) == numbers(events)
    assert said.count("epoch") == len(names["curves"][""])
    lines = [e for e in ET.fromstring(chart._repr_svg_()).iter() if e.tag.endswith("polyline")]
    assert len(lines) == 2


def test_the_notebook_of_a_comparison_trains_all_arms(
    shapes_file: Path, monkeypatch: pytest.MonkeyPatch, one_thread: None
) -> None:
    monkeypatch.chdir(shapes_file.parent)
    configs = [tiny_config(dropout=d, seed=s, epochs=1) for s in (0, 1) for d in ({}, DENSE)]
    runs = [(as_run(config, id=f"r{n}"), []) for n, config in enumerate(configs)]
    names, said, _ = executed(comparison_file("ipynb", runs)[1])
    assert len(names["curves"]) == 4
    assert "dropout 0.25 and 0.5 against no dropout: validation accuracy" in said
