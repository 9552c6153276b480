"""Where an import's stations go: into the catalogue, or only compared with it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.engine import Database
from app.importers import ledger
from app.importers.download import Validators
from app.importers.feed import Feed
from app.importers.fetch import Location
from app.importers.messages import Destination
from app.importers.refusals import take_all_but_refused
from app.importers.report import Report
from app.importers.row import Rejected, RejectedRow
from app.stations import changes, intake
from app.stations.models import Reject
from app.stations.offers import Kept, Offer, Outcome
from app.stations.records import FeedRow
from app.utils.memory_optimization import BulkInsertBuffer

REJECTS_AT_ONCE = 100
"""Rejected rows of one transaction; a row may have 8 KB."""

_ATTEMPTS_TO_ABANDON = 2
"""An interrupt may have broken the connection that the pool gives first."""


class Sink(Protocol):
    """Takes what an import finds."""

    destination: Destination

    async def keep_rejects(self, rejects: Sequence[RejectedRow]) -> None:
        """Rows that could not become stations."""
        ...

    async def store(
        self, offers: Sequence[Offer], *, now: datetime, is_whole_feed: bool
    ) -> list[Kept | Rejected]:
        """A chunk of stations, all or nothing but for those that the database refuses."""
        ...

    async def rows_before(self) -> int:
        """Rows of the feed's previous pull."""
        ...

    async def finish(self, report: Report, validators: Validators) -> None:
        """The end of a clean run: counts what is gone and what there is."""
        ...

    async def abandon(self, report: Report) -> None:
        """The end of a run that failed or was interrupted."""
        ...


class StoringSink:
    """Writes: a transaction a chunk, a row in the ledger."""

    def __init__(
        self, database: Database, location: Location, destination: Destination, run_id: int
    ) -> None:
        self._database = database
        self._location = location
        self.destination = destination
        self._feed = destination.feed
        self._run_id = run_id
        self._rejects = BulkInsertBuffer(database.writes, Reject, size=REJECTS_AT_ONCE)

    @classmethod
    async def open(
        cls, database: Database, location: Location, feed: Feed, feed_name: str
    ) -> StoringSink:
        """Open a run in the ledger; the feed's lock is held."""
        now = datetime.now(UTC)
        row: FeedRow | None = None
        try:
            async with database.writes.begin() as session:
                row = await intake.ensure_feed(
                    session,
                    source=feed.source,
                    name=feed_name,
                    title=feed.title,
                    licence=feed.licence,
                    attribution=feed.attribution,
                    homepage_url=feed.homepage_url,
                )
                await ledger.close_abandoned(session, row, now)
                run_id = await intake.begin_run(session, row, origin=location.origin, now=now)
                destination = Destination(row, await intake.is_empty(session, row))
        except BaseException:
            # Whoever interrupts a commit cannot know whether it holds.
            if row is not None:
                with suppress(SQLAlchemyError):
                    async with database.writes.begin() as session:
                        await ledger.close_abandoned(session, row, now)
            raise
        return cls(database, location, destination, run_id)

    async def keep_rejects(self, rejects: Sequence[RejectedRow]) -> None:
        """Into the ledger's table, beside the stations: a chunk may have one or two."""
        await self._rejects.add_all(
            {"run_id": self._run_id, **reject._asdict()} for reject in rejects
        )

    async def store(
        self, offers: Sequence[Offer], *, now: datetime, is_whole_feed: bool
    ) -> list[Kept | Rejected]:
        """In one transaction."""

        async def take(session: AsyncSession, part: Sequence[Offer]) -> list[Kept]:
            return await intake.take(
                session,
                self._database.dialect,
                self.destination.feed,
                self._run_id,
                part,
                now=now,
                is_whole_feed=is_whole_feed,
                # The feed's lock is held, and a key comes but once.
                are_all_new=self.destination.is_empty,
            )

        return await take_all_but_refused(self._database.writes, offers, take)

    async def rows_before(self) -> int:
        """From the ledger."""
        async with self._database.reads() as session:
            return await ledger.rows_before(session, self._feed)

    async def finish(self, report: Report, validators: Validators) -> None:
        """Stations gone, unknown words and the run's end in one transaction.

        Rejects that could not be written when they came, as in a moment when the database was
        busy, are tried once more: they must not spoil a whole import.
        """
        await self._rejects.close()
        await self._rejects.retry_failed()
        for batch in self._rejects.failed:
            raise batch.error
        dialect = self._database.dialect
        async with self._database.writes.begin() as session:
            if report.is_complete:
                report.stations_gone = await intake.mark_gone(
                    session, dialect, self._feed, self._run_id, now=datetime.now(UTC)
                )
            await changes.prune(session, now=datetime.now(UTC))
            totals = await ledger.count_totals(session, self._feed)
            report.stations_total, report.evses_total = totals
            await ledger.keep_unknown_words(session, self._feed, self._run_id, report.notes)
            await ledger.close_run(session, self._run_id, report, self._location, validators)

    async def abandon(self, report: Report) -> None:
        """Note the end, if the database still answers; else the next run will."""
        with suppress(SQLAlchemyError):
            await self._rejects.close()
        for _ in range(_ATTEMPTS_TO_ABANDON):
            with suppress(SQLAlchemyError):
                async with self._database.writes.begin() as session:
                    await ledger.close_run(session, self._run_id, report, self._location)
                return


class DrySink:
    """Compares and writes nothing; works without a database as if it were empty."""

    def __init__(
        self, database: Database | None, feed: FeedRow | None, destination: Destination
    ) -> None:
        self._database = database
        self._feed = feed
        self.destination = destination
        self._seen_alive = 0

    @classmethod
    async def open(cls, database: Database | None, feed: Feed, feed_name: str) -> DrySink:
        """Look the feed up."""
        stored = None
        if database is not None:
            async with database.reads() as session:
                stored = await ledger.find_feed(session, feed.source, feed_name)
        # Rows for new stations would be made for nothing.
        destination = Destination(stored or FeedRow(0, feed.source, feed_name), is_empty=False)
        return cls(database, stored, destination)

    async def keep_rejects(self, rejects: Sequence[RejectedRow]) -> None:
        """Nowhere."""

    async def store(
        self, offers: Sequence[Offer], *, now: datetime, is_whole_feed: bool
    ) -> list[Kept | Rejected]:
        """What it would come to; whether the database refuses any shows only when it is asked."""
        if self._database is None or self._feed is None:
            return [Kept(Outcome.STORED)] * len(offers)
        async with self._database.reads() as session:
            kept = await intake.preview(session, self._feed, offers, is_whole_feed=is_whole_feed)
        self._seen_alive += sum(
            one.outcome is not Outcome.STORED and not one.is_back for one in kept
        )
        return [*kept]

    async def rows_before(self) -> int:
        """From the ledger."""
        if self._database is None or self._feed is None:
            return 0
        async with self._database.reads() as session:
            return await ledger.rows_before(session, self._feed)

    async def finish(self, report: Report, validators: Validators) -> None:
        """What there would be; EVSEs are not counted."""
        before = 0
        if self._database is not None and self._feed is not None:
            async with self._database.reads() as session:
                before = (await ledger.count_totals(session, self._feed)).stations
        gone = before - self._seen_alive if report.is_complete else 0
        report.stations_gone = gone
        report.stations_total = before + report.stations_new + report.stations_returned - gone

    async def abandon(self, report: Report) -> None:
        """Nothing was begun."""
