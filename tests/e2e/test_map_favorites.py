"""Stars and favourites on the map page, in a real browser before a real server."""

from __future__ import annotations

import re
from contextlib import ExitStack

import pytest
from playwright.sync_api import Route, expect

from tests.fixtures.drivers import (
    FAVORITES,
    PARIS,
    PASSWORD,
    OpenWindow,
    Person,
    Station,
    as_if_seen_long_ago,
    dialog_of,
    expect_complaints_of_the_network,
    field_of,
    fill_in,
    look_at,
    rows,
    signed_in,
    star_of,
)
from tests.fixtures.visits import DESK, PHONE, violations, without_map

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("map")]


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_star_leads_to_an_account_and_the_station_is_kept(
    open_window: OpenWindow, person: Person, near: list[Station], size: tuple[int, int]
) -> None:
    device = "phone" if size == PHONE else "desk"
    visit = without_map(open_window(size))
    page = visit.go(PARIS)
    star = star_of(page, near[0])
    expect(star).to_have_attribute("aria-pressed", "false")
    star.click()
    dialog = dialog_of(page)
    expect(dialog).to_contain_text(f"Keeping “{near[0]['name']}” as a favourite takes an account.")
    look_at(page, f"map-{device}-sign-in")
    dialog.get_by_role("button", name="Create an account").click()
    fill_in(page, {"E-mail": person.email, "Username": person.name, "Password": "password1"})
    expect(dialog).to_contain_text("one of the most common ones")
    expect(field_of(page, "Password")).to_be_focused()
    look_at(page, f"map-{device}-register")
    expect_complaints_of_the_network(visit)
    fill_in(page, {"Password": PASSWORD})
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("status").get_by_text(f"signed in as {person.name}")).to_be_visible()
    expect(star).to_have_attribute("aria-pressed", "true")

    rows(page).nth(2).click()
    star_of(page, near[2]).click()
    page.get_by_role("button", name="Close", exact=True).first.click()
    visit.go(PARIS)
    page.reload()
    visit.settle()
    expect(star).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Favourites").click()
    expect(page.get_by_text("2 favourites")).to_be_visible()
    expect(rows(page).first).to_contain_text(near[2]["name"])
    page.get_by_label("Order").select_option("Nearest first")
    expect(rows(page).first).to_contain_text(near[0]["name"])
    look_at(page, f"map-{device}-favorites")

    star.click()
    expect(rows(page)).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(rows(page)).to_have_count(2)
    star.click()
    expect(page.get_by_text("is no longer a favourite")).to_be_visible()
    rows(page).first.click()
    expect(page.get_by_role("heading", level=2)).to_have_text(near[2]["name"])
    page.keyboard.press("Escape")
    expect(rows(page).first).to_be_focused()


def test_windows_renew_their_tokens_at_once_and_all_go_on(
    open_window: OpenWindow, person: Person, near: list[Station]
) -> None:
    person.registered().keeps(near[0]["id"])
    visit = signed_in(without_map(open_window()), person)
    as_if_seen_long_ago(visit)
    first = visit.go(FAVORITES)
    expect(rows(first)).to_have_count(1)
    windows = [visit.context.new_page() for _ in range(3)]
    with ExitStack() as asked:
        paths = ("**/api/v1/auth/refresh", "**/api/v1/favorites?*")
        answers = [
            asked.enter_context(window.expect_response(path))
            for window in windows
            for path in paths
        ]
        for window in windows:
            window.goto(f"{visit.server}/{FAVORITES}", wait_until="commit")
    assert {answer.value.status for answer in answers} == {200}
    star_of(first, near[0]).click()
    for window in windows:
        expect(window.get_by_text("No favourites yet")).to_be_visible()


def test_favourites_are_there_without_a_connection(
    open_window: OpenWindow, person: Person, near: list[Station]
) -> None:
    person.registered().keeps(near[0]["id"], near[1]["id"])
    visit = signed_in(without_map(open_window(PHONE, service_workers="allow")), person)
    page = visit.go(FAVORITES)
    page.evaluate("navigator.serviceWorker.ready")
    page.reload()
    visit.settle()
    expect(rows(page)).to_have_count(2)
    kept_by_worker = page.evaluate(
        """async () => {
          const opened = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
          const requests = await Promise.all(opened.map((cache) => cache.keys()));
          return requests.flat().map(({ url }) => url);
        }"""
    )
    assert kept_by_worker
    assert not [url for url in kept_by_worker if re.search("favorites|users|auth", url)]
    visit.context.set_offline(True)
    page.reload()
    visit.settle()
    expect(page.get_by_text("No connection. This is what was seen last.")).to_be_visible()
    expect(rows(page)).to_have_count(2)
    star_of(page, near[0]).click()
    told = page.get_by_text(f"“{near[0]['name']}” is still a favourite.")
    expect(told).to_be_visible()
    expect(page.get_by_text("There is no connection.")).to_be_visible()
    expect(rows(page)).to_have_count(2)
    visit.context.set_offline(False)
    page.get_by_role("status").get_by_role("button", name="Try again").click()
    expect(rows(page)).to_have_count(1)
    expect(told).to_have_count(0)
    expect_complaints_of_the_network(visit)


def test_a_station_that_is_gone_says_so_and_can_be_removed(
    open_window: OpenWindow, person: Person, near: list[Station]
) -> None:
    person.registered().keeps(near[0]["id"], near[1]["id"])
    visit = signed_in(without_map(open_window(PHONE)), person)

    def as_if_gone(route: Route) -> None:
        answer = route.fetch()
        favorites = answer.json()
        for favorite in favorites["items"]:
            favorite["gone"] = favorite["id"] == near[1]["id"]
        route.fulfill(response=answer, json=favorites)

    visit.page.route("**/api/v1/favorites?*", as_if_gone)
    page = visit.go(FAVORITES)
    expect(page.get_by_text("No longer in the catalogue")).to_have_count(1)
    expect(rows(page).first).to_contain_text("No longer in the catalogue")
    assert violations(page) == []
    star_of(page, near[1]).click()
    expect(rows(page)).to_have_count(1)
