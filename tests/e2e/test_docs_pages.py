"""The API's documentation in a real browser: it is drawn, and nothing comes from elsewhere."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Response, expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("map")]  # one server for all


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/docs", "Search stations"),
        ("/redoc", "Search stations"),
        ("/docs/problems", "invalid-parameters"),
    ],
)
def test_a_page_is_drawn_from_this_server_alone(
    chromium: Browser, map_server: str, path: str, words: str
) -> None:
    page = chromium.new_page()
    foreign: list[str] = []

    def watch(response: Response) -> None:
        if not response.url.startswith((map_server, "data:", "blob:")):
            foreign.append(response.url)

    page.on("response", watch)
    page.goto(f"{map_server}{path}")
    expect(page.get_by_text(words).filter(visible=True).first).to_be_visible(timeout=30_000)
    page.wait_for_load_state("networkidle")
    assert foreign == []
    page.close()
