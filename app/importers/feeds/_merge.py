"""One station from several rows that describe it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

import msgspec

from app.stations.draft import EvseDraft, StationContent, StationDraft, StatusDraft

UNNAMED = "~"
"""Begins the ``uid`` of a bay that its registry gives no name: what follows describes it."""

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_FACTS = tuple(name for name in StationContent.__struct_fields__ if name not in {"key", "evses"})
_facts = attrgetter(*_FACTS)


def merge_drafts(drafts: Sequence[StationDraft]) -> StationDraft:
    """One station from the drafts of one key, in file order.

    EVSEs are joined by ``uid`` (the row with the newest source date wins), statuses by the
    newest report; station facts come from the first row that has them. Unnamed bays are
    never joined: equal ones are numbered (``~22kW``, ``~22kW~2``), so that devices described
    alike stay as many as they are, in whatever order their rows come.
    """
    first = drafts[0]
    if len(drafts) == 1:
        return first
    dates = [draft.source_updated_at for draft in drafts if draft.source_updated_at]
    content, others = first.content, drafts[1:]
    facts: dict[str, Any] = {"evses": _evses(drafts)}
    for name, fact in zip(_FACTS, _facts(content), strict=True):
        if fact is None or fact == ():
            for other in others:
                found = getattr(other.content, name)
                if found is not None and found != ():
                    facts[name] = found
                    break
    return StationDraft(
        content=msgspec.structs.replace(content, **facts),
        source_updated_at=max(dates, default=None),
        statuses=_statuses(drafts),
    )


def _evses(drafts: Sequence[StationDraft]) -> tuple[EvseDraft, ...]:
    newest: dict[str, tuple[datetime, EvseDraft]] = {}
    unnamed: list[EvseDraft] = []
    for draft in drafts:
        date = draft.source_updated_at or _LONG_AGO
        for evse in draft.content.evses:
            if evse.uid.startswith(UNNAMED):
                unnamed.append(evse)
                continue
            held = newest.get(evse.uid)
            if held is None or date > held[0]:
                newest[evse.uid] = (date, evse)
    return (*(evse for _, evse in newest.values()), *_numbered(unnamed))


def _numbered(unnamed: list[EvseDraft]) -> list[EvseDraft]:
    """Bays that are described alike, told apart by a number from the second on."""
    counts: Counter[str] = Counter()
    numbered: list[EvseDraft] = []
    for evse in sorted(unnamed, key=_description):
        counts[evse.uid] += 1
        number = counts[evse.uid]
        uid = evse.uid if number == 1 else f"{evse.uid}~{number}"
        numbered.append(msgspec.structs.replace(evse, uid=uid))
    return numbered


def _description(evse: EvseDraft) -> tuple[str, str]:
    return evse.uid, repr(evse)


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
