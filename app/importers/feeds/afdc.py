"""Alternative Fuels Data Center, the United States' and Canada's registry: CSV and API v1.

The mapping is told in ``docs/sources/afdc.md``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from app.importers.errors import LayoutNotUnderstood
from app.importers.feed import Reading
from app.importers.feeds import _afdc_bays as bays
from app.importers.feeds import _afdc_cells as read
from app.importers.feeds import _afdc_units as by_unit
from app.importers.feeds._afdc_columns import (
    MEANINGS,
    NEEDED,
    SIGNATURE,
    UNIT_FIELDS,
    Cells,
    speaks_english,
)
from app.importers.feeds._columns import (
    cells_reader,
    fold_name,
    is_header,
    match_columns,
    members,
    names_of,
)
from app.importers.feeds._fallback_key import fallback_key
from app.importers.feeds._merge import merge_drafts
from app.importers.parse.dates import parse_moment
from app.importers.parse.licences import ANY_PURPOSE
from app.importers.parse.links import parse_url
from app.importers.parse.numbers import parse_number
from app.importers.parse.phones import parse_phone
from app.importers.parse.text import clean_code, clean_text
from app.importers.parse.worded_hours import read_english_hours
from app.importers.row import Layout, Notes, Rejected, Row, Sample, Skipped
from app.stations.draft import (
    MAX_EVSES,
    EvseDraft,
    StationContent,
    StationDraft,
    StatusDraft,
)
from app.stations.vocabulary import Access, EvseStatus

_ATTRIBUTION = "Alternative Fuels Data Center, U.S. Department of Energy / NREL"
_STATION_PAGE = "https://afdc.energy.gov/stations#/station/"
_UNITS = "ev_charging_units"
_ID_NAME = re.compile(r"id\d*")
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class _Feed:
    """The registry as an importer's format; see ``importers.feed.Feed``."""

    source = "afdc"
    title = "Alternative Fuels Data Center"
    homepage_url: str | None = "https://afdc.energy.gov"
    licence = ANY_PURPOSE
    attribution = _ATTRIBUTION
    groups_rows = True
    territory: frozenset[str] | None = frozenset({"US", "CA", "PR", "VI", "GU", "AS", "MP"})

    def recognises(self, layout: Layout, sample: Sample) -> float:
        """The share of the signature's columns that are there, squared: half of them is little."""
        found = match_columns(_names(layout, sample), MEANINGS).by_field.keys()
        share = len(SIGNATURE & found) / len(SIGNATURE)
        return share * share

    def is_header(self, cells: Sequence[str]) -> bool:
        """Whether a line names the fuel and the coordinates."""
        return is_header(cells, MEANINGS, needed=NEEDED)

    def translator(self, layout: Layout, sample: Sample) -> Translator:
        """A translator for the columns of this input.

        Raises:
            LayoutNotUnderstood: There are no coordinates.
        """
        return Translator(layout, sample)


class Translator:
    """Reads stations, one a row, or charging units, some of which make a station."""

    def __init__(self, layout: Layout, sample: Sample) -> None:
        names = _names(layout, sample)
        matched = match_columns(names, MEANINGS)
        if not {"latitude", "longitude"} <= matched.by_field.keys():
            raise LayoutNotUnderstood("afdc", "columns of coordinates", ", ".join(names))
        self.notes = Notes(unmapped_columns=matched.unmapped)
        self._read = cells_reader(
            Cells._fields, Cells._make, matched.by_field, columns=layout.columns
        )
        self._id_column = _find_id_column(names, sample)
        self._is_by_unit = len(UNIT_FIELDS & matched.by_field.keys()) > 1

    def translate(self, row: Row) -> Reading:
        """What a row says; never raises for what it holds."""
        values = members(row.values)
        cells = self._read(values)
        state = read.read_state(cells.fuel, cells.status, cells.access_groups)
        if state.skipped is not None:
            return Skipped(state.skipped)
        latitude, longitude = parse_number(cells.latitude), parse_number(cells.longitude)
        if latitude is None or longitude is None:
            found = f"{cells.latitude!r}, {cells.longitude!r}"
            return Rejected("no-coordinates", f"latitude, longitude: {found}; degrees are needed")
        found_bays = self._find_bays(cells, values)
        if found_bays.too_many or len(found_bays.evses) > MAX_EVSES:
            count = found_bays.too_many or len(found_bays.evses)
            return Rejected("too-many-evses", f"{count} ports at one place; at most {MAX_EVSES}")
        self._note(cells, state, found_bays)
        updated_at = parse_moment(cells.updated_at) or parse_moment(
            cells.confirmed_at, day_first=False
        )
        content = self._content(cells, values, (latitude, longitude), found_bays.evses)
        return StationDraft(
            content,
            updated_at,
            _out_of_service(found_bays.evses, updated_at) if state.is_out_of_service else (),
        )

    def merge(self, drafts: Sequence[StationDraft]) -> StationDraft:
        """One station from its units; of rows that tell the whole station, the newest one."""
        if not self._is_by_unit:
            return max(reversed(drafts), key=lambda d: d.source_updated_at or _LONG_AGO)
        merged = merge_drafts(drafts)
        if not merged.statuses:
            return merged
        statuses = _out_of_service(merged.content.evses, merged.source_updated_at)
        return msgspec.structs.replace(merged, statuses=statuses)

    def _find_bays(self, cells: Cells, values: Mapping[str, Any]) -> bays.Bays:
        units = values.get(_UNITS)
        evses = by_unit.read_units(units) if isinstance(units, list) else ()
        if any(evse.connectors for evse in evses):
            return by_unit.with_unknown_words(evses)
        counts = cells.level1_count, cells.level2_count, cells.dc_fast_count
        if self._is_by_unit and (
            evses := by_unit.read_unit_row(*counts, *cells[_FIRST_UNIT_CELL:])
        ):
            return by_unit.with_unknown_words(evses)
        return bays.read_bays(cells.plugs, *counts, cells.other_bays)

    def _note(self, cells: Cells, state: read.State, found_bays: bays.Bays) -> None:
        notes = self.notes
        if state.unknown is not None:
            notes.unknown("status", state.unknown)
        for word, occurrences in found_bays.unknown_words:
            notes.unknown("connector", word, occurrences)
        for flag in found_bays.flags:
            notes.flags[flag] += 1
        for word in read.read_payments(cells.cards, cells.price)[1]:
            notes.unknown("payment", word)

    def _content(
        self,
        cells: Cells,
        values: Mapping[str, Any],
        position: tuple[float, float],
        evses: tuple[EvseDraft, ...],
    ) -> StationContent:
        latitude, longitude = position
        name, street = clean_text(cells.name), clean_text(cells.street)
        region = read.read_region(cells.postal_code, cells.state, cells.country)
        hours = read_english_hours(cells.hours)
        number = clean_code(values.get(self._id_column)) if self._id_column else None
        return StationContent(
            key=number or fallback_key(name, street, latitude=latitude, longitude=longitude),
            latitude=latitude,
            longitude=longitude,
            licence=ANY_PURPOSE,
            attribution=_ATTRIBUTION,
            evses=evses,
            name=name,
            street=street,
            postal_code=region.postal_code,
            city=clean_text(cells.city),
            state=region.state,
            country=region.country,
            operator=read.read_network(cells.network),
            access=self._access(cells),
            open_24_7=hours.open_24_7,
            opening_hours=hours.opening_hours,
            opening_text=hours.text,
            phone=parse_phone(cells.phone, region.country),
            url=parse_url(cells.network_url),
            price_text=clean_text(cells.price),
            payments=read.read_payments(cells.cards, cells.price)[0],
            source_url=f"{_STATION_PAGE}{number}" if number and number.isdigit() else None,
        )

    def _access(self, cells: Cells) -> Access | None:
        access, unknown = read.read_access(
            cells.access, cells.access_groups, cells.is_restricted, cells.hours
        )
        if access is Access.PRIVATE:
            self.notes.flags["access-private"] += 1
        if unknown is not None:
            self.notes.unknown("access", unknown)
        return access


_FIRST_UNIT_CELL = Cells._fields.index("j1772_count")


def _names(layout: Layout, sample: Sample) -> tuple[str, ...]:
    return tuple(filter(speaks_english, names_of(layout, sample)))


def _find_id_column(names: Sequence[str], sample: Sample) -> str | None:
    """The column named ``ID`` with the most distinct numbers: some files have two."""
    candidates = [name for name in names if _ID_NAME.fullmatch(fold_name(name))]

    def numbers(name: str) -> int:
        cells = (clean_code(members(row.values).get(name)) for row in sample)
        return len({cell for cell in cells if cell and cell.isdigit()})

    return max(candidates, key=numbers, default=None)


def _out_of_service(
    evses: tuple[EvseDraft, ...], observed_at: datetime | None
) -> tuple[StatusDraft, ...]:
    return tuple(StatusDraft(evse.uid, EvseStatus.INOPERATIVE, observed_at) for evse in evses)


FEED = _Feed()
