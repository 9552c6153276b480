"""Rows of a station come together, in memory or through temporary files."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.importers import grouping
from app.importers.grouping import Grouping, Packed, pack, pack_bay
from app.stations.draft import (
    ConnectorDraft,
    EvseDraft,
    StationContent,
    StationDraft,
    StatusDraft,
)
from app.stations.vocabulary import Access, ConnectorStandard, EvseStatus


def draft(key: str, number: int) -> StationDraft:
    connector = ConnectorDraft(ConnectorStandard.CHADEMO, max_power_w=50_000)
    content = StationContent(
        key=key, latitude=48.5, longitude=-2.25, licence="etalab-2.0", attribution="x",
        evses=(EvseDraft(f"E{number}", connectors=(connector,)),), access=Access.PUBLIC,
    )  # fmt: skip
    seen_at = datetime(2026, 1, 31, 12, tzinfo=UTC)
    return StationDraft(content, seen_at, (StatusDraft("E", EvseStatus.AVAILABLE, seen_at),))


def packed(one: StationDraft) -> Packed:
    return pack(one.content, one.source_updated_at, one.statuses)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from("abcdé"), max_size=40), st.sampled_from([1, 900, 1 << 20]))
def test_groups_have_all_rows_in_file_order(keys: list[str], max_held_bytes: int) -> None:
    with Grouping(max_held_bytes) as rows:
        for number, key in enumerate(keys, 1):
            rows.add(number, packed(draft(key, number)))
        found = list(rows.groups())
    assert [group.key for group in found] == sorted(set(keys))
    for group in found:
        assert group.row_numbers == [n for n, key in enumerate(keys, 1) if key == group.key]
        assert group.drafts == [draft(group.key, number) for number in group.row_numbers]


def test_too_many_rows_of_one_key_are_only_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grouping, "MAX_GROUP_ROWS", 3)
    with Grouping() as rows:
        for number in range(1, 6):
            rows.add(number, packed(draft("n/a", number)))
        (group,) = rows.groups()
    assert (group.row_numbers, group.drafts) == ([1, 2, 3, 4, 5], [])


def test_bays_come_back_with_the_station_that_they_have_in_common() -> None:
    whole = [draft("a", 1), draft("a", 2), draft("b", 3)]
    with Grouping() as rows:
        for number, one in enumerate(whole, 1):
            bare = msgspec.structs.replace(one.content, evses=())
            rows.add(number, pack_bay(pack(bare), one.content.evses[0], one.source_updated_at))
        found = [one for group in rows.groups() for one in group.drafts]
    assert found == [StationDraft(one.content, one.source_updated_at) for one in whole]


@pytest.mark.skipif(sys.platform != "linux", reason="counts open files in /proc")
def test_few_temporary_files_are_open_whatever_the_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grouping, "MAX_RUNS", 4)
    open_files = Path("/proc/self/fd")
    numbers = range(1, 39)
    with Grouping(max_held_bytes=1) as rows:
        before = len(list(open_files.iterdir()))
        for number in numbers:
            rows.add(number, packed(draft(f"K{number % 3}", number)))
        assert len(list(open_files.iterdir())) - before <= 38 // 4 + 4
        found = list(rows.groups())
    assert [(group.key, group.row_numbers) for group in found] == [
        (f"K{rest}", [number for number in numbers if number % 3 == rest]) for rest in range(3)
    ]
