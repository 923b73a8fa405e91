from __future__ import annotations

import pytest
import torch

from dropout_demo import devices
from dropout_demo.devices import choose, keep_freed_memory, make_repeatable


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A machine with nothing; a test adds what it is about."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: False)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    return monkeypatch


def test_a_plain_processor_computes_in_fp32(machine: pytest.MonkeyPatch) -> None:
    device = choose()
    assert (device.name, device.precision, device.dtype) == ("cpu", "fp32", torch.float32)
    assert device.reason


@pytest.mark.parametrize("ability", ["_is_amx_tile_supported", "_is_avx512_bf16_supported"])
def test_bf16_is_chosen_where_the_processor_is_fast_at_it(
    machine: pytest.MonkeyPatch, ability: str
) -> None:
    machine.setattr(torch.cpu, ability, lambda: True)
    device = choose()
    assert (device.name, device.precision, device.dtype) == ("cpu", "bf16", torch.bfloat16)
    assert "AMX" in device.reason or "AVX512-BF16" in device.reason


@pytest.mark.parametrize(("supported", "precision"), [(True, "bf16"), (False, "fp32")])
def test_a_graphics_processor_comes_first_with_what_it_has(
    machine: pytest.MonkeyPatch, supported: bool, precision: str
) -> None:
    machine.setattr(torch.cuda, "is_available", lambda: True)
    machine.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: supported)
    machine.setattr(torch.cuda, "get_device_name", lambda: "A card")
    machine.setattr(torch.cpu, "_is_amx_tile_supported", lambda: True)
    device = choose()
    assert (device.name, device.precision, device.reason) == ("cuda", precision, "A card")


def test_apples_processor_is_used(machine: pytest.MonkeyPatch) -> None:
    machine.setattr(torch.backends.mps, "is_available", lambda: True)
    assert choose().name == "mps"


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("amx", [True, False])
def test_a_precision_that_was_asked_for_is_used_whatever_is_faster(
    machine: pytest.MonkeyPatch, precision: devices.Precision, amx: bool
) -> None:
    machine.setattr(torch.cpu, "_is_amx_tile_supported", lambda: amx)
    device = choose(precision)
    assert (device.name, device.precision, device.reason) == ("cpu", precision, "asked for")


def test_libraries_are_asked_for_the_same_numbers_every_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.backends.cudnn, "deterministic", False)
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", True)
    make_repeatable()
    assert torch.backends.cudnn.deterministic
    assert not torch.backends.cudnn.benchmark


def test_keeping_freed_memory_is_left_alone_where_the_library_cannot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def none(_: None) -> None:
        raise OSError("no such library")

    monkeypatch.setattr(devices.ctypes, "CDLL", none)
    keep_freed_memory()
    monkeypatch.setattr(devices.ctypes, "CDLL", lambda _: object())
    keep_freed_memory()
