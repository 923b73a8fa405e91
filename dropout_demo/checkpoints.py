"""A network in a file and back. Files are read with `weights_only=True` alone: data, never code."""

from __future__ import annotations

import io
import secrets
from pathlib import Path
from typing import Any

import torch

from dropout_demo.config import RunConfig
from dropout_demo.model import ArticleNet, build
from dropout_demo.streams import generator
from dropout_demo.weights import file_of

VERSION = 1


class CheckpointError(Exception):
    """A network that cannot be had from its file; says why and what to do, in one sentence."""


def save(folder: Path, epoch: int, net: ArticleNet, config: RunConfig) -> None:
    """Keep the network as it is after `epoch`, in its own number format. Raises OSError.

    The file is whole or not there, whenever the process ends.
    """
    content = {
        "version": VERSION,
        "config": config.hash,
        "epoch": epoch,
        "network": {name: value.detach().cpu() for name, value in net.state_dict().items()},
    }
    whole = io.BytesIO()
    torch.save(content, whole)
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{secrets.token_hex(4)}.part"
    try:
        part.write_bytes(whole.getbuffer())
        part.replace(file_of(folder, epoch))
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
