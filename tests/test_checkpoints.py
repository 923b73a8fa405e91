from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from dropout_demo import checkpoints
from dropout_demo.checkpoints import VERSION, CheckpointError, load, save
from dropout_demo.config import RunConfig
from dropout_demo.model import ArticleNet, build
from dropout_demo.streams import generator
from dropout_demo.weights import epochs_in, file_of

Quick = Callable[..., RunConfig]
LAYERS = {"conv1": 0.2, "fc1": 0.5}


def drawn(config: RunConfig, seed: int = 9) -> ArticleNet:
    """A network with weights of its own, and with running statistics that are not the first."""
    net = build(config, generator(seed, "weights"), generator(seed, "masks"))
    with torch.no_grad():
        for value in net.norms.state_dict().values():
            value.add_(1)
    return net


def contents(net: ArticleNet) -> dict[str, torch.Tensor]:
    return {name: value.float() for name, value in net.state_dict().items()}


def same(one: ArticleNet, other: ArticleNet) -> bool:
    first, second = contents(one), contents(other)
    return first.keys() == second.keys() and all(torch.equal(first[n], second[n]) for n in first)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("norm", ["none", "before", "after"])
def test_a_network_comes_back_as_it_was(
    quick: Quick, tmp_path: Path, dtype: torch.dtype, norm: str
) -> None:
    config = quick(dropout=LAYERS, batch_norm=norm)
    net = drawn(config).to_dtype(dtype)
    net.scale_dropout(0.5)
    save(tmp_path / "folder", 3, net, config)
    back = load(tmp_path / "folder", 3, config)
    assert same(back, net)
    assert not back.training
    assert all(value.dtype == torch.float32 for value in back.parameters())
    assert back.dropout["fc1"].p == 0.5
    assert epochs_in(tmp_path / "folder") == [3]


def test_the_untrained_network_needs_no_file(quick: Quick, tmp_path: Path) -> None:
    config = quick(seed=4)
    first = build(config, generator(4, "weights"), generator(4, "masks"))
    assert same(load(tmp_path / "nowhere", 0, config), first)


def test_a_network_that_is_gone_is_a_sentence_that_says_what_to_do(
    quick: Quick, tmp_path: Path
) -> None:
    with pytest.raises(CheckpointError, match=r"epoch 2 are not kept any more; train the run"):
        load(tmp_path, 2, quick())


class Trap:
    """What would run code if a file were read as code."""

    def __reduce__(self) -> Any:
        return pytest.fail, ("a file was run as code",)


SPOILS: Mapping[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "another version": (lambda told: told | {"version": VERSION + 1}, "another version"),
    "another run": (lambda told: told | {"config": "0123456789abcdef"}, "another run"),
    "another epoch": (lambda told: told | {"epoch": 9}, "another run"),
    "no network": (lambda told: told | {"network": None}, "damaged"),
    "nothing": (lambda _: {}, "damaged"),
    "a list": (lambda _: [1], "damaged"),
    "other names": (lambda told: told | {"network": {"a": torch.ones(1)}}, "damaged"),
    "code": (lambda told: told | {"network": Trap()}, "damaged"),
}


@pytest.mark.parametrize(("change", "said"), SPOILS.values(), ids=SPOILS)
def test_a_foreign_file_is_refused_in_a_sentence(
    quick: Quick, tmp_path: Path, change: Callable[[dict[str, Any]], Any], said: str
) -> None:
    config = quick()
    save(tmp_path, 1, drawn(config), config)
    told = torch.load(file_of(tmp_path, 1), weights_only=True)
    torch.save(change(told), file_of(tmp_path, 1))
    with pytest.raises(CheckpointError, match=said):
        load(tmp_path, 1, config)


@pytest.mark.parametrize("size", [0, 1, 1_000, -1])
def test_half_a_file_is_refused_in_a_sentence(quick: Quick, tmp_path: Path, size: int) -> None:
    config = quick()
    save(tmp_path, 1, drawn(config), config)
    file = file_of(tmp_path, 1)
    file.write_bytes(file.read_bytes()[:size])
    with pytest.raises(CheckpointError, match="damaged"):
        load(tmp_path, 1, config)


def test_a_write_that_fails_leaves_the_file_as_it_was_and_nothing_else(
    quick: Quick, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = quick()
    first, second = drawn(config, 1), drawn(config, 2)
    save(tmp_path, 1, first, config)

    def full(path: Path, _: Any) -> int:
        path.touch()
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(OSError, match="No space left"):
            checkpoints.save(tmp_path, 1, second, config)
    assert same(load(tmp_path, 1, config), first)
    assert [path.name for path in tmp_path.iterdir()] == [file_of(tmp_path, 1).name]
