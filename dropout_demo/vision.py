"""Importing torchvision beside a torch that its compiled operators were not built for.

`pip install` can give a CPU build of torch beside the CUDA build of torchvision. Torchvision then
skips its compiled operators, yet registers Python companions of two of them, `nms` and `qnms`, and
its import stops with "operator torchvision::nms does not exist". We use only its pure-Python parts
(the readers of data sets, and DropBlock), so it is enough to declare those two operators without
a body. Where the compiled operators load, nothing is declared and torchvision is whole.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import os
import threading
from pathlib import Path
from types import ModuleType
from typing import Any

SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)

_lock = threading.Lock()
_declared: list[Any] = []  # a torch Library withdraws its declarations when it is collected


def import_torchvision() -> ModuleType:
    """`import torchvision` with `torchvision.datasets`; safe to call again and from threads.

    Raises ImportError when torchvision is not installed.
    """
    with _lock:
        if not _declared and not _compiled_operators_load():
            _declare()
        importlib.import_module("torchvision.datasets")
        return importlib.import_module("torchvision")


def _compiled_operators_load() -> bool:
    """Try what torchvision's import tries first; loading a library twice does no harm."""
    import torch

    operators: Any = torch.ops
    found = importlib.util.find_spec("torchvision")
    if found is None or not found.submodule_search_locations:
        raise ImportError("torchvision is not installed; install the requirements.")
    folder = Path(found.submodule_search_locations[0])
    if hasattr(os, "add_dll_directory"):  # Windows looks for a library's neighbours only where told
        os.add_dll_directory(str(folder))
    endings = (importlib.machinery.ExtensionFileLoader, importlib.machinery.EXTENSION_SUFFIXES)
    library = importlib.machinery.FileFinder(str(folder), endings).find_spec("_C")
    if library is None or library.origin is None:
        return False
    try:
        operators.load_library(library.origin)
    except (ImportError, OSError):
        return False
    return True


def _declare() -> None:
    import torch

    make_library: Any = torch.library.Library
    library = make_library("torchvision", "FRAGMENT")
    _declared.append(library)
    for schema in SCHEMAS:
        name = schema.partition("(")[0]
        if not hasattr(torch.ops.torchvision, name):  # someone else may have declared it already
            library.define(schema)
