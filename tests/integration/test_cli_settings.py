"""``voltway settings``: what is in force, and where it comes from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.settings import Settings
from tests.fixtures.command import Voltway


def test_every_setting_is_shown_with_its_source(
    voltway: Voltway, monkeypatch: pytest.MonkeyPatch, data_dir: Path
) -> None:
    monkeypatch.setenv("PORT", "9000")
    monkeypatch.delenv("LOG_LEVEL", raising=False)
    shown = json.loads(voltway("settings", "--json").out)
    assert list(shown) == [name.upper() for name in Settings.model_fields]
    assert shown["PORT"] == {"value": "9000", "source": "environment"}
    assert shown["LOG_LEVEL"] == {"value": "INFO", "source": "default"}
    assert shown["DATA_DIR"]["value"] == str(data_dir)


def test_the_table_has_one_line_a_setting(voltway: Voltway) -> None:
    outcome = voltway("settings")
    assert outcome.exit_code == 0
    assert len(outcome.out.splitlines()) == len(Settings.model_fields)


def test_a_password_is_not_shown(voltway: Voltway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql+asyncpg://me:hunter2@host/voltway")
    assert "hunter2" not in voltway("settings").out


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "many"), ("LOG_LEVEL", "LOUD"), ("TRUSTED_PROXIES", "10.0.0.0/99")]
)
def test_a_value_that_cannot_be_used_is_wrong_use_in_one_line(
    voltway: Voltway, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    outcome = voltway("settings")
    assert outcome.exit_code == 2
    assert outcome.err.count("\n") == 1
    assert name in outcome.err
    assert value in outcome.err
