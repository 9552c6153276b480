"""``voltway serve`` refuses what it cannot serve with, before anything listens."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.command import Voltway


@pytest.mark.parametrize(
    ("environment", "secret", "words"),
    [
        ("production", "", "it is not set, and ENVIRONMENT is production"),
        ("production", "changeme" * 8, "it is a placeholder"),
        ("production", "changeme", "it has 8 characters"),
        ("development", "short", "it has 5 characters"),
    ],
)
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_secret_that_cannot_be_used_is_one_line_and_exit_2(
    voltway: Voltway,
    data_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    environment: str,
    secret: str,
    words: str,
    workers: str,
) -> None:
    monkeypatch.setenv("ENVIRONMENT", environment)
    monkeypatch.setenv("SECRET_KEY", secret)
    outcome = voltway("serve", "--port", "0", "--workers", workers)
    assert outcome.exit_code == 2
    (line,) = outcome.err.splitlines()
    assert line.startswith(f"voltway: SECRET_KEY cannot be used: {words}")
    assert not (data_dir / "voltway.db").exists()
