"""What became of each row, from what became of its station."""

from __future__ import annotations

from collections.abc import Sequence

from app.stations.batch import Kept
from app.stations.batch import Outcome as StationOutcome
from app.stations.draft import StationDraft

STORED, CHANGED, UNCHANGED = "stored", "changed", "unchanged"
MERGED, SKIPPED, REJECTED = "merged", "skipped", "rejected"

OUTCOMES = (STORED, CHANGED, UNCHANGED, MERGED, SKIPPED, REJECTED)
"""Every row read has exactly one of these."""

OLDER_THAN_STORED = "older-than-stored"


def settle(kept: Kept, drafts: Sequence[StationDraft]) -> list[str]:
    """The outcome of each row that made up a station, in file order.

    * A new station: the first row is ``stored``, the others joined it: ``merged``.
    * The same as before: all are ``unchanged``.
    * Dated before what is stored: all are ``skipped``.
    * A changed one: a row with a changed EVSE is ``changed``, one that brings an EVSE is
      ``merged``, the others are ``unchanged``; where that leaves no ``changed`` row (the
      station's own facts differ, or an EVSE is gone), it is the first.
    """
    match kept.outcome:
        case StationOutcome.STORED:
            return [STORED] + [MERGED] * (len(drafts) - 1)
        case StationOutcome.UNCHANGED:
            return [UNCHANGED] * len(drafts)
        case StationOutcome.OLDER:
            return [SKIPPED] * len(drafts)
    outcomes = [_of_changed(kept, draft) for draft in drafts]
    if CHANGED not in outcomes:
        outcomes[0] = CHANGED
    return outcomes


def _of_changed(kept: Kept, draft: StationDraft) -> str:
    uids = [evse.uid for evse in draft.content.evses]
    if not kept.changed_uids.isdisjoint(uids):
        return CHANGED
    return UNCHANGED if kept.new_uids.isdisjoint(uids) else MERGED
