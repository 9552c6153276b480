"""Filling the catalogue with the demo: a complete pull of a feed that is generated."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.dialects.base import Dialect, LockHeldError
from app.db.engine import Database
from app.db.moments import to_epoch_ms
from app.importers import ledger
from app.importers.errors import ImportBusy
from app.importers.feeds import demo, demo_weeks
from app.stations import counting
from app.stations.draft import StationDraft
from app.stations.intake import begin_run, ensure_feed, mark_gone, set_complete, store
from app.stations.models import ImportRun, Station
from app.stations.offers import Kept, Outcome
from app.stations.records import FeedRow
from app.stations.tally import Tally

CHUNK_SIZE = 500
"""Stations of one transaction: the write lock is held for about 50 ms."""


class Filling(NamedTuple):
    """What became of the demo's stations."""

    stations: int
    stored: int
    changed: int
    unchanged: int
    gone: int
    seconds: float


async def is_empty(database: Database) -> bool:
    """Whether the catalogue has no station, shown or not."""
    async with database.reads() as session:
        return await session.scalar(select(Station.id).limit(1)) is None


async def fill(
    database: Database,
    count: int,
    seed: int,
    *,
    on_progress: Callable[[int], None] | None = None,
) -> Filling:
    """Store the synthetic catalogue of a seed; its other stations are marked gone.

    The statuses are those of the six hours before the current hour: repeating it within
    the hour changes nothing, repeating it later renews the reports alone. New stations that
    report get the busy hours of some weeks before, synthetic like all of it.

    Args:
        database: Its schema must be the newest.
        count: How many stations.
        seed: See ``synthetic_stations``.
        on_progress: Called with the number of stations of each committed chunk.

    Raises:
        ImportBusy: Another process fills the demo now.

    Cost: about 100 µs a new station.
    """
    started_s = time.perf_counter()
    now = datetime.now(UTC)
    this_hour = now.replace(minute=0, second=0, microsecond=0)
    drafts = demo.synthetic_stations(count, seed, observed_at=this_hour)
    past = _Past(seed, this_hour - timedelta(weeks=demo_weeks.WEEKS))
    outcomes: Counter[Outcome] = Counter()
    try:
        async with database.dialect.exclusive(f"import:{demo.SOURCE}:{demo.SOURCE}"):
            feed, run_id = await _begin(database, count, seed, now)
            for chunk in _chunks(drafts):
                async with database.writes.begin() as session:
                    kept = await store(session, database.dialect, feed, run_id, chunk, now=now)
                    await past.give(session, database.dialect, feed, chunk, kept)
                outcomes.update(each.outcome for each in kept)
                if on_progress is not None:
                    on_progress(len(chunk))
            gone = await _end(database, feed, run_id, outcomes)
    except LockHeldError as error:
        raise ImportBusy(demo.SOURCE, demo.SOURCE) from error
    return Filling(
        stations=count,
        stored=outcomes[Outcome.STORED],
        changed=outcomes[Outcome.CHANGED],
        unchanged=outcomes[Outcome.UNCHANGED],
        gone=gone,
        seconds=round(time.perf_counter() - started_s, 3),
    )


def _chunks(drafts: Iterator[StationDraft]) -> Iterator[list[StationDraft]]:
    while chunk := list(islice(drafts, CHUNK_SIZE)):
        yield chunk


class _Past(NamedTuple):
    """Busy hours of before there was a catalogue, as if it had been there."""

    seed: int
    begin: datetime

    async def give(
        self,
        session: AsyncSession,
        dialect: Dialect,
        feed: FeedRow,
        drafts: Sequence[StationDraft],
        kept: Sequence[Kept],
    ) -> None:
        """To those stations that are new and report what their bays do."""
        new = {
            draft.content.key: draft.content
            for draft, outcome in zip(drafts, kept, strict=True)
            if draft.statuses and outcome.outcome is Outcome.STORED
        }
        if not new:
            return
        rows = await session.execute(
            select(Station.id, Station.key).where(Station.feed_id == feed.id, Station.key.in_(new))
        )
        since_ms = to_epoch_ms(self.begin)
        tallies = {
            row.id: Tally(since_ms, demo_weeks.busy_week(new[row.key], self.seed)) for row in rows
        }
        await counting.put(session, dialect, tallies)


async def _begin(database: Database, count: int, seed: int, now: datetime) -> tuple[FeedRow, int]:
    async with database.writes.begin() as session:
        feed = await ensure_feed(
            session,
            source=demo.SOURCE,
            name=demo.SOURCE,
            title=demo.TITLE,
            licence=demo.LICENCE,
            attribution=demo.ATTRIBUTION,
            is_synthetic=True,
        )
        await ledger.close_abandoned(session, feed, now)
        origin = f"voltway demo --stations {count} --seed {seed}"
        return feed, await begin_run(session, feed, origin=origin, now=now)


async def _end(database: Database, feed: FeedRow, run_id: int, outcomes: Counter[Outcome]) -> int:
    now = datetime.now(UTC)
    async with database.writes.begin() as session:
        gone = await mark_gone(session, database.dialect, feed, run_id, now=now)
        await set_complete(session, run_id)
        await session.execute(
            update(ImportRun)
            .where(ImportRun.id == run_id)
            .values(
                state=ledger.DONE,
                finished_at=now,
                rows_read=outcomes.total(),
                counts=json.dumps(outcomes),
            )
        )
    return gone
