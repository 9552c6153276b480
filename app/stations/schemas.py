"""Wire shapes: what the answers hold, for the documentation and for tests.

Answers are bytes joined from cards; these models describe them and never make one.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.stations.vocabulary import (
    Access,
    ConnectorFormat,
    ConnectorStandard,
    EvseStatus,
    Payment,
    PowerLevel,
    PowerType,
)

_EXAMPLE: dict[str, Any] = {
    "id": "irve:FRXXXP000001",
    "name": "Place de l'Hôtel de Ville",
    "address": {
        "street": "4 Place de l'Hôtel de Ville",
        "postal_code": "75004",
        "city": "Paris",
        "state": None,
    },
    "country": "FR",
    "latitude": 48.8566,
    "longitude": 2.3522,
    "operator": "Voltia",
    "access": "public",
    "open_24_7": True,
    "evse_count": 4,
    "available_count": 2,
    "status_updated_at": "2026-01-31T12:00:00Z",
    "max_power_kw": 150.0,
    "connectors": [{"standard": "IEC_62196_T2_COMBO", "max_power_kw": 150.0, "count": 4}],
    "source": "irve",
    "licence": "etalab-2.0",
    "attribution": "Base nationale des IRVE, Etalab",
    "updated_at": "2026-01-30T08:15:00Z",
    "synthetic": False,
    "distance_m": 412,
}


class Shape(BaseModel):
    """Base of the wire shapes: no member beyond those described."""

    model_config = ConfigDict(extra="forbid")


class Address(Shape):
    """Address parts, as far as the source has them."""

    street: str | None
    postal_code: str | None
    city: str | None
    state: str | None


class ConnectorGroup(Shape):
    """Connectors of equal standard and power, counted."""

    standard: ConnectorStandard | None = Field(description="`null`: a word nobody knows.")
    max_power_kw: float | None
    count: int = Field(ge=1)


class Facts(Shape):
    """What an item and a feature's properties share."""

    id: str = Field(description="Stable over re-imports and machines: `source:key`.")
    name: str | None
    address: Address
    country: str | None = Field(description="ISO 3166-1 alpha-2.")
    operator: str | None
    access: Access | None
    open_24_7: bool | None
    evse_count: int
    available_count: int | None = Field(
        description="Free EVSEs whose report is not stale; `null` where no report counts."
    )
    status_updated_at: AwareDatetime | None = Field(description="The newest report.")
    max_power_kw: float | None
    connectors: list[ConnectorGroup]
    source: str
    licence: str = Field(description="SPDX id where there is one; `unknown` where unstated.")
    attribution: str = Field(description="To be shown wherever the station is.")
    updated_at: AwareDatetime = Field(description="When the content last differed.")
    synthetic: bool = Field(description="Generated demo data, no real place.")
    distance_m: int | None = Field(
        None, description="Great-circle metres to the point or route; only with one."
    )
    along_m: int | None = Field(None, description="Metres along the route; only with one.")


class StationItem(Facts):
    """One station of a list."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    latitude: float
    longitude: float


class StationPage(Shape):
    """A page of stations."""

    items: list[StationItem]
    next_cursor: str | None = Field(description="For the next page; `null` on the last one.")


class PointGeometry(Shape):
    """A GeoJSON point: longitude, latitude."""

    type: Literal["Point"]
    coordinates: tuple[float, float]


class StationFeature(Shape):
    """One station as GeoJSON."""

    type: Literal["Feature"]
    id: str
    geometry: PointGeometry
    properties: Facts


class StationFeatures(Shape):
    """A page of stations as GeoJSON; `next_cursor` is a foreign member."""

    type: Literal["FeatureCollection"]
    features: list[StationFeature]
    next_cursor: str | None


class ClusterProperties(Shape):
    """What a cluster of two stations or more sums up."""

    cluster: Literal[True]
    count: int = Field(ge=2)
    max_power_kw: float | None
    available_count: int | None
    power_counts: list[int] = Field(
        description="Stations by strongest power: unknown, < 22 kW, < 50, < 150, from 150."
    )
    synthetic: bool = Field(description="Whether generated demo data is among them.")


class LoneProperties(Facts):
    """A station that stands alone in its cell."""

    cluster: Literal[False]
    count: Literal[1]


class ClusterFeature(Shape):
    """A cluster in the middle of its stations, or a station alone."""

    type: Literal["Feature"]
    id: str | None = Field(None, description="Of a station alone.")
    geometry: PointGeometry
    properties: ClusterProperties | LoneProperties


class ClusterFeatures(Shape):
    """The clusters of a box."""

    type: Literal["FeatureCollection"]
    features: list[ClusterFeature]


class ConnectorDetail(Shape):
    """One plug."""

    standard: ConnectorStandard | None
    source_word: str | None = Field(description="The source's word where `standard` is `null`.")
    format: ConnectorFormat | None
    power_type: PowerType | None
    max_power_kw: float | None
    max_voltage_v: int | None
    max_amperage_a: int | None


class EvseDetail(Shape):
    """A bay that charges one car at a time."""

    uid: str
    evse_id: str | None = Field(description="The public eMI3 id, where there is one.")
    status: EvseStatus
    status_reason: Literal["not-reported", "stale"] | None = Field(
        description="Why the status is unknown although the station is known."
    )
    status_updated_at: AwareDatetime | None
    power_level: PowerLevel | None
    connectors: list[ConnectorDetail]


class StationDetail(Shape):
    """One station, whole."""

    id: str
    name: str | None
    address: Address
    country: str | None
    latitude: float
    longitude: float
    time_zone: str | None = Field(description="IANA name, from the coordinates.")
    operator: str | None
    access: Access | None
    open_24_7: bool | None
    opening_hours: str | None = Field(description="OSM `opening_hours` syntax.")
    opening_text: str | None = Field(description="The source's own words.")
    payments: list[Payment]
    price_text: str | None
    phone: str | None = Field(description="E.164 where it is a valid number.")
    url: str | None
    evse_count: int
    available_count: int | None
    status_updated_at: AwareDatetime | None
    max_power_kw: float | None
    evses: list[EvseDetail]
    source: str
    feed: str
    source_id: str
    source_url: str | None
    licence: str
    attribution: str
    synthetic: bool
    shown: bool = Field(description="Whether searches without `source=` show it.")
    same_place: list[str] = Field(description="Ids of other sources' stations of this place.")
    created_at: AwareDatetime
    updated_at: AwareDatetime
    source_updated_at: AwareDatetime | None
    last_verified_at: AwareDatetime | None = Field(description="Last import that had it.")


ANSWERS = (
    StationPage,
    StationFeatures,
    ClusterFeatures,
    StationDetail,
)
"""The shapes that routes name."""
