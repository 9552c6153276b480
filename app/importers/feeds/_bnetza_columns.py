"""The columns of the German register, over all of its layouts since 2017."""

from __future__ import annotations

from typing import Any, NamedTuple

from app.importers.feeds._columns import Meanings

MOST_BAYS = 12
"""Charge points that a layout may have columns for; six in 2026."""


class Cells(NamedTuple):
    """What a row says about the station, by our names; ``None`` where a layout has no column."""

    device_id: Any
    operator: Any
    display_name: Any
    status: Any
    bay_count: Any
    device_power: Any
    opened_on: Any
    street: Any
    house_number: Any
    address_more: Any
    address: Any
    postal_code: Any
    city: Any
    postal_code_and_city: Any
    state: Any
    latitude: Any
    longitude: Any
    place_name: Any
    parking: Any
    payments: Any
    hours_kind: Any
    hours_days: Any
    hours_times: Any


class BayCells(NamedTuple):
    """What a row says about one charge point."""

    plugs: Any
    power: Any
    evse_id: Any


_FIELDS = {
    "device_id": ("ladeeinrichtungsid", "ladeeinrichtungid"),
    "operator": ("betreiber", "betreibername"),
    "display_name": ("anzeigename",),
    "status": ("status",),
    "bay_count": ("anzahlladepunkte",),
    "device_power": (
        "nennleistungladeeinrichtung",
        "anschlussleistung",
        "anschlussleistungkw",
        "installierteleistung",
    ),
    "opened_on": ("inbetriebnahmedatum", "inbetriebnahme"),
    "street": ("strasse",),
    "house_number": ("hausnummer",),
    "address_more": ("adresszusatz",),
    "address": ("adresse",),
    "postal_code": ("postleitzahl", "plz"),
    "city": ("ort", "stadt"),
    "postal_code_and_city": ("postleitzahlort", "plzort"),
    "state": ("bundesland",),
    "latitude": ("breitengrad", "breite", "latitude", "lat", "y"),
    "longitude": ("langengrad", "laengengrad", "lange", "longitude", "lon", "lng", "x"),
    "place_name": ("standortbezeichnung",),
    "parking": ("informationenzumparkraum",),
    "payments": ("bezahlsysteme",),
    "hours_kind": ("offnungszeiten", "oeffnungszeiten"),
    "hours_days": ("offnungszeitenwochentage", "oeffnungszeitenwochentage"),
    "hours_times": ("offnungszeitentageszeiten", "oeffnungszeitentageszeiten"),
}


def _bay_fields(number: int) -> dict[str, tuple[str, ...]]:
    numbers = (str(number), "") if number == 1 else (str(number),)
    return {
        f"{field}{number}": tuple(name.format(n) for name in names for n in numbers)
        for field, names in {
            "plugs": ("steckertypen{}", "steckertyp{}"),
            "power": (
                "nennleistungstecker{}",
                "p{}",
                "p{}kw",
                "leistungstecker{}",
                "ladeleistung{}",
                "leistungladepunkt{}",
                "leistung{}",
            ),
            "evse_id": ("evseid{}",),
        }.items()
    }


_NUMBERS = range(1, MOST_BAYS + 1)

MEANINGS = Meanings(
    fields=_FIELDS | {k: v for number in _NUMBERS for k, v in _bay_fields(number).items()},
    unused=frozenset(
        {
            "artderladeeinrichtung", "artderladeeinrichung", "artladeeinrichtung",
            "normalladeeinrichtung", "kreiskreisfreiestadt", "landkreis", "objectid", "fid",
        }
    ),
    unused_prefixes=("publickey",),
)  # fmt: skip

NEEDED = frozenset({"operator", "latitude", "longitude", "plugs1"})
"""Columns that every layout has."""


def bay_columns(number: int, by_field: dict[str, str]) -> dict[str, str]:
    """The columns of one charge point by the names of ``BayCells``."""
    fields = {field: by_field.get(f"{field}{number}") for field in BayCells._fields}
    return {field: column for field, column in fields.items() if column is not None}
