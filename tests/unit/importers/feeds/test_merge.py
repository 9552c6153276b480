"""One station from several rows."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from app.importers.feeds._merge import merge_drafts
from app.stations.draft import (
    ConnectorDraft,
    EvseDraft,
    StationContent,
    StationDraft,
    StatusDraft,
)
from app.stations.vocabulary import ConnectorStandard, EvseStatus

CHADEMO = (ConnectorDraft(ConnectorStandard.CHADEMO),)
TYPE_2 = (ConnectorDraft(ConnectorStandard.IEC_62196_T2),)


def draft(
    *evses: EvseDraft, day: int | None = None, name: str | None = None, city: str | None = None
) -> StationDraft:
    content = StationContent(
        key="k", latitude=1, longitude=2, licence="l", attribution="a", evses=evses,
        name=name, city=city,
    )  # fmt: skip
    return StationDraft(content, None if day is None else datetime(2024, 1, day, tzinfo=UTC))


def uids(merged: StationDraft) -> list[str]:
    return [evse.uid for evse in merged.content.evses]


def test_one_row_is_the_station() -> None:
    only = draft(EvseDraft("1"))
    assert merge_drafts([only]) is only


def test_bays_are_joined_and_facts_come_from_the_first_row_that_has_them() -> None:
    merged = merge_drafts(
        [draft(EvseDraft("1"), day=3, city="Lyon"), draft(EvseDraft("2"), day=5, name="Gare",
                                                          city="Paris")]
    )  # fmt: skip
    assert uids(merged) == ["1", "2"]
    assert (merged.content.name, merged.content.city) == ("Gare", "Lyon")
    assert merged.source_updated_at == datetime(2024, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("days", "expected"), [((1, 2), TYPE_2), ((2, 1), CHADEMO), ((None, None), CHADEMO)]
)
def test_the_newest_row_of_a_bay_wins(
    days: tuple[int | None, int | None], expected: tuple[ConnectorDraft, ...]
) -> None:
    merged = merge_drafts(
        [
            draft(EvseDraft("1", connectors=CHADEMO), day=days[0]),
            draft(EvseDraft("1", connectors=TYPE_2), day=days[1]),
        ]
    )
    assert merged.content.evses == (EvseDraft("1", connectors=expected),)


def test_unnamed_bays_stay_as_many_as_they_are_in_any_order_of_rows() -> None:
    rows = [
        draft(EvseDraft("~22kW", connectors=TYPE_2)),
        draft(EvseDraft("~22kW", connectors=TYPE_2)),
        draft(EvseDraft("~22kW", connectors=CHADEMO)),
        draft(EvseDraft("a")),
    ]
    merged = merge_drafts(rows)
    assert uids(merged) == ["a", "~22kW", "~22kW~2", "~22kW~3"]
    shuffler = random.Random(1)  # noqa: S311 - an order, no secret
    for _ in range(10):
        shuffler.shuffle(rows)
        assert merge_drafts(rows).content == merged.content


def test_the_newest_status_of_a_bay_wins() -> None:
    def status(day: int | None, word: EvseStatus) -> StatusDraft:
        return StatusDraft("1", word, None if day is None else datetime(2024, 1, day, tzinfo=UTC))

    first, second = draft(EvseDraft("1")), draft(EvseDraft("1"))
    rows = [
        StationDraft(first.content, None, (status(2, EvseStatus.CHARGING),)),
        StationDraft(second.content, None, (status(None, EvseStatus.BLOCKED),)),
        StationDraft(second.content, None, (status(3, EvseStatus.AVAILABLE),)),
    ]
    assert merge_drafts(rows).statuses == (status(3, EvseStatus.AVAILABLE),)
