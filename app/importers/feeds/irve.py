"""IRVE, the French registry: one row per charge point, schema versions 1 and 2, CSV and JSON.

The mapping is told in ``docs/sources/irve.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from statistics import median

from app.importers.errors import LayoutNotUnderstood
from app.importers.feed import BayDraft, Reading
from app.importers.feeds import _irve_cells as read
from app.importers.feeds._columns import cells_reader, is_header, match_columns, names_of
from app.importers.feeds._fallback_key import fallback_key
from app.importers.feeds._irve_columns import (
    MEANINGS,
    PLUG_CELLS,
    SIGNATURE,
    BayCells,
    StationCells,
)
from app.importers.feeds._merge import UNNAMED, merge_drafts
from app.importers.parse.dates import parse_moment
from app.importers.parse.french_hours import read_french_hours
from app.importers.parse.numbers import parse_number, parse_power_kw
from app.importers.parse.phones import parse_phone
from app.importers.parse.text import clean_text, parse_bool
from app.importers.row import Layout, Notes, Rejected, Row, Sample
from app.stations.draft import EvseDraft, StationContent, StationDraft

_LICENCE = "etalab-2.0"
_ATTRIBUTION = "Base nationale des IRVE, transport.data.gouv.fr / data.gouv.fr"


class _Feed:
    """The French registry as an importer's format; see ``importers.feed.Feed``."""

    source = "irve"
    title = "Base nationale des IRVE"
    homepage_url: str | None = "https://transport.data.gouv.fr"
    licence = _LICENCE
    attribution = _ATTRIBUTION
    groups_rows = True
    territory: frozenset[str] | None = frozenset(
        {"FR", "GP", "MQ", "GF", "RE", "YT", "PM", "BL", "MF", "NC", "PF", "WF", "MC"}
    )

    def recognises(self, layout: Layout, sample: Sample) -> float:
        """The share of the signature's columns that are there, squared: half of them is little."""
        found = match_columns(names_of(layout, sample), MEANINGS).by_field.keys()
        share = sum(1 for fields in SIGNATURE if fields & found) / len(SIGNATURE)
        return share * share

    def is_header(self, cells: Sequence[str]) -> bool:
        """Whether a line names a station's id or name and its place."""
        return any(
            is_header(cells, MEANINGS, needed=frozenset({station, place}))
            for station in SIGNATURE[0]
            for place in SIGNATURE[2]
        )

    def translator(self, layout: Layout, sample: Sample) -> Translator:
        """A translator for the columns of this input.

        Raises:
            LayoutNotUnderstood: There are no coordinates, or nothing names a station.
        """
        return Translator(layout, sample)


class Translator:
    """Reads charge points, one a row."""

    def __init__(self, layout: Layout, sample: Sample) -> None:
        names = names_of(layout, sample)
        matched = match_columns(names, MEANINGS)
        by_field = matched.by_field
        has_pair = {"latitude", "longitude"} <= by_field.keys()
        if not has_pair and not {"position", "point"} & by_field.keys():
            raise LayoutNotUnderstood("irve", "column of coordinates", ", ".join(names))
        if not {"station_id", "local_station_id", "station_name", "address"} & by_field.keys():
            raise LayoutNotUnderstood("irve", "column that names a station", ", ".join(names))
        self.notes = Notes(unmapped_columns=matched.unmapped)
        self._station_cells = cells_reader(
            StationCells._fields, StationCells._make, by_field, columns=layout.columns
        )
        self._bay_cells = cells_reader(
            BayCells._fields, BayCells._make, by_field, columns=layout.columns
        )
        self._is_in_watts = self._find_power_unit(sample)

    def translate(self, row: Row) -> Reading:
        """What a charge point's row says; never raises for what it holds."""
        reading = self.read_bay(row)
        return reading.whole() if isinstance(reading, BayDraft) else reading

    def read_bay(self, row: Row) -> BayDraft | Rejected:
        """The same, the bay apart from its station."""
        cells = self._station_cells(row.values)
        station = _read_station(cells)
        if station is None:
            return Rejected(
                "no-coordinates",
                f"found {cells.position or cells.point!r}, {cells.latitude!r},"
                f" {cells.longitude!r}; longitude and latitude in degrees are needed",
            )
        unknown_access = read.read_access(cells.access)[1]
        if unknown_access is not None:
            self.notes.unknown("access", unknown_access)
        bay = self._bay_cells(row.values)
        if parse_bool(bay.is_for_two_wheelers):
            self.notes.flags["two-wheelers"] += 1
        updated_at = parse_moment(bay.updated_at)
        if updated_at is None and (words := clean_text(bay.updated_at)):
            self.notes.unknown("date", words)
        return BayDraft(station, self._evse(bay), updated_at)

    def merge(self, drafts: Sequence[StationDraft]) -> StationDraft:
        """One station from its charge points."""
        return merge_drafts(drafts)

    def _evse(self, cells: BayCells) -> EvseDraft:
        plugs = read.read_plugs(*cells[PLUG_CELLS], is_in_watts=self._is_in_watts)
        for flag in plugs.flags:
            self.notes.flags[flag] += 1
        for word in plugs.unknown_words:
            self.notes.unknown("connector", word)
        if plugs.unread_power is not None:
            self.notes.unknown("power", plugs.unread_power)
        evse_id = _without_stars(clean_text(cells.bay_id))
        uid = evse_id or clean_text(cells.local_bay_id) or f"{UNNAMED}{plugs.summary}"
        return EvseDraft(uid, evse_id, None, plugs.connectors)

    def _find_power_unit(self, sample: Sample) -> bool:
        """Whether this input gives power in W: its typical value is none that a bay has in kW."""
        cells = (self._bay_cells(row.values).power for row in sample)
        powers = [power for cell in cells if (power := parse_power_kw(cell))]
        if not powers:
            return False
        is_in_watts = median(powers) > read.MOST_KW
        unit = "W" if is_in_watts else "kW"
        self.notes.remarks["power-unit"] = f"{unit} (told from {len(powers):,} values)"
        return is_in_watts


@lru_cache(maxsize=2_048)
def _read_station(cells: StationCells) -> StationContent | None:
    """A station without its bays; ``None`` where it has no coordinates.

    Cached, since half of all rows repeat the station of a row that came shortly before.
    """
    position = _position(cells)
    if position is None:
        return None
    latitude, longitude = position
    name = clean_text(cells.station_name)
    address = read.read_address(cells.address, cells.postal_code, cells.city)
    hours = read_french_hours(cells.hours)
    return StationContent(
        key=_without_stars(clean_text(cells.station_id))
        or clean_text(cells.local_station_id)
        or fallback_key(name, address.street, address.city, latitude=latitude, longitude=longitude),
        latitude=latitude,
        longitude=longitude,
        licence=_LICENCE,
        attribution=_ATTRIBUTION,
        name=name,
        street=address.street,
        postal_code=address.postal_code,
        city=address.city,
        operator=read.read_operator(cells.operator, cells.brand, cells.developer),
        access=read.read_access(cells.access)[0],
        open_24_7=hours.open_24_7,
        opening_hours=hours.opening_hours,
        opening_text=hours.text,
        phone=parse_phone(cells.phone, "FR"),
        price_text=clean_text(cells.price),
        payments=read.read_payments(
            cells.is_free, cells.pays_per_use, cells.takes_cards, cells.payment_words
        ),
    )


def _without_stars(emi3_id: str | None) -> str | None:
    """``FR*LEC*P02`` is ``FRLECP02``: the years spell the same id with and without."""
    if emi3_id is not None and emi3_id[2:3] == "*":
        return emi3_id.replace("*", "")
    return emi3_id


def _position(cells: StationCells) -> tuple[float, float] | None:
    """Latitude and longitude; columns that are not in degrees are the last resort."""
    latitude, longitude = parse_number(cells.latitude), parse_number(cells.longitude)
    pair = None if latitude is None or longitude is None else (latitude, longitude)
    if pair is not None and abs(pair[0]) <= 90 and abs(pair[1]) <= 180:  # noqa: PLR2004 - degrees
        return pair
    return read.read_position(cells.position) or read.read_point(cells.point) or pair


FEED = _Feed()
