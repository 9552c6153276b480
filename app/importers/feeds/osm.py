"""OpenStreetMap: charging stations from Overpass JSON, GeoJSON exports and Overpass tables.

The mapping is told in ``docs/sources/osm.md``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from app.geo.zones import country_at
from app.importers.feed import Reading
from app.importers.feeds import _bays as bays
from app.importers.feeds._merge import merge_drafts
from app.importers.feeds._osm_elements import Element, is_tabular, read_element
from app.importers.feeds._osm_sockets import Place, read_place
from app.importers.feeds._osm_words import ACCESSES, PAYMENTS, SILENT_ACCESSES, SILENT_PAYMENTS
from app.importers.parse.countries import alpha2
from app.importers.parse.dates import parse_moment
from app.importers.parse.hours import read_osm_hours
from app.importers.parse.links import parse_url
from app.importers.parse.phones import parse_phone
from app.importers.row import Layout, Notes, Rejected, Row, Sample, Skipped
from app.stations.draft import EvseDraft, StationContent, StationDraft
from app.stations.vocabulary import Access, Payment

_STATION = "charging_station"
_NO = frozenset({"no"})
_OUT_OF_USE = ("disused", "abandoned", "demolished", "removed", "razed", "was")
_NOT_YET = ("planned", "proposed", "construction")
_FOR_CARS = ("motorcar", "car", "motor_vehicle")
_EVSE_ID = re.compile(r"[A-Z]{2}\*?[A-Z0-9]{3}\*?E[A-Z0-9*]{1,30}")
_WAYS_TO_PAY = re.compile(r"(?:payment|authentication):([^:]+)")
_SILENT_FEES = frozenset({"yes", "no", "unknown"})


class _Feed:
    """OpenStreetMap as an importer's format; see ``importers.feed.Feed``."""

    source = "osm"
    title = "OpenStreetMap"
    homepage_url: str | None = "https://www.openstreetmap.org"
    licence = "ODbL-1.0"
    attribution = "© OpenStreetMap contributors"
    groups_rows = False
    territory: frozenset[str] | None = None

    def recognises(self, layout: Layout, sample: Sample) -> float:
        """Sure where rows are map elements, surer where they are charging stations."""
        if not sample or (layout.columns and not is_tabular(layout.columns)):
            return 0.0
        elements = [element for row in sample if (element := read_element(row.values))]
        named = sum(1 for element in elements if element.reference)
        stations = sum(1 for element in elements if _is_station(element.tags))
        # Behind a few stations may stand many nodes of their outlines.
        return max(0.6 * named, 0.3 * named + 0.7 * stations) / len(sample)

    def is_header(self, cells: Sequence[str]) -> bool:
        """A header names a position and tags that chargers have."""
        return is_tabular(cells)

    def translator(self, layout: Layout, sample: Sample) -> Translator:
        """A translator for any of the forms; none of them can lack what it needs."""
        del layout, sample
        return Translator()


class Translator:
    """Reads map elements, one a row."""

    def __init__(self) -> None:
        self.notes = Notes()

    def translate(self, row: Row) -> Reading:
        """What an element says; never raises for what it holds."""
        element = read_element(row.values)
        if element is None:
            return Rejected("not-understood", "this is no node, way, relation or GeoJSON feature")
        rule = _rule_against(element.tags)
        if rule is not None:
            return Skipped(rule)
        if element.latitude is None or element.longitude is None:
            return Rejected(
                "no-coordinates", "a node needs lat and lon, a way or relation center or geometry"
            )
        place = read_place(element.tags, self.notes)
        if bays.is_too_many(place.plugs, place.bays):
            return Rejected("too-many-evses", f"{place.bays} charging points at one place")
        return self._station(element, (element.latitude, element.longitude), place)

    def merge(self, drafts: Sequence[StationDraft]) -> StationDraft:
        """One station from rows of the same element."""
        return merge_drafts(drafts)

    def _station(
        self, element: Element, position: tuple[float, float], place: Place
    ) -> StationDraft:
        tags = element.tags
        country = alpha2(tags.get("addr:country"))
        hours = read_osm_hours(tags.get("opening_hours"))
        content = StationContent(
            key=element.reference or f"at/{position[0]:.5f},{position[1]:.5f}",
            latitude=position[0],
            longitude=position[1],
            licence=FEED.licence,
            attribution=FEED.attribution,
            evses=_evses(tags, place),
            name=_first(tags, "name", "name:en", "official_name", "branch", "brand"),
            street=_street(tags),
            postal_code=tags.get("addr:postcode"),
            city=_first(tags, "addr:city", "addr:town", "addr:village", "addr:place"),
            state=_first(tags, "addr:state", "addr:province"),
            country=country,
            operator=_first(tags, "operator", "network", "brand"),
            access=self._access(tags),
            open_24_7=hours.open_24_7,
            opening_hours=hours.opening_hours,
            opening_text=hours.text,
            phone=_phone(tags, country or country_at(*position)),
            url=parse_url(_first(tags, "website", "contact:website", "url")),
            price_text=_price(tags),
            payments=self._payments(tags),
            source_url=_link(element.reference),
        )
        return StationDraft(content, _changed_at(element))

    def _access(self, tags: Mapping[str, str]) -> Access | None:
        word = tags.get("access")
        if word is None or word in SILENT_ACCESSES:
            return None
        access = ACCESSES.get(word)
        if access is None:
            self.notes.unknown("access", word)
        elif access is Access.PRIVATE:
            self.notes.flags["access-private"] += 1
        return access

    def _payments(self, tags: Mapping[str, str]) -> tuple[Payment, ...]:
        payments: set[Payment] = set()
        for name, value in tags.items():
            way = _WAYS_TO_PAY.fullmatch(name)
            if way is None or value in _NO or way[1] in SILENT_PAYMENTS:
                continue
            payment = PAYMENTS.get(way[1])
            if payment is None:
                self.notes.unknown("payment", way[1])
            else:
                payments.add(payment)
        if tags.get("fee") == "no":
            payments.add(Payment.FREE)
        return tuple(sorted(payments))


def _is_station(tags: Mapping[str, str]) -> bool:
    return _STATION in (word.strip() for word in tags.get("amenity", "").split(";"))


def _rule_against(tags: Mapping[str, str]) -> str | None:
    """The rule that leaves this element out, if there is one."""
    if not _is_station(tags):
        return _former_or_future(tags) or "not-a-charging-station"
    if any(tags.get(state, "no") not in _NO for state in _OUT_OF_USE):
        return "disused"
    if any(tags.get(word) in _NO for word in _FOR_CARS):
        return "not-for-cars"
    is_swap = "only" in {
        tags.get("charging_station:battery_swapping"),
        tags.get("battery_swapping"),
    }
    return "battery-swapping" if is_swap else None


def _former_or_future(tags: Mapping[str, str]) -> str | None:
    for states, rule in ((_OUT_OF_USE, "disused"), (_NOT_YET, "planned")):
        if any(tags.get(f"{state}:amenity") == _STATION for state in states):
            return rule
    return None


def _evses(tags: Mapping[str, str], place: Place) -> tuple[EvseDraft, ...]:
    dealt = bays.deal(place.plugs, place.bays)
    ids = [text.strip() for text in re.split(r"[;,]", tags.get("ref:EU:EVSE", ""))]
    if len(ids) != len(dealt) or not all(map(_EVSE_ID.fullmatch, ids)):
        ids = []
    return tuple(
        EvseDraft(
            uid=str(bay),
            evse_id=ids[bay - 1] if ids else None,
            connectors=tuple(place.connectors[position] for position in hung),
        )
        for bay, hung in enumerate(dealt, start=1)
    )


def _first(tags: Mapping[str, str], *names: str) -> str | None:
    return next((tags[name] for name in names if name in tags), None)


def _street(tags: Mapping[str, str]) -> str | None:
    street, number = tags.get("addr:street"), tags.get("addr:housenumber")
    if street is None:
        return _first(tags, "addr:full", "address")
    return f"{street} {number}" if number else street


def _phone(tags: Mapping[str, str], country: str | None) -> str | None:
    text = _first(tags, "phone", "contact:phone", "contact:mobile", "mobile")
    return parse_phone(text.split(";")[0], country) if text else None


def _price(tags: Mapping[str, str]) -> str | None:
    fee = tags.get("fee")
    return _first(tags, "charge", "fee:conditional") or (None if fee in _SILENT_FEES else fee)


def _changed_at(element: Element) -> datetime | None:
    """The last edit; without it the day when somebody looked."""
    texts = (
        element.changed_at,
        element.tags.get("check_date"),
        element.tags.get("survey:date"),
    )
    return next((moment for text in texts if (moment := parse_moment(text))), None)


def _link(reference: str | None) -> str | None:
    return f"https://www.openstreetmap.org/{reference}" if reference else None


FEED = _Feed()
