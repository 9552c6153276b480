"""What became of each row, from what became of its station."""

from __future__ import annotations

from collections.abc import Sequence

from app.stations.offers import Kept
from app.stations.offers import Outcome as StationOutcome

STORED, CHANGED, UNCHANGED = "stored", "changed", "unchanged"
MERGED, SKIPPED, REJECTED = "merged", "skipped", "rejected"

OUTCOMES = (STORED, CHANGED, UNCHANGED, MERGED, SKIPPED, REJECTED)
"""Every row read has exactly one of these."""

OLDER_THAN_STORED = "older-than-stored"


def settle(kept: Kept, row_uids: Sequence[Sequence[str]]) -> list[str]:
    """The outcome of each row that made up a station, in file order.

    * A new station: the first row is ``stored``, the others joined it: ``merged``.
    * The same as before: all are ``unchanged``.
    * Dated before what is stored: all are ``skipped``.
    * A changed one: a row with a changed EVSE is ``changed``, one that brings an EVSE is
      ``merged``, the others are ``unchanged``; where that leaves no ``changed`` row (the
      station's own facts differ, or an EVSE is gone), it is the first.

    Args:
        kept: What became of the station.
        row_uids: The EVSEs that each row describes, by uid.
    """
    match kept.outcome:
        case StationOutcome.STORED:
            return [STORED] + [MERGED] * (len(row_uids) - 1)
        case StationOutcome.UNCHANGED:
            return [UNCHANGED] * len(row_uids)
        case StationOutcome.OLDER:
            return [SKIPPED] * len(row_uids)
    outcomes = [_of_changed(kept, uids) for uids in row_uids]
    if CHANGED not in outcomes:
        outcomes[0] = CHANGED
    return outcomes


def _of_changed(kept: Kept, uids: Sequence[str]) -> str:
    if not kept.changed_uids.isdisjoint(uids):
        return CHANGED
    return UNCHANGED if kept.new_uids.isdisjoint(uids) else MERGED
