"""Signing in and out, and one's account, on the map page in a real browser."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import expect

from tests.fixtures.drivers import (
    FAVORITES,
    KEPT,
    NEW_PASSWORD,
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
    kept,
    look_at,
    rows,
    sign_in_by_hand,
    signed_in,
    star_of,
)
from tests.fixtures.visits import PHONE, without_map

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("map")]


def test_everything_works_by_keys(
    open_window: OpenWindow, person: Person, near: list[Station]
) -> None:
    person.registered().keeps(near[0]["id"], near[1]["id"], near[2]["id"])
    page = without_map(open_window()).go(PARIS)
    opener = page.get_by_role("button", name="Sign in")
    opener.focus()
    page.keyboard.press("Enter")
    name = field_of(page, "Username or e-mail")
    expect(name).to_be_focused()
    for _ in range(8):
        page.keyboard.press("Tab")
        is_inside = "document.activeElement.matches('body, dialog, dialog *')"
        assert page.evaluate(is_inside), "the page behind the dialog cannot be reached"
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    name.press_sequentially(person.name)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(field_of(page, "Password")).to_have_value(PASSWORD)
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Your account")).to_be_focused()

    page.get_by_role("button", name="Favourites").press("Enter")
    expect(rows(page)).to_have_count(3)
    star_of(page, near[2]).press("Enter")
    expect(star_of(page, near[1])).to_be_focused()
    page.get_by_role("button", name="Undo").press("Enter")
    expect(rows(page)).to_have_count(3)
    expect(star_of(page, near[1])).to_be_focused()
    star_of(page, near[2]).press("Enter")
    expect(star_of(page, near[1])).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=2)).to_be_focused()
    page.keyboard.press("Escape")
    expect(rows(page).first).to_be_focused()


def test_signing_out_clears_this_browser_in_every_window(
    open_window: OpenWindow, person: Person, near: list[Station]
) -> None:
    person.registered().keeps(near[0]["id"])
    visit = signed_in(without_map(open_window(PHONE)), person)
    page = visit.go(FAVORITES)
    expect(rows(page)).to_have_count(1)
    assert all(kept(page).values())
    other = visit.context.new_page()
    other.goto(f"{visit.server}/{FAVORITES}")
    expect(rows(other)).to_have_count(1)
    page.get_by_role("button", name="Your account").click()
    expect(dialog_of(page)).to_contain_text(f"Signed in as {person.name}, {person.email}")
    dialog_of(page).get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    expect(other.get_by_text("That takes an account.")).to_be_visible()
    assert not any(kept(page).values())
    assert visit.context.cookies() == []


def test_what_is_refused_is_said_where_it_belongs(
    open_window: OpenWindow, person: Person, near: list[Station]
) -> None:
    person.registered()
    visit = without_map(open_window())
    page = visit.go(PARIS)
    page.get_by_role("button", name="Sign in").click()
    dialog = dialog_of(page)
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog.get_by_text("Please fill this in.")).to_have_count(2)
    sign_in_by_hand(page, person, "not-the-password")
    expect(field_of(page, "Password")).to_be_focused()
    expect(dialog).to_contain_text("Name and password do not belong together.")

    dialog.get_by_role("button", name="Create an account").click()
    fill_in(page, {"E-mail": "nobody", "Username": "x", "Password": "short"})
    expect(dialog).to_contain_text("This is no e-mail address.")
    expect(dialog).to_contain_text("At least 3 characters.")
    expect(dialog).to_contain_text("At least 8 characters.")
    fill_in(page, {"E-mail": person.email, "Username": person.name, "Password": PASSWORD})
    expect(dialog).to_contain_text("An account has this username or e-mail already.")

    dialog.get_by_role("button", name="Sign in").click()
    busy = {"status": 429, "headers": {"Retry-After": "7"}, "body": "{}"}
    page.route("**/api/v1/auth/token", lambda route: route.fulfill(**busy))
    sign_in_by_hand(page, person)
    expect(dialog.get_by_role("alert")).to_have_text(re.compile("Wait 7 seconds"))
    page.unroute("**/api/v1/auth/token")
    page.route("**/api/v1/auth/token", lambda route: route.abort())
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_have_text(re.compile("VoltWay does not answer"))
    page.unroute("**/api/v1/auth/token")
    sign_in_by_hand(page, person)
    expect(dialog).to_have_count(0)

    page.route("**/api/v1/favorites/*", lambda route: route.fulfill(status=503, body="{}"))
    star_of(page, near[0]).click()
    expect(page.get_by_text("cannot do this at the moment")).to_be_visible()
    expect(star_of(page, near[0])).to_have_attribute("aria-pressed", "false")
    page.unroute("**/api/v1/favorites/*")
    page.get_by_role("button", name="Try again").click()
    expect(star_of(page, near[0])).to_have_attribute("aria-pressed", "true")
    expect_complaints_of_the_network(visit)


def test_a_session_that_the_server_ended_is_said_and_can_be_begun_anew(
    open_window: OpenWindow, person: Person, near: list[Station]
) -> None:
    person.registered().keeps(near[0]["id"])
    visit = signed_in(without_map(open_window()), person)
    page = visit.go(FAVORITES)
    expect(rows(page)).to_have_count(1)
    token = kept(page)[KEPT[0]]
    # As if somebody had copied it: the second use ends the session.
    for _ in range(2):
        httpx2.post(f"{visit.server}/api/v1/auth/refresh", json={"refresh_token": token})
    as_if_seen_long_ago(visit)
    page.reload()
    expect(page.get_by_text("You are no longer signed in.")).to_be_visible()
    expect(page.get_by_text("That takes an account.")).to_be_visible()
    assert not any(kept(page).values())
    page.get_by_role("status").get_by_role("button", name="Sign in").click()
    sign_in_by_hand(page, person)
    expect(rows(page)).to_have_count(1)
    expect_complaints_of_the_network(visit)


def test_an_account_is_changed_taken_along_and_deleted(
    open_window: OpenWindow, person: Person
) -> None:
    person.registered()
    visit = signed_in(without_map(open_window()), person)
    page = visit.go(PARIS)
    page.get_by_role("button", name="Your account").click()
    dialog = dialog_of(page)
    with page.expect_download() as download:
        dialog.get_by_role("button", name="Download my data").click()
    exported = json.loads(Path(download.value.path()).read_text("utf-8"))
    assert exported["account"]["username"] == person.name

    dialog.get_by_text("Change the e-mail").first.click()
    field_of(page, "New e-mail").fill(f"new-{person.email}")
    fill_in(page, {"Current password": "not-the-password"})
    expect(dialog).to_contain_text("Name and password do not belong together.")
    fill_in(page, {"Current password": PASSWORD})
    expect(dialog).to_contain_text(f"Signed in as {person.name}, new-{person.email}")
    dialog.get_by_text("Change the e-mail").first.click()

    dialog.get_by_text("Change the password").first.click()
    look_at(page, "map-desk-account")
    fill_in(page, {"Current password": PASSWORD, "New password": NEW_PASSWORD})
    expect(page.get_by_text("Your password is changed.")).to_be_visible()
    page.get_by_role("button", name="Your account").click()
    dialog.get_by_text("Delete the account").click()
    fill_in(page, {"Current password": PASSWORD})
    expect(dialog).to_contain_text("Name and password do not belong together.")
    fill_in(page, {"Current password": NEW_PASSWORD})
    expect(page.get_by_text("Your account is deleted")).to_be_visible()
    assert not any(kept(page).values())
    with pytest.raises(httpx2.HTTPStatusError, match="401"):
        person.tokens(NEW_PASSWORD)
    expect_complaints_of_the_network(visit)
