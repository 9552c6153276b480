"""OCPI: Locations of versions 2.1.1 to 2.3, as an answer, its ``data`` alone, or an array.

The mapping is told in ``docs/sources/ocpi.md``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import unescape
from typing import Any

from app.importers.feed import Reading
from app.importers.feeds._columns import point_of
from app.importers.feeds._json import identifier, members, objects, whole
from app.importers.feeds._merge import merge_drafts
from app.importers.feeds._ocpi_evses import Evse, capabilities, is_for_customers, read_evses
from app.importers.feeds._ocpi_names import as_specified
from app.importers.feeds._ocpi_power import decide_unit
from app.importers.parse.countries import alpha2
from app.importers.parse.dates import parse_moment
from app.importers.parse.hours import Hours, hours_from_periods
from app.importers.parse.licences import UNKNOWN
from app.importers.parse.links import parse_url
from app.importers.parse.numbers import parse_number
from app.importers.parse.phones import parse_phone
from app.importers.parse.text import clean_text, parse_bool
from app.importers.row import Layout, Notes, Rejected, Row, Sample, Skipped
from app.stations.draft import StationContent, StationDraft
from app.stations.vocabulary import Access, Payment

_PAYMENTS: dict[str, tuple[Payment, ...]] = {
    "CHIP_CARD_SUPPORT": (Payment.CARD,),
    "CONTACTLESS_CARD_SUPPORT": (Payment.CARD,),
    "CREDIT_CARD_PAYABLE": (Payment.AD_HOC, Payment.CARD),
    "DEBIT_CARD_PAYABLE": (Payment.AD_HOC, Payment.CARD),
    "PED_TERMINAL": (Payment.AD_HOC, Payment.CARD),
    "REMOTE_START_STOP_CAPABLE": (Payment.APP,),
    "RFID_READER": (Payment.RFID,),
}
_SILENT_CAPABILITIES = frozenset(
    {
        "CHARGING_PROFILE_CAPABLE",
        "CHARGING_PREFERENCES_CAPABLE",
        "RESERVABLE",
        "START_SESSION_CONNECTOR_REQUIRED",
        "TOKEN_GROUP_CAPABLE",
        "UNLOCK_CAPABLE",
    }
)
_SUNDAY = 7


class _Feed:
    """OCPI as an importer's format; see ``importers.feed.Feed``."""

    source = "ocpi"
    title = "OCPI locations"
    homepage_url: str | None = None
    licence = UNKNOWN
    attribution = "The charge-point operators, through OCPI"
    groups_rows = True
    territory: frozenset[str] | None = None

    def recognises(self, layout: Layout, sample: Sample) -> float:
        """Sure where objects have coordinates with EVSEs or with an operator's party id."""
        if layout.columns or not sample:
            return 0.0
        return sum(1 for row in sample if _is_location(as_specified(row.values))) / len(sample)

    def is_header(self, cells: Sequence[str]) -> bool:
        """Never: the protocol knows no tables."""
        del cells
        return False

    def translator(self, layout: Layout, sample: Sample) -> Translator:
        """A translator that knows the unit of this feed's powers from its first rows."""
        del layout
        return Translator(sample)


class Translator:
    """Reads location objects, one a row."""

    def __init__(self, sample: Sample) -> None:
        self.notes = Notes()
        self._unit = decide_unit([as_specified(row.values) for row in sample])
        self.notes.remarks["power-unit"] = self._unit.remark

    def translate(self, row: Row) -> Reading:
        """What a location says; never raises for what it holds."""
        location = as_specified(row.values)
        if identifier(location.get("id")) is None:
            return Rejected("no-key", "id is missing; every location has one")
        if parse_bool(location.get("publish")) is False:
            return Skipped("not-published")
        evses = read_evses(location, self._unit, self.notes)
        if not evses:
            return Skipped("no-evses")
        position = _position(location)
        if position is None:
            found = location.get("coordinates")
            return Rejected("no-coordinates", f"coordinates: {str(found)[:200]}; degrees needed")
        return self._station(location, position, evses)

    def merge(self, drafts: Sequence[StationDraft]) -> StationDraft:
        """One station from rows with the same party and id."""
        return merge_drafts(drafts)

    def _station(
        self, location: Mapping[str, Any], position: tuple[float, float], evses: list[Evse]
    ) -> StationDraft:
        country = alpha2(location.get("country"))
        operator = _operator(location)
        hours = _hours(members(location.get("opening_times")))
        content = StationContent(
            key=_key(location),
            latitude=position[0],
            longitude=position[1],
            licence=UNKNOWN,
            attribution=operator or FEED.attribution,
            evses=tuple(evse.draft for evse in evses),
            name=_text(location.get("name")),
            street=_text(location.get("address")),
            postal_code=_text(location.get("postal_code")),
            city=_text(location.get("city")),
            state=_text(location.get("state")),
            country=country,
            operator=operator,
            access=_access(location),
            open_24_7=hours.open_24_7,
            opening_hours=hours.opening_hours,
            opening_text=hours.text,
            phone=parse_phone(location.get("help_phone"), country),
            url=parse_url(members(location.get("operator")).get("website")),
            payments=self._payments(location),
        )
        statuses = tuple(evse.status for evse in evses if evse.status is not None)
        return StationDraft(content, parse_moment(location.get("last_updated")), statuses)

    def _payments(self, location: Mapping[str, Any]) -> tuple[Payment, ...]:
        payments: set[Payment] = set()
        for word in capabilities(location):
            if word in _PAYMENTS:
                payments.update(_PAYMENTS[word])
            elif word not in _SILENT_CAPABILITIES:
                self.notes.unknown("capability", word)
        return tuple(sorted(payments))


def _is_location(values: Mapping[str, Any]) -> bool:
    has_place = isinstance(values.get("coordinates"), Mapping)
    return has_place and (
        isinstance(values.get("evses"), list) or {"country_code", "party_id"} <= values.keys()
    )


def _key(location: Mapping[str, Any]) -> str:
    """``LT-IGN-249``: ids are unique within a party only, and one feed may hold many."""
    number = identifier(location.get("id")) or ""
    country, party = _party(location)
    return f"{country}-{party}-{number}" if country and party else number


def _party(location: Mapping[str, Any]) -> tuple[str | None, str | None]:
    country = clean_text(location.get("country_code"))
    party = clean_text(location.get("party_id"))
    return country.upper() if country else None, party.upper() if party else None


def _position(location: Mapping[str, Any]) -> tuple[float, float] | None:
    """The location's coordinates, else those of its first EVSE that has any."""
    places = [location, *objects(location.get("evses"))]
    for place in places:
        point = point_of(place.get("coordinates"))
        if point is None:
            continue
        latitude, longitude = parse_number(point.latitude), parse_number(point.longitude)
        if latitude is not None and longitude is not None:
            return latitude, longitude
    return None


def _text(value: object) -> str | None:
    return clean_text(unescape(value) if isinstance(value, str) and "&" in value else value)


def _operator(location: Mapping[str, Any]) -> str | None:
    """Who runs it: the first business that has a name, else the party's ids."""
    for role in ("operator", "suboperator", "subOperator", "owner"):
        if name := _text(members(location.get(role)).get("name")):
            return name
    country, party = _party(location)
    return f"{country}*{party}" if country and party else None


def _access(location: Mapping[str, Any]) -> Access | None:
    if is_for_customers(location):
        return Access.RESTRICTED
    return Access.PUBLIC if parse_bool(location.get("publish")) else None


def _hours(opening_times: Mapping[str, Any]) -> Hours:
    periods = [
        (
            _weekday(period.get("weekday")),
            clean_text(period.get("period_begin")) or "",
            clean_text(period.get("period_end")) or "",
        )
        for period in objects(opening_times.get("regular_hours"))
    ]
    is_always = parse_bool(opening_times.get("twentyfourseven"))
    return hours_from_periods(periods, twentyfourseven=is_always)


def _weekday(value: object) -> int:
    """1 (Monday) to 7; some peers count Sunday as 0. What is no weekday is -1."""
    day = whole(value)
    return -1 if day is None else day or _SUNDAY


FEED = _Feed()
