from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import FastAPI

from app import main


def test_the_application_is_made_once_when_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.delattr(main, "app", raising=False)
    assert isinstance(main.app, FastAPI)
    assert main.app is main.app
    assert main.app.state.settings.data_dir == tmp_path
    monkeypatch.delattr(main, "app")


def test_nothing_else_is_made_up() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = main.nonsense
