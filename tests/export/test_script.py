from __future__ import annotations

import ast
import json
import os
import pickle
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from dropout_demo.config import KINDS_AT, MAX_SEED, Dropout, RunConfig
from dropout_demo.data import CLASSES, Data, Split
from dropout_demo.data.splits import balanced, hold_out
from dropout_demo.export import run_file
from dropout_demo.export.script import MAX_LINES
from dropout_demo.export.words import BF16_NATS, BF16_POINTS
from dropout_demo.vision import import_torchvision
from tests.export.runs import Events, as_run, numbers, script_of, tiny_config, without_epoch_of_test
from tests.strategies import configs

ROOT = Path(__file__).resolve().parents[2]
DENSE = {"flatten": 0.25, "fc1": 0.5}
EVERY_KIND: dict[str, Any] = {
    "input": {"p": 0.1, "kind": "gaussian"},
    "conv1": {"p": 0.1, "kind": "block"},
    "conv2": {"p": 0.1, "kind": "channel"},
    "conv3": {"p": 0.1, "kind": "element"},
    "flatten": {"p": 0.2, "kind": "gaussian"},
    "fc1": {"p": 0.1, "kind": "connect"},
    "logits": {"p": 0.1, "kind": "connect"},
}
EVERYTHING: dict[str, Any] = {
    "dropout": EVERY_KIND,
    "optimizer": "sgd",
    "weight_decay": 1e-4,
    "max_norm": 3.0,
    "augmentation": "flip-crop",
    "input_noise": 0.1,
    "label_noise": 0.1,
    "patience": 2,
    "epochs": 3,
}
PLACES = [{"dropout": {at: {"p": 0.3, "kind": k}}} for at in KINDS_AT for k in KINDS_AT[at]]
SETTINGS: list[dict[str, Any]] = [
    {},
    {"width": 0.25, "padding": 1},
    *({"dropout": DENSE, "optimizer": name} for name in ("adam", "adamw", "sgd")),
    *({"weight_decay": 0.01, "optimizer": name} for name in ("adam", "adamw", "sgd")),
    *({"dropout": DENSE, "schedule": name} for name in ("cosine", "step")),
    *({"dropout": DENSE, "dropout_schedule": name} for name in ("early", "late", "growing")),
    *({"dropout": DENSE, "batch_norm": place} for place in ("before", "after")),
    {"batch_norm": "after"},
    {"dropout": DENSE, "max_norm": 1.0},
    *({"augmentation": name} for name in ("flip", "crop", "flip-crop")),
    {"input_noise": 0.3},
    {"label_noise": 0.4},
    {"patience": 1, "epochs": 4, "learning_rate": 0.02},
    {"dropout": {"fc1": {"p": 0.3, "kind": "connect"}}, "batch_norm": "before"},
    {"dropout": {"fc1": 1 - 2**-40}},
    EVERYTHING | {"padding": 1, "dropout_schedule": "growing", "batch_norm": "after"},
    EVERYTHING | {"dropout_schedule": "late", "batch_norm": "before", "schedule": "step"},
]


def named(changes: dict[str, Any]) -> str:
    return "-".join(f"{name}={value}" for name, value in changes.items())[:60] or "plain"


@pytest.mark.parametrize("changes", [*SETTINGS, *PLACES], ids=named)
def test_the_script_reaches_the_numbers_of_the_run_to_the_last_bit(
    changes: dict[str, Any],
    trained: Callable[[RunConfig], Events],
    repeated: Callable[..., list[dict[str, Any]]],
) -> None:
    config = tiny_config(seed=3, **changes)
    events = trained(config)
    assert repeated(script_of(config)) == numbers(events)


@pytest.mark.parametrize(
    "changes", [{"dropout": DENSE}, {"dropout": EVERY_KIND, "batch_norm": "before"}], ids=named
)
def test_a_script_runs_alone_as_a_file(
    changes: dict[str, Any],
    trained: Callable[[RunConfig], Events],
    shapes_file: Path,
    tmp_path: Path,
) -> None:
    config = tiny_config(**changes)
    events = trained(config)
    (tmp_path / "script.py").write_text(run_file("py", as_run(config), events)[1], "utf-8")
    told = started(tmp_path, str(shapes_file), "--json")
    assert without_epoch_of_test([json.loads(line) for line in told]) == numbers(events)


def test_a_script_speaks_in_words_without_json(
    trained: Callable[[RunConfig], Events], shapes_file: Path, tmp_path: Path
) -> None:
    config = tiny_config(epochs=1)
    (tmp_path / "script.py").write_text(script_of(config, events=[trained(config)]), "utf-8")
    first, last = started(tmp_path, str(shapes_file))
    assert first.startswith("epoch 1: train_masked loss ")
    assert "train_clean loss" in first
    assert ", val loss" in first
    assert last.startswith("epoch 1: test loss ")


def started(folder: Path, *arguments: str, **environment: str) -> list[str]:
    """The lines that script.py in a folder prints, without this project on Python's path."""
    done = subprocess.run(
        [sys.executable, "script.py", *arguments],
        cwd=folder,
        env={**{k: v for k, v in os.environ.items() if k != "PYTHONPATH"}, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_without_images_a_script_says_in_a_sentence_how_to_get_them(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(script_of(tiny_config()), "utf-8")
    done = subprocess.run(
        [sys.executable, "-I", "script.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert "python -m dropout_demo data shapes --save shapes.npz" in done.stderr
    assert "Traceback" not in done.stderr


STARTED = {"kind": "started", "device": "cuda", "precision": "bf16", "threads": 16}
MEASURE = {"loss": 1.2345, "accuracy": 0.4567}
TOLD = [
    {"kind": "epoch", "epoch": 15, "train_masked": MEASURE, "train_clean": MEASURE, "val": MEASURE},
    {"kind": "finished", "test": MEASURE},
]


@pytest.mark.parametrize("changes", [*SETTINGS, *PLACES], ids=named)
def test_a_script_is_short(changes: dict[str, Any]) -> None:
    for dataset in ("cifar10", "shapes"):
        source = script_of(tiny_config(**changes, dataset=dataset))
        assert source.count("\n") <= MAX_LINES


rates = st.floats(0.001, 0.999)


@given(
    config=configs(
        width=st.floats(3, 4),
        dropout=st.fixed_dictionaries(
            {at: st.builds(Dropout, rates, st.sampled_from(KINDS_AT[at])) for at in KINDS_AT}
        ),
        dropout_schedule=st.sampled_from(["early", "growing"]),
        learning_rate=rates,
        schedule=st.sampled_from(["cosine", "step"]),
        weight_decay=rates,
        max_norm=rates,
        batch_size=st.just(4_000),
        epochs=st.just(200),
        seed=st.just(MAX_SEED),
        batch_norm=st.sampled_from(["before", "after"]),
        augmentation=st.just("flip-crop"),
        input_noise=rates,
        label_noise=rates,
        patience=st.just(100),
    ),
    device=st.sampled_from(["cpu", "cuda"]),
    precision=st.sampled_from(["fp32", "bf16"]),
)
def test_a_script_of_everything_at_once_is_short(
    config: RunConfig, device: str, precision: str
) -> None:
    started = STARTED | {"device": device, "precision": precision}
    source = run_file("py", as_run(config, "w" * 60), [started, *TOLD])[1]
    check(source)
    assert source.count("\n") <= MAX_LINES


def test_a_simple_script_has_room_for_notes_and_words() -> None:
    source = script_of(tiny_config(dropout=DENSE), events=[[STARTED, *TOLD]])
    assert "# passes over the training images" in source
    assert '    """Mean cross-entropy (nats) and accuracy, dropout off."""' in source
    assert "def told(" in source


@pytest.mark.parametrize("dataset", ["cifar10", "shapes"])
@pytest.mark.parametrize("changes", [*SETTINGS, *PLACES], ids=named)
def test_code_is_clean_and_needs_only_torch_and_torchvision(
    dataset: str, changes: dict[str, Any]
) -> None:
    check(script_of(tiny_config(**changes, dataset=dataset)))


def check(source: str) -> None:
    """Compiles, has no long line, and imports only what comes with torch and torchvision."""
    compile(source, "script.py", "exec")
    assert max(map(len, source.splitlines())) <= 100
    tops = set()
    for node in ast.walk(ast.parse(source)):
        names = [node.module] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        tops |= {str(name).partition(".")[0] for name in names}
    ours = {"torch", "torchvision", "numpy", "PIL", "dropout_demo"}
    assert tops - ours <= set(sys.stdlib_module_names)
    assert "#:" not in source
    assert "$" not in source


def test_ruff_finds_nothing_in_any_script(tmp_path: Path) -> None:
    for n, changes in enumerate([*SETTINGS, *PLACES]):
        for dataset in ("cifar10", "shapes"):
            source = script_of(tiny_config(**changes, dataset=dataset))
            (tmp_path / f"{dataset}_{n}.py").write_text(source, "utf-8")
    options = ["--config", str(ROOT / "pyproject.toml"), "--ignore", "D1", "--no-cache"]
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", *options, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


HOSTILE = [
    "'''\"\"\"; import os",
    '"""\nimport os\n"""',
    "a\\",
    "x\u2028import os\u2029y\x85z",
    "\u202egnp.exe",
    "</script><img src=x onerror=alert(1)>",
    "${name} $name {x} %s #: element",
]


UNSAFE = set("<>`*_[]\\\"'$\u2028\u2029\u202e\x85")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_cannot_become_code(name: str) -> None:
    config = tiny_config()
    told = run_file("py", as_run(config, name), [])[1]
    plain = run_file("py", as_run(config), [])[1]
    assert name not in told
    assert not UNSAFE & set(named_part(told))
    code = [ast.dump(node) for node in ast.parse(told).body[1:]]
    assert code == [ast.dump(node) for node in ast.parse(plain).body[1:]]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_cannot_become_markup_of_a_notebook(name: str) -> None:
    told = json.loads(run_file("ipynb", as_run(tiny_config(), name), [])[1])
    plain = json.loads(run_file("ipynb", as_run(tiny_config()), [])[1])
    assert not UNSAFE & set(named_part("".join(told["cells"][0]["source"])))
    assert told["cells"][1:] == plain["cells"][1:]


def named_part(text: str) -> str:
    """What stands between the quotes that a name is put in."""
    head = text.partition("Dropout Lab, run")[2].replace("\n", " ").partition(": no dropout")[0]
    return head.strip().removeprefix('"').removesuffix('"')


@given(config=configs())
def test_any_configuration_gives_code_that_compiles(config: RunConfig) -> None:
    source = script_of(config)
    check(source)
    assert source.count("\n") <= MAX_LINES


@given(name=st.text(max_size=60))
def test_any_name_leaves_a_script_that_compiles(name: str) -> None:
    check(run_file("py", as_run(tiny_config(), name), [])[1])


@pytest.mark.usefixtures("real_data", "one_thread")
def test_on_real_images_a_script_reads_what_the_lab_reads(
    real_data: Path, tmp_path: Path, numbers_of_real_run: tuple[RunConfig, Events]
) -> None:
    config, events = numbers_of_real_run
    (tmp_path / "script.py").write_text(run_file("py", as_run(config), events)[1], "utf-8")
    told = started(tmp_path, str(real_data), "--json")
    assert without_epoch_of_test([json.loads(line) for line in told]) == numbers(events)


@pytest.fixture
def numbers_of_real_run(real_data: Path, one_thread: None) -> tuple[RunConfig, Events]:
    from dropout_demo.data import load
    from dropout_demo.training import train
    from tests.export.runs import as_stored

    changes = {"train_size": 500, "width": 0.125, "epochs": 1, "dropout": DENSE}
    config = RunConfig.model_validate({"precision": "fp32", **changes})
    return config, as_stored(list(train(config, load("cifar10"))))


def test_a_script_without_dropout_holds_no_code_for_it() -> None:
    source = script_of(tiny_config())
    assert "class Dropout" not in source
    assert "mask(" not in source


def test_the_beginning_says_what_the_run_reached(
    trained: Callable[[RunConfig], Events], tiny: Data
) -> None:
    config = tiny_config(epochs=1)
    events = trained(config)
    head = " ".join(str(ast.get_docstring(ast.parse(script_of(config, events=[events])))).split())
    assert f"validation loss {events[-2]['val']['loss']:.4f}" in head
    assert f"test loss {events[-1]['test']['loss']:.4f}" in head
    assert "to the last bit" in head


def test_a_run_in_bf16_comes_out_within_what_the_script_says(
    trained: Callable[[RunConfig], Events], repeated: Callable[..., list[dict[str, Any]]]
) -> None:
    config = tiny_config(precision="bf16", dropout=DENSE)
    events = trained(config)
    source = script_of(config, events=[events])
    head = " ".join(str(ast.get_docstring(ast.parse(source))).split())
    assert f"by up to {BF16_POINTS} points of accuracy and {BF16_NATS} of loss" in head
    run, script = numbers(events)[-2]["val"], repeated(source)[-2]["val"]
    assert abs(run["loss"] - script["loss"]) <= BF16_NATS
    assert 100 * abs(run["accuracy"] - script["accuracy"]) <= BF16_POINTS


@pytest.mark.parametrize("changes", [{}, EVERYTHING], ids=named)
@pytest.mark.parametrize("form", ["batches", "folders"])
def test_a_script_orders_and_splits_images_as_the_lab_does(
    form: str, changes: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(1)
    train, test = (
        Split(
            random.integers(0, 256, (count, 32, 32, 3), dtype=np.uint8),
            random.permutation(np.arange(count, dtype=np.int64) % 10),
        )
        for count in (100, 20)
    )
    write = as_batches if form == "batches" else as_folders
    write(tmp_path, train, test, monkeypatch)
    source = script_of(tiny_config(dataset="cifar10", **changes))
    (tmp_path / "script.py").write_text(source, "utf-8")
    monkeypatch.setattr(sys, "argv", ["script.py", str(tmp_path)])
    found = runpy.run_path(str(tmp_path / "script.py"), run_name="imported")["load"]()
    val, rest = hold_out(balanced(train), 10)
    for (images, labels), expected in zip(found, (rest, val, balanced(test)), strict=True):
        np.testing.assert_array_equal(images.numpy(), expected.images)
        np.testing.assert_array_equal(labels.numpy(), expected.labels)


def as_batches(folder: Path, train: Split, test: Split, patch: pytest.MonkeyPatch) -> None:
    """Official batches but for their size, so torchvision is told other checksums: none."""
    cifar = import_torchvision().datasets.CIFAR10
    names = [f"data_batch_{n}" for n in range(1, 6)]
    patch.setattr(cifar, "train_list", [[name, None] for name in names])
    patch.setattr(cifar, "test_list", [["test_batch", None]])
    patch.setattr(cifar, "meta", {**cifar.meta, "md5": None})
    whole = folder / "cifar-10-batches-py"
    whole.mkdir()
    (whole / "batches.meta").write_bytes(pickle.dumps({"label_names": list(CLASSES["cifar10"])}))
    part = len(train) // len(names)
    for n, name in enumerate([*names, "test_batch"]):
        split = test if name == "test_batch" else train
        chosen = slice(None) if name == "test_batch" else slice(n * part, (n + 1) * part)
        flat = split.images[chosen].transpose(0, 3, 1, 2).reshape(-1, 3072)
        batch = {"data": flat, "labels": split.labels[chosen].tolist()}
        (whole / name).write_bytes(pickle.dumps(batch))


def as_folders(folder: Path, train: Split, test: Split, _: pytest.MonkeyPatch) -> None:
    for part, split in (("train", train), ("test", test)):
        for n, (image, label) in enumerate(zip(split.images, split.labels, strict=True)):
            file = folder / part / CLASSES["cifar10"][label] / f"{n}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            (file.parent / f"._{n}.png").write_text("litter")
            Image.fromarray(image).save(file)
