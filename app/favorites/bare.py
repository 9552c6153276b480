"""A favourite whose station has no card: told from its row alone, rather than not at all."""

from __future__ import annotations

from app.stations import cards
from app.stations.draft import StationContent
from app.stations.models import Station
from app.stations.vocabulary import Access


def card_of(station: Station, *, is_synthetic: bool) -> bytes:
    """A card of what the row says by itself: no operator, no EVSEs.

    ``voltway db check`` names such stations; the next import of one makes its card anew.
    """
    content = StationContent(
        key=station.key,
        latitude=station.latitude,
        longitude=station.longitude,
        licence=station.licence,
        attribution=station.attribution,
        name=station.name,
        street=station.street,
        postal_code=station.postal_code,
        city=station.city,
        state=station.state,
        country=station.country,
        access=Access(station.access) if station.access else None,
        open_24_7=station.open_24_7,
    )
    return cards.render(
        content,
        public_id=station.public_id,
        source=station.public_id.partition(":")[0],
        updated_at=station.updated_at,
        is_synthetic=is_synthetic,
    )
