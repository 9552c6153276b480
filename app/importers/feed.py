"""What a registry's module offers to the importer: recognition and translation, no I/O."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol, runtime_checkable

import msgspec

from app.importers.row import Layout, Notes, Rejected, Row, Sample, Skipped
from app.stations.draft import EvseDraft, StationContent, StationDraft

Reading = StationDraft | Skipped | Rejected
"""What one row says."""


class Translator(Protocol):
    """Reads the rows of one input; made for its layout."""

    notes: Notes

    def translate(self, row: Row) -> Reading:
        """What the row says, in canonical words; never raises for what a row holds."""
        ...

    def merge(self, drafts: Sequence[StationDraft]) -> StationDraft:
        """One station from several rows with the same key, in file order.

        The EVSEs are joined by ``uid`` (the row with the newest source date wins); station
        facts come from the first row that has them.
        """
        ...


class BayDraft(NamedTuple):
    """What a row says that describes one bay, and the station that it has in common with others."""

    station: StationContent
    """Without EVSEs; as a rule the same object for rows that say the same of it."""
    evse: EvseDraft
    source_updated_at: datetime | None

    def whole(self) -> StationDraft:
        """The station with this bay alone."""
        content = msgspec.structs.replace(self.station, evses=(self.evse,))
        return StationDraft(content, self.source_updated_at)


@runtime_checkable
class BayTranslator(Translator, Protocol):
    """Reads a registry with a row per bay: what rows have in common is gone through once."""

    def read_bay(self, row: Row) -> BayDraft | Skipped | Rejected:
        """As ``translate``, in parts."""
        ...


class Feed(Protocol):
    """One registry format."""

    source: str
    """The word on the command line and in ids: ``irve``."""
    title: str
    homepage_url: str | None
    licence: str
    """Licence of rows that state none themselves: an SPDX id where one exists."""
    attribution: str
    groups_rows: bool
    """Whether several rows may describe one station."""
    territory: frozenset[str] | None
    """Countries (ISO alpha-2) where its stations lie; ``None`` for the whole world."""

    def recognises(self, layout: Layout, sample: Sample) -> float:
        """How sure it is, 0…1, that the input is of this format."""
        ...

    def is_header(self, cells: Sequence[str]) -> bool:
        """Whether a line of a table is its header, behind any preamble; by meaning."""
        ...

    def translator(self, layout: Layout, sample: Sample) -> Translator:
        """A translator for an input of this layout.

        Raises:
            LayoutNotUnderstood: A column that no station can do without was not found.
        """
        ...
