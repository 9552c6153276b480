"""The ledger: what was imported when, what was rejected, which words were not known."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.importers.download import Validators
from app.importers.fetch import Location
from app.importers.report import Report
from app.importers.row import Notes
from app.stations.models import Feed, ImportRun, Station, UnknownWord
from app.stations.records import FeedRow
from app.utils.batch_ops import BatchOperations, bulk_update

MAX_WORD_CHARS = 200

RUNNING, DONE, FAILED, INTERRUPTED = "running", "done", "failed", "interrupted"


class Totals(NamedTuple):
    """What a feed has, without what is gone."""

    stations: int
    evses: int


async def find_feed(session: AsyncSession, source: str, name: str) -> FeedRow | None:
    """The feed, if it was ever imported."""
    feed = await session.scalar(select(Feed).where(Feed.source == source, Feed.name == name))
    return None if feed is None else FeedRow(feed.id, feed.source, feed.name, feed.is_synthetic)


class Known(NamedTuple):
    """What a server said about the version that was imported last."""

    source: str
    validators: Validators


async def find_known(
    session: AsyncSession, location: Location, source: str | None, name: str | None
) -> Known | None:
    """From the newest clean run over the same location into the same feed.

    Args:
        session: Only reads.
        location: What is about to be fetched.
        source: ``None`` while the format is still to be recognised.
        name: The feed's name; ``None`` for the source's own.
    """
    query = (
        select(ImportRun, Feed.source)
        .join(Feed, Feed.id == ImportRun.feed_id)
        .where(
            ImportRun.origin == location.origin,
            ImportRun.state == DONE,
            Feed.name == (Feed.source if name is None else name),
        )
        .order_by(ImportRun.id.desc())
        .limit(1)
    )
    if source is not None:
        query = query.where(Feed.source == source)
    found = (await session.execute(query)).one_or_none()
    if found is None:
        return None
    run, feed_source = found
    if json.loads(run.counts).get("location") != location.digest:
        return None
    return Known(feed_source, Validators(run.etag, run.last_modified))


async def close_abandoned(session: AsyncSession, feed: FeedRow, now: datetime) -> None:
    """Mark runs interrupted that a killed process left running; the feed's lock is held."""
    await bulk_update(
        session,
        ImportRun,
        {"state": INTERRUPTED, "finished_at": now},
        {"feed_id": feed.id, "state": RUNNING},
    )


async def rows_before(session: AsyncSession, feed: FeedRow) -> int:
    """Rows of the feed's last complete pull; of its largest clean run where none was."""
    clean = (ImportRun.feed_id == feed.id, ImportRun.state == DONE)
    last_complete = await session.scalar(
        select(ImportRun.rows_read)
        .where(*clean, ImportRun.is_complete)
        .order_by(ImportRun.id.desc())
        .limit(1)
    )
    if last_complete is not None:
        return last_complete
    return await session.scalar(select(func.max(ImportRun.rows_read)).where(*clean)) or 0


async def count_totals(session: AsyncSession, feed: FeedRow) -> Totals:
    """Stations and EVSEs of a feed; one scan of its stations."""
    row = (
        await session.execute(
            select(func.count(), func.coalesce(func.sum(Station.evse_count), 0)).where(
                Station.feed_id == feed.id, Station.gone_at.is_(None)
            )
        )
    ).one()
    return Totals(*row)


async def keep_unknown_words(
    session: AsyncSession, feed: FeedRow, run_id: int, notes: Notes
) -> None:
    """Write the run's unknown words down, over what earlier runs counted for the same words."""
    key = ("feed_id", "kind", "word")
    async with BatchOperations(session, UnknownWord, upsert_by=key) as batch:
        for kind, words in notes.unknown_words.items():
            for text, occurrences in words.items():
                word = UnknownWord(feed_id=feed.id, kind=kind, word=text[:MAX_WORD_CHARS])
                word.occurrences, word.run_id = occurrences, run_id
                await batch.add(word)


async def close_run(
    session: AsyncSession,
    run_id: int,
    report: Report,
    location: Location,
    validators: Validators | None = None,
) -> None:
    """Write down how a run ended."""
    counts: dict[str, Any] = {**report.as_json(), "location": location.digest}
    values: dict[str, Any] = {
        "state": report.state,
        "is_complete": report.is_complete,
        "finished_at": datetime.now(UTC),
        "rows_read": report.rows_read,
        "counts": json.dumps(counts, ensure_ascii=False),
    }
    if validators is not None:
        values |= validators._asdict()
    await bulk_update(session, ImportRun, values, ImportRun.id == run_id)
