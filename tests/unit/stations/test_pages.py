"""Pages written from columns: the same bytes as their stations one by one."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import numpy as np
import pytest

from app.stations.answers import page_body
from app.stations.cards import Found, as_json, render
from app.stations.criteria import Criteria
from app.stations.draft import StationContent
from app.stations.finding import Listed, with_cards
from app.stations.index.ranking import Hits
from app.stations.index.search import Floats
from app.web.formats import Form

METRES = np.array([0.5, 1.5, 99.6, 20_015_114.4])


def card(number: int) -> bytes:
    return render(
        StationContent(str(number), 45.7, 4.8, "etalab-2.0", "x", name=f"Quai {number},"),
        public_id=f"irve:{number}",
        source="irve",
        updated_at=datetime(2026, 1, 31, 12, tzinfo=UTC),
        is_synthetic=False,
    )


CARDS = [card(number) for number in range(4)]


def hits(distances_m: Floats | None = None, along_m: Floats | None = None) -> Hits:
    return Hits(
        ids=np.arange(4),
        card_versions=np.ones(4, np.uint32),
        available=np.array([-1, 0, 3, 0], np.int16),
        reported=np.array([0, 0, 1_780_000_000, 1_780_000_060], np.uint32),
        distances_m=distances_m,
        along_m=along_m,
        keys=[],
    )


def page(listed: Listed, next_cursor: str | None = None) -> bytes:
    return page_body(Form.JSON, listed, next_cursor, Criteria())


@pytest.mark.parametrize("measured", [(), (METRES,), (METRES, METRES[::-1])], ids=len)
def test_a_page_has_its_items_one_by_one(measured: tuple[Floats, ...]) -> None:
    listed = with_cards(hits(*measured), slice(0, 4), CARDS)
    items = b",".join(map(as_json, listed.each()))
    assert page(listed, "next") == b'{"items":[%b],"next_cursor":"next"}' % items


def test_each_station_has_what_is_true_of_it() -> None:
    found = with_cards(hits(METRES), slice(2, 4), CARDS[2:]).each()
    assert [one.station_id for one in found] == [2, 3]
    assert [one.volatile.available_count for one in found] == [3, 0]
    assert [one.distance_m for one in found] == METRES[2:].tolist()
    assert [one.along_m for one in found] == [None, None]


def test_a_station_without_a_card_is_left_out() -> None:
    listed = with_cards(hits(METRES), slice(1, 4), [CARDS[1], None, CARDS[3]])
    expected = [
        Found(one.station_id, one.body, one.volatile, one.distance_m, None)
        for one in with_cards(hits(METRES), slice(0, 4), CARDS).each()[1::2]
    ]
    assert listed.each() == expected
    assert [item["distance_m"] for item in json.loads(page(listed))["items"]] == [2, 20_015_114]


@pytest.mark.parametrize("cards", [[], [None]])
def test_a_page_may_be_empty(cards: list[bytes | None]) -> None:
    listed = with_cards(hits(METRES), slice(0, len(cards)), cards)
    assert page(listed) == b'{"items":[],"next_cursor":null}'
    assert listed.each() == []
