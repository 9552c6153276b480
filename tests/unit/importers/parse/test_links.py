from __future__ import annotations

import pytest

from app.importers.parse.links import parse_url


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
        ("HTTP://Example.org", "HTTP://Example.org"),
        ("www.example.org", "https://www.example.org"),
        ("ignition.example.lt/path", "https://ignition.example.lt/path"),
        ("https://a.example; https://b.example", "https://a.example"),
        ("javascript:alert(1)", None),
        ("mailto:a@example.org", None),
        ("https://", None),
        ("http://[broken", None),
        ("http://localhost", None),
        ("not an address", None),
        ("https://example.org/" + "x" * 2000, None),
        (None, None),
    ],
)
def test_only_web_addresses_become_links(text: str | None, url: str | None) -> None:
    assert parse_url(text) == url
