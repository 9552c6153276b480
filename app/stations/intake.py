"""Storing stations: rows, cards, text index and changes in one transaction, or nothing.

``take`` is called inside a write transaction with some hundreds of stations at a time; the
caller commits. What is equal to what is stored costs one look-up and moves no ``updated_at``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import count

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import Base
from app.db.dialects.base import Dialect
from app.db.moments import to_epoch_ms
from app.stations.batch import Batch, Case, Stored, StoredEvse, judge
from app.stations.draft import StationDraft
from app.stations.models import Evse, Feed, ImportRun, Sighting, Station
from app.stations.offers import Kept, Offer, Rows, whole_seconds_ms
from app.stations.records import FeedRow
from app.stations.stored import look_up
from app.stations.writing import intern_operators, write, write_changes
from app.utils.batch_ops import bulk_update

MAX_OFFERS = 2_000
"""Most stations of one call; 500 keep the write lock for about 50 ms."""

_station, _evse, _sighting = (
    Base.metadata.tables[model.__tablename__] for model in (Station, Evse, Sighting)
)


async def ensure_feed(
    session: AsyncSession,
    *,
    source: str,
    name: str,
    title: str,
    licence: str,
    attribution: str,
    homepage_url: str | None = None,
    is_synthetic: bool = False,
) -> FeedRow:
    """The feed of a source and name, made or brought up to date."""
    facts = {
        "title": title,
        "homepage_url": homepage_url,
        "licence": licence,
        "attribution": attribution,
        "is_synthetic": is_synthetic,
    }
    feed = await session.scalar(select(Feed).where(Feed.source == source, Feed.name == name))
    if feed is None:
        feed = Feed(source=source, name=name, **facts)
        session.add(feed)
    else:
        for column, value in facts.items():
            setattr(feed, column, value)
    await session.flush()
    return FeedRow(feed.id, source, name, is_synthetic)


async def is_empty(session: AsyncSession, feed: FeedRow) -> bool:
    """Whether nothing of a feed is stored, not even what is gone."""
    of_feed = select(_station.c.id).where(_station.c.feed_id == feed.id).limit(1)
    return await session.scalar(of_feed) is None


async def begin_run(session: AsyncSession, feed: FeedRow, *, origin: str, now: datetime) -> int:
    """Open a ledger row in state ``running``; its id is what ``take`` wants."""
    run = ImportRun(
        feed_id=feed.id,
        state="running",
        is_complete=False,
        origin=origin,
        started_at=now,
        rows_read=0,
        counts="{}",
    )
    session.add(run)
    await session.flush()
    return run.id


async def store(
    session: AsyncSession,
    dialect: Dialect,
    feed: FeedRow,
    run_id: int,
    drafts: Sequence[StationDraft],
    *,
    now: datetime,
    is_whole_feed: bool = False,
) -> list[Kept]:
    """Bring the stations of a feed to what drafts say; see ``take``."""
    offers = [Offer.of(draft) for draft in drafts]
    return await take(session, dialect, feed, run_id, offers, now=now, is_whole_feed=is_whole_feed)


async def take(
    session: AsyncSession,
    dialect: Dialect,
    feed: FeedRow,
    run_id: int,
    offers: Sequence[Offer],
    *,
    now: datetime,
    is_whole_feed: bool = False,
    are_all_new: bool = False,
) -> list[Kept]:
    """Bring the stations of a feed to what is offered, inside a write transaction.

    Args:
        session: Its transaction writes.
        dialect: The session's.
        feed: From ``ensure_feed``.
        run_id: From ``begin_run``.
        offers: At most ``MAX_OFFERS``, no two with the same key.
        now: Becomes ``created_at`` and ``updated_at``, cut to whole seconds, but for offers
            that come with their rows.
        is_whole_feed: The offers are part of all that there is, so an EVSE that a station
            lacks is gone even where its date is older (see ``batch.reconsider``).
        are_all_new: None of the keys is stored, as the caller knows: none is looked up.

    Returns:
        One ``Kept`` per offer, in their order.

    Raises:
        ValueError: Too many offers, or a key repeated among them.
        IntegrityError: A key is stored in spite of ``are_all_new``.

    Cost: some 15 statements for any number of offers; about 50 µs a new station with two
    EVSEs whose rows are there, 10 µs an unchanged one.
    """
    keys = {offer.key for offer in offers}
    if len(keys) != len(offers) or len(offers) > MAX_OFFERS:
        raise ValueError(
            f"an intake takes at most {MAX_OFFERS} stations with distinct keys,"
            f" not {len(offers)} with {len(keys)} keys"
        )
    if not offers:
        return []
    now_ms = whole_seconds_ms(now)
    stored_evses: dict[int, dict[str, StoredEvse]] = {}
    if are_all_new:
        cases = [judge(offer, None) for offer in offers]
    else:
        cases, stored_evses = await look_up(session, feed, offers, is_whole_feed=is_whole_feed)
    written = [(case, case.offer.ready(feed, now_ms)) for case in cases if case.is_written]
    new_stations = sum(case.stored is None for case in cases)
    new_evses = sum(_count_new(rows, case.stored, stored_evses) for case, rows in written)
    batch = Batch(
        feed,
        run_id,
        now_ms,
        operator_ids=await intern_operators(session, dialect, [rows for _, rows in written]),
        station_ids=iter(await dialect.allocate_ids(session, _station, new_stations)),
        evse_ids=iter(await dialect.allocate_ids(session, _evse, new_evses)),
    )
    kept = _put_all(batch, cases, stored_evses)
    await write(session, dialect, batch)
    return kept


def _count_new(
    rows: Rows, stored: Stored | None, stored_evses: Mapping[int, Mapping[str, StoredEvse]]
) -> int:
    """How many of a station's EVSEs are not stored yet."""
    if stored is None:
        return len(rows.evses)
    known = stored_evses[stored.id]
    return sum(uid not in known for uid in rows.evse_uids())


async def preview(
    session: AsyncSession,
    feed: FeedRow,
    offers: Sequence[Offer],
    *,
    is_whole_feed: bool = False,
) -> list[Kept]:
    """What ``take`` would come to, found by reading alone."""
    cases, stored_evses = await look_up(session, feed, offers, is_whole_feed=is_whole_feed)
    batch = Batch(
        feed,
        run_id=0,
        now_ms=0,
        operator_ids={},
        station_ids=count(1),
        evse_ids=count(1),
    )
    return _put_all(batch, cases, stored_evses)


def _put_all(
    batch: Batch, cases: Sequence[Case], stored_evses: dict[int, dict[str, StoredEvse]]
) -> list[Kept]:
    return [
        batch.put(case, stored_evses.get(case.stored.id, {}) if case.stored else {})
        for case in cases
    ]


async def mark_gone(
    session: AsyncSession, dialect: Dialect, feed: FeedRow, run_id: int, *, now: datetime
) -> int:
    """Mark the feed's stations gone that a run did not see; how many that were.

    Only for a complete pull that ended cleanly. Stations are kept, with their ids.
    """
    missing = (
        await session.execute(
            select(_station.c.id, _station.c.card_version)
            .join(_sighting, _sighting.c.station_id == _station.c.id)
            .where(
                _station.c.feed_id == feed.id,
                _station.c.gone_at.is_(None),
                _sighting.c.run_id != run_id,
            )
            .order_by(_station.c.id)
        )
    ).all()
    now_ms = to_epoch_ms(now)
    await dialect.update_rows(
        session, _station, ("gone_at",), "id", [(now_ms, row.id) for row in missing]
    )
    await write_changes(
        session, dialect, [("station", row.id, row.card_version, now_ms) for row in missing]
    )
    return len(missing)


async def set_complete(session: AsyncSession, run_id: int) -> None:
    """Note that a run was a complete pull."""
    await bulk_update(session, ImportRun, {"is_complete": True}, ImportRun.id == run_id)
