"""Every row of a station has one outcome."""

from __future__ import annotations

import pytest

from app.importers.outcomes import settle
from app.stations.offers import Kept, Outcome

ROWS = [["a"], ["b"], ["c"]]


@pytest.mark.parametrize(
    ("kept", "outcomes"),
    [
        (Kept(Outcome.STORED), ["stored", "merged", "merged"]),
        (Kept(Outcome.UNCHANGED), ["unchanged"] * 3),
        (Kept(Outcome.OLDER), ["skipped"] * 3),
        (Kept(Outcome.CHANGED), ["changed", "unchanged", "unchanged"]),
        (
            Kept(Outcome.CHANGED, changed_uids=frozenset("b")),
            ["unchanged", "changed", "unchanged"],
        ),
        (
            Kept(Outcome.CHANGED, new_uids=frozenset("c")),
            ["changed", "unchanged", "merged"],
        ),
        (
            Kept(Outcome.CHANGED, new_uids=frozenset("a"), changed_uids=frozenset("c")),
            ["merged", "unchanged", "changed"],
        ),
    ],
)
def test_rows_follow_from_their_station(kept: Kept, outcomes: list[str]) -> None:
    assert settle(kept, ROWS) == outcomes
