"""A station's content as the tuples that the tables take."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from app.db.moments import to_epoch_ms
from app.geo.band import band_of
from app.geo.zones import time_zone_at
from app.stations.draft import ConnectorDraft, EvseDraft, StationContent, StatusDraft
from app.stations.rank import static_rank
from app.stations.vocabulary import (
    Access,
    ConnectorFormat,
    ConnectorStandard,
    EvseStatus,
    PowerLevel,
    PowerType,
)
from app.stations.words import tokens

FIRST_VERSION = 1
"""Of a card."""


class FeedRow(NamedTuple):
    """One publisher's instance of a source, as far as its stations carry it."""

    id: int
    source: str
    name: str
    is_synthetic: bool = False


CONTENT_COLUMNS = (
    "name",
    "street",
    "postal_code",
    "city",
    "state",
    "country",
    "latitude",
    "longitude",
    "latitude_band",
    "operator_id",
    "access",
    "open_24_7",
    "opening_hours",
    "opening_text",
    "time_zone",
    "phone",
    "url",
    "price_text",
    "payments",
    "licence",
    "attribution",
    "source_url",
    "evse_count",
    "max_power_w",
    "static_rank",
    "search_tokens",
    "content_hash",
    "card_version",
    "updated_at",
)
"""Columns of ``station`` that a change of content sets."""

IDENTITY_COLUMNS = (
    "id",
    "public_id",
    "feed_id",
    "key",
    "place_id",
    "is_shown",
    "gone_at",
)
"""Columns of ``station`` that are set once, or by linking and vanishing."""

STATION_COLUMNS = (*IDENTITY_COLUMNS, *CONTENT_COLUMNS[:-1], "created_at", CONTENT_COLUMNS[-1])
"""All of them, in the table's order: a statement then takes the values as they stand."""

EVSE_COLUMNS = (
    "id",
    "station_id",
    "uid",
    "evse_id",
    "power_level",
    "status",
    "status_updated_at",
    "content_hash",
)

CONNECTOR_COLUMNS = (
    "id",
    "evse_id",
    "standard",
    "standard_word",
    "format",
    "power_type",
    "max_power_w",
    "max_voltage_v",
    "max_amperage_a",
)


_plain: dict[str | None, str | None] = {
    member: str(member.value)
    for words in (Access, ConnectorStandard, ConnectorFormat, PowerType, PowerLevel, EvseStatus)
    for member in words
} | {None: None}
"""Members of enums as plain text: the driver would ask each one how it wants to be stored."""


def search_tokens(content: StationContent) -> str:
    """The folded words that a text search finds a station by."""
    return tokens(
        content.name, content.operator, content.street, content.postal_code, content.city,
        content.state,
    )  # fmt: skip


def content_values(
    content: StationContent, *, digest: bytes, updated_at_ms: int
) -> tuple[Any, ...]:
    """Values of ``CONTENT_COLUMNS``, in their order, for a first version of the card.

    The operator's id is ``None``: only the database knows it.
    """
    max_power_w = strongest_w(content)
    return (
        content.name,
        content.street,
        content.postal_code,
        content.city,
        content.state,
        content.country,
        content.latitude,
        content.longitude,
        band_of(content.latitude),
        None,
        _plain[content.access],
        content.open_24_7,
        content.opening_hours,
        content.opening_text,
        time_zone_at(content.latitude, content.longitude),
        content.phone,
        content.url,
        content.price_text,
        " ".join(content.payments),
        content.licence,
        content.attribution,
        content.source_url,
        len(content.evses),
        max_power_w,
        static_rank(content, max_power_w),
        search_tokens(content),
        digest,
        FIRST_VERSION,
        updated_at_ms,
    )


def strongest_w(content: StationContent) -> int | None:
    """The greatest known power of a station's connectors, in W."""
    return max(
        (
            connector.max_power_w
            for evse in content.evses
            for connector in evse.connectors
            if connector.max_power_w is not None
        ),
        default=None,
    )


def evse_values(evse: EvseDraft, status: StatusDraft | None, digest: bytes) -> list[Any]:
    """Values of ``EVSE_COLUMNS``, in their order; the ids are to be set."""
    return [
        None,
        None,
        evse.uid,
        evse.evse_id,
        _plain[evse.power_level],
        _plain[status.status] if status else None,
        epoch_ms(status.observed_at) if status else None,
        digest,
    ]


def connector_values(connector: ConnectorDraft) -> list[Any]:
    """Values of ``CONNECTOR_COLUMNS``, in their order; the ids are to be set."""
    return [
        None,
        None,
        _plain[connector.standard],
        connector.standard_word,
        _plain[connector.format],
        _plain[connector.power_type],
        connector.max_power_w,
        connector.max_voltage_v,
        connector.max_amperage_a,
    ]


def epoch_ms(moment: datetime | None) -> int | None:
    """As the tables keep times; see ``db.moments``."""
    return None if moment is None else to_epoch_ms(moment)
