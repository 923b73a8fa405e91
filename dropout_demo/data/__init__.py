"""Where images come from: `load(name)` gives uint8 arrays, memory-mapped, shared by all workers.

Importing this package imports neither torch nor torchvision, and mapping what was prepared does not
either; only reading the originals of CIFAR-10 does.
"""

from dropout_demo.data.errors import DataError
from dropout_demo.data.library import DataStatus, download, forget, load, prepare, status
from dropout_demo.data.splits import CLASSES, Data, Split

__all__ = [
    "CLASSES",
    "Data",
    "DataError",
    "DataStatus",
    "Split",
    "download",
    "forget",
    "load",
    "prepare",
    "status",
]
