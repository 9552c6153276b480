"""The security page says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from app.settings import Settings
from app.web.bodies import MAX_BODY_BYTES, MAX_DEPTH
from app.web.parameters import MAX_QUERY_LENGTH

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "explanation" / "security.md").read_text(encoding="utf-8")


def test_the_limits_are_those_of_the_settings() -> None:
    told = dict(re.findall(r"^\| `(RATE_LIMIT\w*)` \| `([^`]+)` \|", PAGE, re.MULTILINE))
    fields = Settings.model_fields
    limits = {name.upper(): fields[name].default for name in fields if "rate_limit" in name}
    assert told == limits
    caller = limits["RATE_LIMIT"].split("/")[0]
    assert f'"caller";q={caller};w=60' in PAGE


def test_the_bounds_are_those_of_the_code() -> None:
    assert MAX_BODY_BYTES == 1024 * 1024
    assert "| body | 1 MiB," in PAGE
    assert f"| arrays and objects in each other | {MAX_DEPTH} |" in PAGE
    assert f"| query string | {MAX_QUERY_LENGTH:,} characters" in PAGE


def test_every_event_of_the_audit_log_is_told() -> None:
    told = set(re.findall(r"`([a-z-]+)`", PAGE.split("## What is logged")[1].split("\n## ")[0]))
    written = {
        event
        for file in (ROOT / "app").rglob("*.py")
        for call in re.findall(r"audit\.note\(([^,)]+)", file.read_text(encoding="utf-8"))
        for event in re.findall(r'"([a-z-]+)"', call)
    }
    assert written
    assert written <= told
