"""The connector page says what the vocabulary says."""

from __future__ import annotations

import re
from pathlib import Path

from app.stations.vocabulary import CONNECTOR_ALIASES, ConnectorStandard

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "connectors.md"


def test_every_alias_and_every_standard_is_on_the_page() -> None:
    text = PAGE.read_text("utf-8")
    aliases, standards = text.split("## Standards")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", aliases, re.MULTILINE))
    assert {alias: set(re.findall(r"`(\w+)`", row)) for alias, row in rows.items()} == {
        alias: {standard.value for standard in words} for alias, words in CONNECTOR_ALIASES.items()
    }
    assert re.findall(r"`(\w+)`", standards) == [standard.value for standard in ConnectorStandard]
