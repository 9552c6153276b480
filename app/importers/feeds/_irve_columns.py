"""The columns of the French registry, over all versions of its schema since 2017."""

from __future__ import annotations

from typing import Any, NamedTuple

from app.importers.feeds._columns import Meanings


class StationCells(NamedTuple):
    """What a row says of the station; text from tables, any scalar from JSON, else ``None``."""

    developer: Any
    operator: Any
    phone: Any
    brand: Any
    station_id: Any
    local_station_id: Any
    station_name: Any
    address: Any
    postal_code: Any
    city: Any
    position: Any
    point: Any
    latitude: Any
    longitude: Any
    is_free: Any
    pays_per_use: Any
    takes_cards: Any
    pays_otherwise: Any
    payment_words: Any
    price: Any
    access: Any
    hours: Any


class BayCells(NamedTuple):
    """What a row says of the bay, and of itself."""

    bay_id: Any
    local_bay_id: Any
    power: Any
    is_domestic: Any
    is_type2: Any
    is_combo: Any
    is_chademo: Any
    is_other: Any
    plug_words: Any
    has_cable: Any
    is_for_two_wheelers: Any
    updated_at: Any


PLUG_CELLS = slice(BayCells._fields.index("power"), BayCells._fields.index("has_cable") + 1)
"""Of ``BayCells``, those that tell the plugs."""


MEANINGS = Meanings(
    fields={
        "developer": ("nomamenageur", "namenageur", "amenageur"),
        "operator": ("nomoperateur", "noperateur", "operateur"),
        "phone": ("telephoneoperateur", "teloperateur", "telephone"),
        "brand": ("nomenseigne", "nenseigne", "enseigne"),
        "station_id": ("idstationitinerance", "idstation", "identifiantstation"),
        "local_station_id": ("idstationlocal",),
        "station_name": ("nomstation", "nstation"),
        "address": ("adressestation", "adstation", "adresse"),
        "postal_code": ("consolidatedcodepostal", "codepostal", "cp"),
        "city": ("consolidatedcommune", "commune", "nomcommune", "ville"),
        "position": ("coordonneesxy", "coordonnees", "coordonneesgeographiques"),
        "point": ("geopoint2d", "geopoint", "geopointborne", "geolocalisation"),
        "latitude": ("consolidatedlatitude", "ylatitude", "latitude", "lat", "ylat", "y"),
        "longitude": (
            "consolidatedlongitude", "xlongitude", "longitude", "lon", "lng", "xlon", "x",
        ),
        "bay_id": ("idpdcitinerance", "idpdc", "identifiantpdc", "identifiantpointcharge"),
        "local_bay_id": ("idpdclocal",),
        "power": ("puissancenominale", "puissmax", "puissancemax", "puissance"),
        "is_domestic": ("prisetypeef",),
        "is_type2": ("prisetype2",),
        "is_combo": ("prisetypecomboccs", "prisetypecombo", "prisetypeccs"),
        "is_chademo": ("prisetypechademo",),
        "is_other": ("prisetypeautre",),
        "plug_words": ("typeprise", "typedeprise", "typesprise", "typeconnecteur", "prise"),
        "has_cable": ("cablet2attache", "cablet2"),
        "is_free": ("gratuit",),
        "pays_per_use": ("paiementacte",),
        "takes_cards": ("paiementcb",),
        "pays_otherwise": ("paiementautre",),
        "payment_words": ("accesrecharge",),
        "price": ("tarification",),
        "access": ("conditionacces",),
        "hours": ("horaires", "accessibilite"),
        "is_for_two_wheelers": ("stationdeuxroues",),
        "updated_at": ("datemaj", "datemisejour", "lastmodified"),
    },
    unused=frozenset(
        {
            "sirenamenageur", "contactamenageur", "contactoperateur", "implantationstation",
            "codeinseecommune", "codeinsee", "insee", "nbrepdc", "nbpdc", "nombrepointscharge",
            "reservation", "accessibilitepmr", "restrictiongabarit", "raccordement", "numpdl",
            "datemiseenservice", "observations", "observation", "source", "createdat",
            "lastmodified", "region", "departement", "coderegion", "codedepartement",
            "nomregion", "nomdepartement", "geoshape",
            "id", "objectid", "ident", "typologie", "infoscom",
        }
    ),
    unused_prefixes=("datagouv", "consolidated", "dataset", "resource"),
)  # fmt: skip

SIGNATURE = (
    frozenset({"station_id", "station_name"}),
    frozenset({"bay_id", "power", "plug_words"}),
    frozenset({"position", "point", "latitude"}),
    frozenset({"is_type2", "plug_words", "price", "access", "payment_words"}),
)
"""A layout is this registry's if each of these sets has a column."""
