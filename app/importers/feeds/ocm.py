"""Open Charge Map: API answers (verbose, compact, camelCase, CSV) and MongoDB export lines.

The mapping is told in ``docs/sources/ocm.md``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from app.importers.errors import LayoutNotUnderstood
from app.importers.feed import Reading
from app.importers.feeds import _bays as bays
from app.importers.feeds._json import identifier, members, number_of, whole
from app.importers.feeds._merge import merge_drafts
from app.importers.feeds._ocm_names import as_served
from app.importers.feeds._ocm_plugs import Place, read_place
from app.importers.feeds._ocm_provider import ATTRIBUTION, attribution_of, licence_of
from app.importers.feeds._ocm_tables import is_flat, unflattener, unmapped
from app.importers.feeds._ocm_words import (
    COUNTRIES,
    GONE,
    NOT_OPERATIONAL,
    PLANNED,
    PRIVATE_PERSON,
    PUBLISHED,
    SILENT_STATES,
    STATES,
    UNKNOWN_OPERATOR,
    USES,
    Use,
)
from app.importers.parse.countries import alpha2
from app.importers.parse.dates import parse_moment
from app.importers.parse.licences import UNKNOWN
from app.importers.parse.links import parse_url
from app.importers.parse.numbers import parse_number
from app.importers.parse.phones import parse_phone
from app.importers.parse.text import clean_text
from app.importers.parse.worded_hours import read_english_hours
from app.importers.row import Layout, Notes, Rejected, Row, Sample, Skipped
from app.stations.draft import EvseDraft, StationContent, StationDraft, StatusDraft
from app.stations.vocabulary import Access, Payment, PowerLevel

_FREE = re.compile(r"(?:free|gratis|gratuit|kostenlos)(?:\W.*\bparking\b.*)?", re.IGNORECASE)


_LEVELS_UPWARDS = list(PowerLevel)


class _Feed:
    """Open Charge Map as an importer's format; see ``importers.feed.Feed``."""

    source = "ocm"
    title = "Open Charge Map"
    homepage_url: str | None = "https://openchargemap.org"
    licence = UNKNOWN
    attribution = ATTRIBUTION
    groups_rows = False
    territory: frozenset[str] | None = None

    def recognises(self, layout: Layout, sample: Sample) -> float:
        """Sure where objects have an ``AddressInfo`` and connections or a provider."""
        if layout.columns:
            return 1.0 if is_flat(layout.columns) else 0.0
        if not sample:
            return 0.0
        fitting = sum(1 for row in sample if _is_poi(as_served(row.values)))
        return fitting / len(sample)

    def is_header(self, cells: Sequence[str]) -> bool:
        """The header of a table names the number, and the place with its title."""
        return is_flat(cells)

    def translator(self, layout: Layout, sample: Sample) -> Translator:
        """A translator for any of the forms.

        Raises:
            LayoutNotUnderstood: It is a table without the columns of a place.
        """
        del sample
        return Translator(layout.columns)


class Translator:
    """Reads points of interest, one a row."""

    def __init__(self, columns: Sequence[str] = ()) -> None:
        if columns and not is_flat(columns):
            raise LayoutNotUnderstood("ocm", "columns of a place", ", ".join(columns))
        self.notes = Notes(unmapped_columns=unmapped(columns))
        self._as_served = unflattener(columns) if columns else as_served

    def translate(self, row: Row) -> Reading:
        """What a point of interest says; never raises for what it holds."""
        poi = self._as_served(row.values)
        key = identifier(poi.get("ID"))
        if key is None:
            return Rejected("no-key", "ID is missing; every point of interest has a number")
        rule = _rule_against(poi)
        if rule is not None:
            return Skipped(rule)
        address = members(poi.get("AddressInfo"))
        latitude = parse_number(address.get("Latitude"))
        longitude = parse_number(address.get("Longitude"))
        if latitude is None or longitude is None:
            found = f"{address.get('Latitude')!r}, {address.get('Longitude')!r}"
            return Rejected("no-coordinates", f"Latitude, Longitude: {found}; degrees are needed")
        place = read_place(poi, self.notes)
        if bays.is_too_many(place.plugs, place.bays):
            return Rejected("too-many-evses", f"{place.bays} charging points at one place")
        return self._station(poi, key, (latitude, longitude), place)

    def merge(self, drafts: Sequence[StationDraft]) -> StationDraft:
        """One station from rows with the same number."""
        return merge_drafts(drafts)

    def _station(
        self,
        poi: Mapping[str, Any],
        key: str,
        position: tuple[float, float],
        place: Place,
    ) -> StationDraft:
        address = members(poi.get("AddressInfo"))
        operator = members(poi.get("OperatorInfo"))
        country = _country(address)
        use = self._use(poi)
        cost = clean_text(poi.get("UsageCost"))
        hours = read_english_hours(address.get("AccessComments"))
        dealt = bays.deal(place.plugs, place.bays)
        changed_at = parse_moment(poi.get("DateLastStatusUpdate"))
        content = StationContent(
            key=key,
            latitude=position[0],
            longitude=position[1],
            licence=licence_of(poi),
            attribution=attribution_of(poi),
            evses=tuple(_evse(bay, hung, place) for bay, hung in enumerate(dealt, start=1)),
            name=clean_text(address.get("Title")),
            street=clean_text([address.get("AddressLine1"), address.get("AddressLine2")]),
            postal_code=clean_text(address.get("Postcode")),
            city=clean_text(address.get("Town")),
            state=clean_text(address.get("StateOrProvince")),
            country=country,
            operator=_operator(poi, operator),
            access=use.access,
            open_24_7=hours.open_24_7,
            opening_hours=hours.opening_hours,
            opening_text=hours.text,
            phone=_phone(address, operator, country),
            url=parse_url(address.get("RelatedURL")) or parse_url(operator.get("WebsiteURL")),
            price_text=cost,
            payments=_payments(use, cost),
            source_url=f"https://openchargemap.org/site/poi/details/{key}",
        )
        return StationDraft(content, changed_at, self._statuses(poi, dealt, place))

    def _use(self, poi: Mapping[str, Any]) -> Use:
        number = number_of(poi, "UsageType")
        if number is not None and number not in USES:
            self.notes.unknown("access", _title(poi, "UsageType") or str(number))
        use = USES.get(number or 0, USES[0])
        if use.access is Access.PRIVATE:
            self.notes.flags["access-private"] += 1
        return use

    def _statuses(
        self, poi: Mapping[str, Any], dealt: list[list[int]], place: Place
    ) -> tuple[StatusDraft, ...]:
        """A bay's state, where the place or all plugs of the bay have one and the same."""
        whole_place = number_of(poi, "StatusType")
        if whole_place is not None and whole_place not in STATES.keys() | SILENT_STATES:
            self.notes.unknown("status", _title(poi, "StatusType") or str(whole_place))
        if whole_place == NOT_OPERATIONAL:
            self.notes.flags["not-operational"] += 1
        observed_at = parse_moment(poi.get("DateLastStatusUpdate"))
        statuses = []
        for bay, hung in enumerate(dealt, start=1):
            states = {place.connections[position].state for position in hung}
            state = states.pop() if len(states) == 1 else None
            status = STATES.get(whole_place or 0) or STATES.get(state or 0)
            if status is not None:
                statuses.append(StatusDraft(str(bay), status, observed_at))
        return tuple(statuses)


def _evse(bay: int, hung: list[int], place: Place) -> EvseDraft:
    there = [place.connections[position] for position in hung]
    levels = [one.level for one in there if one.level is not None]
    has_power = any(one.connector.max_power_w for one in there)
    return EvseDraft(
        uid=str(bay),
        power_level=None if has_power else max(levels, key=_LEVELS_UPWARDS.index, default=None),
        connectors=tuple(one.connector for one in there),
    )


def _is_poi(poi: Mapping[str, Any]) -> bool:
    return isinstance(poi.get("AddressInfo"), Mapping) and not poi.keys().isdisjoint(
        {"Connections", "DataProviderID", "DataProvider", "SubmissionStatusTypeID"}
    )


def _title(thing: Mapping[str, Any], kind: str) -> str | None:
    return clean_text(members(thing.get(kind)).get("Title"))


def _rule_against(poi: Mapping[str, Any]) -> str | None:
    """The rule that leaves this point of interest out, if there is one."""
    submission = members(poi.get("SubmissionStatus"))
    number = whole(poi.get("SubmissionStatusTypeID", submission.get("ID")))
    if submission.get("IsLive") is False or (number is not None and number not in PUBLISHED):
        return "not-published"
    status = number_of(poi, "StatusType")
    if status in GONE:
        return "removed"
    if status == PLANNED:
        return "planned"
    operator = members(poi.get("OperatorInfo"))
    is_person = operator.get("IsPrivateIndividual") is True
    return "private-home" if is_person or _operator_number(poi) == PRIVATE_PERSON else None


def _operator_number(poi: Mapping[str, Any]) -> int | None:
    return whole(poi.get("OperatorID", members(poi.get("OperatorInfo")).get("ID")))


def _country(address: Mapping[str, Any]) -> str | None:
    country = members(address.get("Country"))
    number = number_of(address, "Country")
    return (
        alpha2(country.get("ISOCode")) or COUNTRIES.get(number or 0) or alpha2(country.get("Title"))
    )


def _operator(poi: Mapping[str, Any], operator: Mapping[str, Any]) -> str | None:
    is_unknown = _operator_number(poi) == UNKNOWN_OPERATOR
    return None if is_unknown else clean_text(operator.get("Title"))


def _phone(
    address: Mapping[str, Any], operator: Mapping[str, Any], country: str | None
) -> str | None:
    """The place's own number, else the operator's if it works from every country."""
    for name in ("ContactTelephone1", "ContactTelephone2"):
        if phone := parse_phone(address.get(name), country):
            return phone
    central = parse_phone(operator.get("PhonePrimaryContact"), None)
    return central if central and central.startswith("+") else None


def _payments(use: Use, cost: str | None) -> tuple[Payment, ...]:
    is_free = cost is not None and _FREE.fullmatch(cost) is not None
    return tuple(sorted({*use.payments, Payment.FREE} if is_free else use.payments))


FEED = _Feed()
