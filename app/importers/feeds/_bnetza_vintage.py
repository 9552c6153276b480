"""Of what date an edition of the German register is: its rows do not say.

Two editions describe some devices differently; the newer one must win, in whatever order
they are imported.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from app.importers.parse.dates import parse_moment
from app.importers.row import Notes

_DATE = re.compile(r"\b\d{1,2}\.\d{1,2}\.\d{4}\b")


class Vintage:
    """Keeps ``notes.as_of``: the date above the header, else the newest commissioning.

    Commissionings to come are plans, or slips of the pen, and tell nothing.
    """

    def __init__(self, preamble: Sequence[str], notes: Notes) -> None:
        self._notes = notes
        self._today = datetime.now(UTC)
        stated = [self._past(found) for line in preamble for found in _DATE.findall(line)]
        self._is_stated = any(stated)
        if self._is_stated:
            self._keep(max(filter(None, stated)), "stated above the header")

    def saw(self, opened_on: object) -> None:
        """Take the day on which a device was commissioned into account."""
        if self._is_stated:
            return
        moment = self._past(opened_on)
        if moment is not None and (self._notes.as_of is None or moment > self._notes.as_of):
            self._keep(moment, "the newest commissioning, as none is stated")

    def _past(self, cell: object) -> datetime | None:
        moment = parse_moment(cell)
        return None if moment is None or moment > self._today else moment

    def _keep(self, moment: datetime, origin: str) -> None:
        self._notes.as_of = moment
        self._notes.remarks["as-of"] = f"{moment:%Y-%m-%d} ({origin})"
