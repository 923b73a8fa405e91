"""A web server can ask for data without ever importing torch."""

import subprocess
import sys

import pytest

from dropout_demo import data, vision
from dropout_demo.vision import import_torchvision


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


REPORT = "; import sys; print(sorted({'torch', 'torchvision', 'PIL', 'httpx'} & set(sys.modules)))"


def test_importing_and_asking_imports_no_torch():
    code = "from dropout_demo import data; data.status('cifar10'); data.status('shapes')"
    assert run(code + REPORT) == "[]"


def test_drawing_and_mapping_shapes_imports_no_torch():
    few = "library.SHAPES_SIZES = {'train': 20, 'val': 10, 'test': 10}; "
    code = "from dropout_demo import data; from dropout_demo.data import library; " + few
    code += "data.load('shapes'); data.forget(); data.load('shapes')"
    assert run(code + REPORT) == "[]"


def test_mapping_a_prepared_cifar10_imports_no_torch(folders):
    data.load("cifar10")
    assert run("from dropout_demo import data; data.load('cifar10')" + REPORT) == "[]"


def test_torchvision_reads_data_sets_here():
    torchvision = import_torchvision()
    assert import_torchvision() is torchvision
    assert torchvision.datasets.CIFAR10.base_folder == "cifar-10-batches-py"


def test_operators_are_declared_only_where_the_import_would_fail():
    plain = subprocess.run(
        [sys.executable, "-c", "import torchvision"], capture_output=True, text=True
    )
    code = "from dropout_demo import vision; vision.import_torchvision(); "
    declared = int(run(code + "print(len(vision._declared))"))
    assert declared == (1 if plain.returncode else 0), plain.stderr
    if plain.returncode:
        assert "torchvision::nms" in plain.stderr


def test_nothing_is_declared_where_the_compiled_operators_load(monkeypatch):
    import_torchvision()
    monkeypatch.setattr(vision, "_declared", [])
    monkeypatch.setattr(vision, "_compiled_operators_load", lambda: True)
    import_torchvision()
    assert vision._declared == []


def test_operators_that_are_declared_already_are_left_alone(monkeypatch):
    torch = pytest.importorskip("torch")
    import_torchvision()
    before = torch.ops.torchvision.nms.default
    monkeypatch.setattr(vision, "_declared", [])
    monkeypatch.setattr(vision, "_compiled_operators_load", lambda: False)
    import_torchvision()  # to declare an operator twice is an error
    assert torch.ops.torchvision.nms.default is before


def test_a_missing_torchvision_is_said(monkeypatch):
    monkeypatch.setattr(vision, "_declared", [])
    monkeypatch.setattr(vision.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(ImportError, match="not installed"):
        import_torchvision()
