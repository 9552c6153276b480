"""The columns of the United States' registry: CSV of all years, unit rows, API members."""

from __future__ import annotations

from typing import Any, NamedTuple

from app.importers.feeds._columns import Meanings


class Cells(NamedTuple):
    """One row, by our names; text from tables, JSON values else, ``None`` if missing."""

    fuel: Any
    name: Any
    street: Any
    city: Any
    state: Any
    postal_code: Any
    country: Any
    phone: Any
    status: Any
    access: Any
    access_groups: Any
    is_restricted: Any
    hours: Any
    cards: Any
    level1_count: Any
    level2_count: Any
    dc_fast_count: Any
    other_bays: Any
    network: Any
    network_url: Any
    plugs: Any
    price: Any
    latitude: Any
    longitude: Any
    updated_at: Any
    confirmed_at: Any
    j1772_count: Any
    j1772_power: Any
    ccs_count: Any
    ccs_power: Any
    chademo_count: Any
    chademo_power: Any
    j3400_count: Any
    j3400_power: Any
    j3271_count: Any
    j3271_power: Any


def _unit_fields() -> dict[str, tuple[str, ...]]:
    plugs = ("j1772", "ccs", "chademo", "j3400", "j3271")
    names = {"count": "connectorcount", "power": "poweroutput"}
    return {
        f"{plug}_{field}": (f"ev{plug}{name}",) for plug in plugs for field, name in names.items()
    }


MEANINGS = Meanings(
    fields={
        "fuel": ("fueltypecode", "fueltype"),
        "name": ("stationname",),
        "street": ("streetaddress", "address"),
        "city": ("city",),
        "state": ("state", "stateprovince"),
        "postal_code": ("zip", "zipcode", "postalcode"),
        "country": ("country",),
        "phone": ("stationphone",),
        "status": ("statuscode",),
        "access": ("accesscode",),
        "access_groups": ("groupswithaccesscode",),
        "is_restricted": ("restrictedaccess",),
        "hours": ("accessdaystime",),
        "cards": ("cardsaccepted",),
        "level1_count": ("evlevel1evsenum", "evlevel1count"),
        "level2_count": ("evlevel2evsenum", "evlevel2count"),
        "dc_fast_count": ("evdcfastnum", "evdcfastcount"),
        "other_bays": ("evotherevse", "evotherinfo"),
        "network": ("evnetwork",),
        "network_url": ("evnetworkweb",),
        "plugs": ("evconnectortypes", "evconnectortype"),
        "price": ("evpricing",),
        "latitude": ("latitude", "lat", "y"),
        "longitude": ("longitude", "lon", "lng", "x"),
        "updated_at": ("updatedat",),
        "confirmed_at": ("datelastconfirmed",),
        **_unit_fields(),
    },
    unused=frozenset(
        {
            "intersectiondirections", "plus4", "expecteddate", "geocodestatus", "ownertypecode",
            "federalagencyid", "federalagencyname", "federalagencycode", "federalagency",
            "opendate", "accessdetailcode", "facilitytype", "evonsiterenewablesource",
            "evrenewablesource", "nationalparkunitname", "npsunitname", "maximumvehicleclass",
            "evworkplacecharging", "fundingsources", "evchargingunits", "evnetworkids",
            "snapshotdate", "distance", "distancekm", "objectid", "fid",
        }
    ),
    unused_prefixes=("bd", "ng", "hy", "lpg", "e85", "cng", "lng", "rd", "nps", "id"),
)  # fmt: skip

NEEDED = frozenset({"fuel", "latitude", "longitude"})
SIGNATURE = NEEDED | {"name", "plugs"}
UNIT_FIELDS = frozenset(_unit_fields())


def speaks_english(name: str) -> bool:
    """Whether a column is not the French twin of another."""
    return not name.lower().endswith(("(french)", "_fr"))
