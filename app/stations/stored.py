"""What is stored of some stations, and what therefore becomes of them; reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import BigInteger, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import Base
from app.stations.batch import Case, Stored, StoredEvse, judge, reconsider
from app.stations.models import Evse, Sighting, Station
from app.stations.offers import Offer, Outcome
from app.stations.records import FeedRow

_station, _evse, _sighting = (
    Base.metadata.tables[model.__tablename__] for model in (Station, Evse, Sighting)
)


async def look_up(
    session: AsyncSession,
    feed: FeedRow,
    offers: Sequence[Offer],
    *,
    is_whole_feed: bool,
) -> tuple[list[Case], defaultdict[int, dict[str, StoredEvse]]]:
    """What becomes of each offer, and the EVSEs of the stations that may change.

    Two statements for any number of offers; see ``intake.take`` for ``is_whole_feed``.
    """
    stored = await _find_stations(session, feed.id, [offer.key for offer in offers])
    cases = [judge(offer, stored.get(offer.key)) for offer in offers]
    stored_evses = await _find_evses(session, cases)
    if is_whole_feed:
        cases = [
            reconsider(case, stored_evses[case.stored.id])
            if case.stored and case.outcome is Outcome.OLDER
            else case
            for case in cases
        ]
    return cases, stored_evses


async def _find_stations(
    session: AsyncSession, feed_id: int, keys: Sequence[str]
) -> dict[str, Stored]:
    rows = await session.execute(
        select(
            _station.c.key,
            _station.c.id,
            _station.c.content_hash,
            _station.c.card_version,
            type_coerce(_station.c.gone_at, BigInteger),
            _station.c.search_tokens,
            type_coerce(_sighting.c.source_updated_at, BigInteger),
        )
        .outerjoin(_sighting, _sighting.c.station_id == _station.c.id)
        .where(_station.c.feed_id == feed_id, _station.c.key.in_(keys))
    )
    return {key: Stored(*values) for key, *values in rows}


async def _find_evses(
    session: AsyncSession, cases: Sequence[Case]
) -> defaultdict[int, dict[str, StoredEvse]]:
    """EVSEs by station id and uid, of the stations that may change or have statuses."""
    station_ids = [
        case.stored.id
        for case in cases
        if case.stored and (case.outcome is not Outcome.UNCHANGED or case.offer.statuses)
    ]
    found: defaultdict[int, dict[str, StoredEvse]] = defaultdict(dict)
    if station_ids:
        rows = await session.execute(
            select(
                _evse.c.station_id,
                _evse.c.uid,
                _evse.c.id,
                _evse.c.content_hash,
                _evse.c.status,
                type_coerce(_evse.c.status_updated_at, BigInteger),
            ).where(_evse.c.station_id.in_(station_ids))
        )
        for station_id, uid, *values in rows:
            found[station_id][uid] = StoredEvse(*values)
    return found
