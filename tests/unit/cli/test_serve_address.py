from __future__ import annotations

import pytest

from app.cli.serve import _for_url, _listen


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("0.0.0.0", "localhost"),  # noqa: S104 - shown, not bound
        ("::", "localhost"),
        ("::1", "[::1]"),
        ("127.0.0.1", "127.0.0.1"),
    ],
)
def test_an_address_is_shown_as_a_browser_takes_it(host: str, shown: str) -> None:
    assert _for_url(host) == shown


def test_port_zero_takes_a_free_one() -> None:
    with _listen("127.0.0.1", 0) as listener:
        assert listener.getsockname()[1] > 0
