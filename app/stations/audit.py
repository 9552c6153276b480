"""Does the catalogue agree with itself? What is stored twice, for speed, is compared."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.stations.models import Card, Connector, Evse, Station


class Finding(NamedTuple):
    """One way in which stations disagree with what is derived from them."""

    sentence: str
    station_count: int
    example: str
    """Public id of one of them."""


async def count_stations(session: AsyncSession) -> int:
    """Stations of all feeds, gone ones included."""
    return await session.scalar(select(func.count()).select_from(Station)) or 0


async def find_disagreements(session: AsyncSession) -> list[Finding]:
    """Compare every station with its card, its EVSEs, its connectors and its place.

    Returns:
        What was found; empty for a sound catalogue.

    Cost: one statement per kind, each of which reads the whole catalogue.
    """
    findings = []
    for sentence, statement in _comparisons():
        count, example = (await session.execute(statement)).one()
        if count:
            findings.append(Finding(sentence, count, example))
    return findings


def _comparisons() -> list[tuple[str, Select[int, str]]]:
    card = select(Card.version).where(Card.station_id == Station.id).scalar_subquery()
    evse_count = select(func.count()).where(Evse.station_id == Station.id).scalar_subquery()
    max_power_w = (
        select(func.max(Connector.max_power_w))
        .join(Evse, Evse.id == Connector.evse_id)
        .where(Evse.station_id == Station.id)
        .scalar_subquery()
    )
    other = Station.__table__.alias("other")
    place = exists().where(other.c.id == Station.place_id)
    shown_twin = exists().where(
        other.c.place_id == Station.place_id,
        other.c.id != Station.id,
        other.c.is_shown,
        other.c.gone_at.is_(None),
    )
    return [
        ("stations have no card", _those(card.is_(None))),
        ("stations have a card of another version", _those(card != Station.card_version)),
        ("stations count their EVSEs wrongly", _those(Station.evse_count != evse_count)),
        (
            "stations state another power than their strongest connector",
            _those(Station.max_power_w.is_distinct_from(max_power_w)),
        ),
        ("stations belong to a place that does not exist", _those(~place)),
        (
            "stations are shown beside another of the same place",
            _those(Station.is_shown & Station.gone_at.is_(None) & shown_twin),
        ),
    ]


def _those(condition: ColumnElement[bool]) -> Select[int, str]:
    return select(func.count(), func.min(Station.public_id)).where(condition)
