"""Which device and number format suit this machine."""

from __future__ import annotations

import contextlib
import ctypes
from dataclasses import dataclass

import torch

from dropout_demo.config import Precision

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


@dataclass(frozen=True)
class Device:
    """Where a run computes, and in what."""

    name: str  # "cpu", "cuda" or "mps"
    precision: str  # "fp32" or "bf16"
    reason: str  # why this precision, for people

    @property
    def dtype(self) -> torch.dtype:
        """The tensors' dtype."""
        return DTYPES[self.precision]


def choose(precision: Precision = "auto") -> Device:
    """The fastest device there is; bf16 only where its arithmetic is really faster than fp32."""
    name, best, reason = _best()
    if precision == "auto":
        return Device(name, best, reason)
    return Device(name, precision, "asked for")


def _best() -> tuple[str, str, str]:
    if torch.cuda.is_available():
        bf16 = torch.cuda.is_bf16_supported(including_emulation=False)
        return "cuda", "bf16" if bf16 else "fp32", torch.cuda.get_device_name()
    if torch.backends.mps.is_available():
        return "mps", "fp32", "Apple's graphics processor"
    if torch.cpu._is_amx_tile_supported():
        return "cpu", "bf16", "the processor has AMX"
    if torch.cpu._is_avx512_bf16_supported():
        return "cpu", "bf16", "the processor has AVX512-BF16"
    return "cpu", "fp32", "the processor has no fast bf16"


def make_repeatable() -> None:
    """Ask the libraries of this process for the same numbers every time."""
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.benchmark = False


# Parameters of glibc's mallopt, from its malloc.h.
_TRIM_THRESHOLD, _MMAP_MAX = -1, -4


def keep_freed_memory() -> None:
    """Let this process use freed memory again instead of giving it back at every step.

    glibc maps each large tensor anew, and the kernel clears its pages: about a fifth of the time
    of fp32 training. Other C libraries have no such setting and are left alone.
    """
    with contextlib.suppress(OSError, AttributeError, TypeError):
        libc = ctypes.CDLL(None)
        libc.mallopt(_MMAP_MAX, 0)
        libc.mallopt(_TRIM_THRESHOLD, 2**31 - 1)
