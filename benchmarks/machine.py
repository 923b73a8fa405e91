"""What every printed figure stands beside: the machine and the versions."""

from __future__ import annotations

import platform
from importlib.metadata import version

from dropout_demo.cores import cores
from dropout_demo.record import processor


def describe() -> str:
    """One line: processor, cores, system, Python and the packages that decide speed."""
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("torch", "torchvision", "streamlit")
    )
    return f"{processor()}, {cores()} cores, Python {platform.python_version()}, {packages}"
