"""Ladesäulenregister, the German register: one row per charging device, layouts 2017 to 2026.

The mapping is told in ``docs/sources/bnetza.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from app.importers.errors import LayoutNotUnderstood
from app.importers.feed import Reading
from app.importers.feeds import _bnetza_cells as read
from app.importers.feeds._bnetza_columns import (
    MEANINGS,
    MOST_BAYS,
    NEEDED,
    BayCells,
    Cells,
    bay_columns,
)
from app.importers.feeds._bnetza_vintage import Vintage
from app.importers.feeds._columns import cells_reader, is_header, match_columns, names_of
from app.importers.feeds._fallback_key import fallback_key
from app.importers.feeds._merge import UNNAMED, merge_drafts
from app.importers.parse.dates import parse_moment
from app.importers.parse.german_hours import read_german_hours
from app.importers.parse.hours import Hours
from app.importers.parse.numbers import parse_count, parse_number, parse_power_kw
from app.importers.parse.text import clean_code, clean_text
from app.importers.row import Layout, Notes, Rejected, Row, Sample, Skipped
from app.stations.draft import (
    MAX_EVSES,
    EvseDraft,
    StationContent,
    StationDraft,
    StatusDraft,
)
from app.stations.vocabulary import EvseStatus

_LICENCE = "CC-BY-4.0"
_ATTRIBUTION = "Ladesäulenregister, Bundesnetzagentur.de"


class _Feed:
    """The German register as an importer's format; see ``importers.feed.Feed``."""

    source = "bnetza"
    title = "Ladesäulenregister der Bundesnetzagentur"
    homepage_url: str | None = "https://www.bundesnetzagentur.de"
    licence = _LICENCE
    attribution = _ATTRIBUTION
    groups_rows = True
    territory: frozenset[str] | None = frozenset({"DE"})

    def recognises(self, layout: Layout, sample: Sample) -> float:
        """The share of the columns that every layout has, squared: half of them is little."""
        found = match_columns(names_of(layout, sample), MEANINGS).by_field.keys()
        share = len(NEEDED & found) / len(NEEDED)
        return share * share

    def is_header(self, cells: Sequence[str]) -> bool:
        """Whether a line names the columns that every layout has."""
        return is_header(cells, MEANINGS, needed=NEEDED)

    def translator(self, layout: Layout, sample: Sample) -> Translator:
        """A translator for the columns of this input.

        Raises:
            LayoutNotUnderstood: There are no coordinates.
        """
        return Translator(layout, sample)


class _Device(NamedTuple):
    """What names a device's charge points where the register does not."""

    opened_on: str
    power: str

    def uid(self, number: int) -> str:
        """Such as ``~20210722-44kW-1``; equal devices are numbered when rows are merged."""
        return f"{UNNAMED}{'-'.join(filter(None, (self.opened_on, self.power, str(number))))}"


class Translator:
    """Reads charging devices, one a row."""

    def __init__(self, layout: Layout, sample: Sample) -> None:
        names = names_of(layout, sample)
        matched = match_columns(names, MEANINGS)
        by_field = dict(matched.by_field)
        if not {"latitude", "longitude"} <= by_field.keys():
            raise LayoutNotUnderstood("bnetza", "columns of coordinates", ", ".join(names))
        self.notes = Notes(unmapped_columns=matched.unmapped)
        self._vintage = Vintage(layout.preamble, self.notes)
        self._read = cells_reader(Cells._fields, Cells._make, by_field, columns=layout.columns)
        self._bays = [
            cells_reader(BayCells._fields, BayCells._make, columns, columns=layout.columns)
            for number in range(1, MOST_BAYS + 1)
            if (columns := bay_columns(number, by_field))
        ]

    def translate(self, row: Row) -> Reading:
        """What a device's row says; never raises for what it holds."""
        cells = self._read(row.values)
        state = read.read_state(cells.status)
        if state.skipped is not None:
            return Skipped(state.skipped)
        latitude, longitude = parse_number(cells.latitude), parse_number(cells.longitude)
        if latitude is None or longitude is None:
            return Rejected(
                "no-coordinates",
                f"Breitengrad, Längengrad: {cells.latitude!r}, {cells.longitude!r};"
                " degrees are needed",
            )
        stated_bays = parse_count(cells.bay_count) or 0
        if stated_bays > MAX_EVSES:
            return Rejected("too-many-evses", f"{stated_bays} charge points at one device")
        if state.unknown is not None:
            self.notes.unknown("status", state.unknown)
        self._vintage.saw(cells.opened_on)
        evses = self._evses(row, cells, stated_bays)
        return StationDraft(
            self._content(cells, (latitude, longitude), evses),
            statuses=tuple(StatusDraft(e.uid, EvseStatus.INOPERATIVE, None) for e in evses)
            if state.is_out_of_service
            else (),
        )

    def merge(self, drafts: Sequence[StationDraft]) -> StationDraft:
        """One station from its devices."""
        return merge_drafts(drafts)

    def _content(
        self, cells: Cells, position: tuple[float, float], evses: tuple[EvseDraft, ...]
    ) -> StationContent:
        latitude, longitude = position
        operator = clean_text(cells.operator)
        address = read.read_address(
            cells.street,
            cells.house_number,
            cells.address_more,
            cells.address,
            cells.postal_code,
            cells.city,
            cells.postal_code_and_city,
        )
        hours = self._hours(cells)
        payments, unknown_payments = read.read_payments(cells.payments)
        access, unknown_parking = read.read_access(cells.parking)
        for word in unknown_payments:
            self.notes.unknown("payment", word)
        if unknown_parking is not None:
            self.notes.unknown("parking", unknown_parking)
        return StationContent(
            key=clean_code(cells.device_id)
            or fallback_key(
                operator,
                address.street,
                address.postal_code,
                latitude=latitude,
                longitude=longitude,
            ),
            latitude=latitude,
            longitude=longitude,
            licence=_LICENCE,
            attribution=_ATTRIBUTION,
            evses=evses,
            name=clean_text(cells.place_name) or clean_text(cells.display_name),
            street=address.street,
            postal_code=address.postal_code,
            city=address.city,
            state=clean_text(cells.state),
            country="DE",
            operator=operator,
            access=access,
            open_24_7=hours.open_24_7,
            opening_hours=hours.opening_hours,
            opening_text=hours.text,
            payments=payments,
        )

    def _hours(self, cells: Cells) -> Hours:
        return read_german_hours(cells.hours_kind, cells.hours_days, cells.hours_times)

    def _evses(self, row: Row, cells: Cells, stated_bays: int) -> tuple[EvseDraft, ...]:
        """The charge points with plugs, and those that are only counted."""
        has_id = clean_text(cells.device_id) is not None
        device = _Device(_day(cells.opened_on), _power(cells.device_power))
        evses: list[EvseDraft] = []
        for number, read_bay in enumerate(self._bays, start=1):
            bay = read_bay(row.values)
            plugs = read.read_plugs(bay.plugs, bay.power)
            if plugs is read.NO_PLUGS and number > stated_bays:
                continue
            for word in plugs.unknown_words:
                self.notes.unknown("connector", word)
            if plugs.unread_power is not None:
                self.notes.unknown("power", plugs.unread_power)
            if plugs.is_beyond_plug:
                self.notes.flags["power-beyond-plug"] += 1
            uid = str(number) if has_id else device.uid(number)
            evses.append(EvseDraft(uid, clean_text(bay.evse_id), None, plugs.connectors))
        evses += [
            EvseDraft(str(number) if has_id else device.uid(number))
            for number in range(len(self._bays) + 1, stated_bays + 1)
        ]
        if any(not evse.connectors for evse in evses):
            self.notes.flags["no-plug"] += 1
        return tuple(evses)


def _day(cell: object) -> str:
    moment = parse_moment(cell)
    return "" if moment is None else f"{moment:%Y%m%d}"


def _power(cell: object) -> str:
    power_kw = parse_power_kw(cell)
    return "" if power_kw is None else f"{power_kw:g}kW"


FEED = _Feed()
