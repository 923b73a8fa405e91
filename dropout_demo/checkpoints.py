"""A network in a file and back. Files are read with `weights_only=True` alone: data, never code."""

from __future__ import annotations

import io
import secrets
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from dropout_demo.config import RunConfig
from dropout_demo.model import ArticleNet, build
from dropout_demo.streams import generator
from dropout_demo.weights import file_of

VERSION = 1

PART = ".part"
"""How the name of a file ends that is being written."""


class CheckpointError(Exception):
    """A network that cannot be had from its file; says why and what to do, in one sentence."""


def save(folder: Path, epoch: int, net: ArticleNet, config: RunConfig) -> None:
    """Keep the network as it is after `epoch`, in its own number format. Raises OSError.

    The file is whole or not there, whenever the process ends.
    """
    network = {name: value.detach().cpu() for name, value in net.state_dict().items()}
    content = {
        "version": VERSION,
        "config": config.hash,
        "epoch": epoch,
        "network": network,
        "sum": sum_of(network),
    }
    whole = io.BytesIO()
    torch.save(content, whole)
    write_whole(file_of(folder, epoch), whole.getbuffer())


def sum_of(network: Mapping[str, Tensor]) -> int:
    """CRC-32 of all numbers in the order of their names: torch's own files would not tell."""
    found = 0
    for name in sorted(network):
        raw = network[name].contiguous().flatten().view(torch.uint8)
        found = zlib.crc32(raw.numpy().data, found)
    return found


def write_whole(file: Path, content: memoryview) -> None:
    """Put bytes into a file, which is whole or as it was, whenever the process ends.

    Makes its folder if need be. Raises OSError.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{secrets.token_hex(4)}{PART}")
    try:
        part.write_bytes(content)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def load(folder: Path, epoch: int, config: RunConfig) -> ArticleNet:
    """The network after `epoch`: in fp32, in eval mode, channels last, dropout at its full rates.

    Epoch 0 is the untrained network and needs no file. Raises CheckpointError when the file is
    missing, damaged, of another version or of another run.
    """
    masks = generator(config.seed, "masks")
    net = build(config, generator(config.seed, "weights"), masks)
    if epoch > 0:
        kept = _read(file_of(folder, epoch), epoch, config)
        try:
            net.load_state_dict(kept)
        except RuntimeError:  # other names or shapes than this network's
            raise _damaged(epoch) from None
    return net.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


def _read(file: Path, epoch: int, config: RunConfig) -> dict[str, Any]:
    try:
        content = torch.load(file, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise CheckpointError(
            f"The weights after epoch {epoch} are not kept any more; train the run again: "
            "the same seed gives the same network."
        ) from None
    except Exception:  # noqa: BLE001 - a damaged file raises whatever its bytes lead to
        raise _damaged(epoch) from None
    if not isinstance(content, dict) or not isinstance(content.get("network"), dict):
        raise _damaged(epoch)
    if content.get("version") != VERSION:
        raise CheckpointError(
            f"The weights after epoch {epoch} were written by another version of this program; "
            "train the run again."
        )
    if content.get("sum") != sum_of(content["network"]):
        raise _damaged(epoch)
    if content.get("config") != config.hash or content.get("epoch") != epoch:
        raise CheckpointError(
            f"The file of epoch {epoch} belongs to another run; train this run again."
        )
    network: dict[str, Any] = content["network"]
    return network


def _damaged(epoch: int) -> CheckpointError:
    return CheckpointError(
        f"The weights after epoch {epoch} cannot be read: their file is damaged. "
        "Choose another epoch, or train the run again."
    )
