"""One station from several rows that describe it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from app.stations.draft import EvseDraft, StationContent, StationDraft, StatusDraft

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_FACTS = tuple(name for name in StationContent.__struct_fields__ if name not in {"key", "evses"})


def merge_drafts(drafts: Sequence[StationDraft]) -> StationDraft:
    """One station from the drafts of one key, in file order.

    EVSEs are joined by ``uid`` (the row with the newest source date wins), statuses by the
    newest report; station facts come from the first row that has them.
    """
    first = drafts[0]
    if len(drafts) == 1:
        return first
    dates = [draft.source_updated_at for draft in drafts if draft.source_updated_at]
    facts: dict[str, Any] = {
        name: next((fact for draft in drafts if _says(fact := getattr(draft.content, name))), None)
        for name in _FACTS
    }
    known = {name: fact for name, fact in facts.items() if fact is not None}
    return StationDraft(
        content=msgspec.structs.replace(first.content, evses=_evses(drafts), **known),
        source_updated_at=max(dates, default=None),
        statuses=_statuses(drafts),
    )


def _says(fact: object) -> bool:
    return fact is not None and fact != ()


def _evses(drafts: Sequence[StationDraft]) -> tuple[EvseDraft, ...]:
    newest: dict[str, tuple[datetime, EvseDraft]] = {}
    for draft in drafts:
        date = draft.source_updated_at or _LONG_AGO
        for evse in draft.content.evses:
            held = newest.get(evse.uid)
            if held is None or date > held[0]:
                newest[evse.uid] = (date, evse)
    return tuple(evse for _, evse in newest.values())


def _statuses(drafts: Sequence[StationDraft]) -> tuple[StatusDraft, ...]:
    newest: dict[str, StatusDraft] = {}
    for draft in drafts:
        for status in draft.statuses:
            held = newest.get(status.evse_uid)
            if held is None or _date(status) > _date(held):
                newest[status.evse_uid] = status
    return tuple(newest.values())


def _date(status: StatusDraft) -> datetime:
    return status.observed_at or _LONG_AGO
