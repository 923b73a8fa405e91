from __future__ import annotations

import pytest

from dropout_demo.settings import MAX_SLOTS, Settings, read_settings


def test_nothing_set_means_the_defaults_and_no_word(home: object) -> None:
    assert read_settings() == Settings(None, "local", None, ())


def test_all_three_settings_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DROPOUT_DEMO_SLOTS", "3")
    monkeypatch.setenv("DROPOUT_DEMO_BACKEND", "thread")
    monkeypatch.setenv("DROPOUT_DEMO_DATABASE", "sqlite:///x.db")
    assert read_settings() == Settings(3, "thread", "sqlite:///x.db", ())


@pytest.mark.parametrize("name", ["SLOTS", "BACKEND", "DATABASE"])
def test_an_empty_setting_is_none(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(f"DROPOUT_DEMO_{name}", "")
    assert read_settings() == Settings(None, "local", None, ())


@pytest.mark.parametrize(
    "value", ["0", "-1", "1.5", "two", "9" * 30, "²", str(MAX_SLOTS + 1), " 2"]
)
def test_a_number_of_slots_that_makes_no_sense_is_left_out_and_said(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("DROPOUT_DEMO_SLOTS", value)
    settings = read_settings()
    assert settings.slots is None
    (warning,) = settings.warnings
    assert repr(value) in warning
    assert f"from 1 to {MAX_SLOTS}" in warning


def test_a_backend_there_is_not_is_left_out_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DROPOUT_DEMO_BACKEND", "abacus")
    settings = read_settings()
    assert settings.backend == "local"
    (warning,) = settings.warnings
    assert "'abacus'; allowed: local or thread" in warning
