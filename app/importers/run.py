"""One import, from an input to the catalogue and the ledger."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, ExitStack
from typing import cast

from app.db.dialects.base import LockHeldError
from app.db.engine import Database
from app.db.moments import from_epoch_ms
from app.importers import ledger
from app.importers.download import Validators
from app.importers.errors import FeedNameRefused, ImportBusy, SourceUnreachable
from app.importers.feed import Feed
from app.importers.fetch import Location, Opened, open_location
from app.importers.messages import Chunk, Learnt, Order, Ready, Recognised, Sifted
from app.importers.options import Options, Progress, Silent, ignore_reject
from app.importers.outcomes import OLDER_THAN_STORED, SKIPPED, settle
from app.importers.reader import rare_collections
from app.importers.readers import Reader, choose_reader
from app.importers.refusals import rejected_rows
from app.importers.registry import FEEDS
from app.importers.report import Report
from app.importers.row import Rejected, RejectedRow
from app.importers.sink import DrySink, Sink, StoringSink
from app.stations.offers import Kept, Outcome

COMPLETE_SHARE = 0.8
"""A pull with fewer of the previous rows than this has lost some on the way."""

_FEED_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")


async def import_feed(
    database: Database | None,
    location: Location,
    feed: Feed | None = None,
    options: Options | None = None,
    *,
    on_reject: Callable[[RejectedRow], None] = ignore_reject,
    progress: Progress | None = None,
) -> Report:
    """Read an input into the catalogue.

    The whole input is read, sorted by station and only then stored, some hundreds of
    stations a transaction: a source that breaks off stores nothing, and a run that is killed
    leaves whole chunks, which the next run finds unchanged. What is large is read by a
    process of its own.

    Args:
        database: ``None`` only for a dry run without one.
        location: From ``fetch.locate``.
        feed: The format; ``None`` recognises it from the data.
        options: See there.
        on_reject: Called for each rejected row, as it is met.
        progress: Told how far it is.

    Raises:
        SourceUnreachable, SourceUnreadable, FormatNotRecognised, LayoutNotUnderstood: The
            input cannot be read; nothing was stored.
        FeedNameRefused: The feed's name has characters that it must not have.
        ImportBusy: Another process imports the same feed.
    """
    options = options or Options()
    if options.feed_name is not None and not _FEED_NAME.fullmatch(options.feed_name):
        raise FeedNameRefused(options.feed_name)
    run = _Run(database, location, options, on_reject, progress or Silent())
    async with AsyncExitStack() as locks:
        with ExitStack() as files, rare_collections():
            return await run.execute(feed, files, locks)


class _Run:
    def __init__(
        self,
        database: Database | None,
        location: Location,
        options: Options,
        on_reject: Callable[[RejectedRow], None],
        progress: Progress,
    ) -> None:
        self._database = database
        self._location = location
        self._options = options
        self._on_reject = on_reject
        self._progress = progress
        self._started = time.perf_counter()

    async def execute(self, feed: Feed | None, files: ExitStack, locks: AsyncExitStack) -> Report:
        """Open, recognise, lock; then read, store and close the books."""
        known = await self._find_known(feed)
        opened = files.enter_context(
            open_location(self._location, known.validators if known else None)
        )
        if opened is None:
            return await self._note_unmodified(feed, known, locks)
        order = Order(
            feed.source if feed else None, self._location.origin, self._options.allow_non_open
        )
        async with choose_reader(
            opened.stream, order, feed, size_bytes=opened.size_bytes
        ) as reader:
            recognised = cast(Recognised, await reader.receive())  # always the first
            feed = feed or FEEDS[recognised.source]
            report = self._new_report(feed)
            sink = await self._open_sink(feed, locks)
            reader.send_to(sink.destination)
            try:
                await self._follow(reader, sink, report, opened)
                await self._finish(report, sink, opened.validators())
            except BaseException as error:
                is_failure = isinstance(error, Exception)
                report.state = ledger.FAILED if is_failure else ledger.INTERRUPTED
                report.seconds = time.perf_counter() - self._started
                await sink.abandon(report)
                raise
            return report

    @property
    def _claims_whole_feed(self) -> bool:
        return self._location.kind == "url" or self._options.claims_complete

    async def _find_known(self, feed: Feed | None) -> ledger.Known | None:
        """What the server said at the last run over the same URL into the same feed."""
        if self._database is None or self._location.kind != "url":
            return None
        async with self._database.reads() as session:
            return await ledger.find_known(
                session,
                self._location,
                feed.source if feed else None,
                self._options.feed_name,
            )

    def _new_report(self, feed: Feed) -> Report:
        return Report(
            feed.source,
            self._options.feed_name or feed.source,
            self._location.origin,
            is_dry_run=self._options.is_dry_run,
        )

    async def _open_sink(self, feed: Feed, locks: AsyncExitStack) -> Sink:
        name = self._options.feed_name or feed.source
        if self._options.is_dry_run:
            return await DrySink.open(self._database, feed, name)
        if self._database is None:
            raise ValueError("only a dry run can do without a database")
        try:
            await locks.enter_async_context(
                self._database.dialect.exclusive(f"import {feed.source} {name}")
            )
        except LockHeldError as error:
            raise ImportBusy(feed.source, name) from error
        return await StoringSink.open(self._database, self._location, feed, name)

    async def _note_unmodified(
        self, feed: Feed | None, known: ledger.Known | None, locks: AsyncExitStack
    ) -> Report:
        if known is None:
            raise SourceUnreachable(
                self._location.origin, "it answers that nothing changed, without being asked"
            )
        feed = feed or FEEDS[known.source]
        report = self._new_report(feed)
        report.is_unmodified = True
        sink = await self._open_sink(feed, locks)
        await self._finish(report, sink, known.validators)
        return report

    async def _follow(self, reader: Reader, sink: Sink, report: Report, opened: Opened) -> None:
        """Everything that the reader says to its place."""
        rows_read = 0
        while message := await reader.receive():
            match message:
                case Sifted():
                    await self._note_sifted(message, sink, report)
                    if message.rows_read > rows_read or not rows_read:
                        rows_read = message.rows_read
                        self._progress.reading(rows_read, opened.bytes_read(), opened.size_bytes)
                case Chunk():
                    await self._store(message, sink, report)
                    self._progress.storing(report.rows_read, rows_read)
                case Learnt():
                    report.learn(message)
            del message  # Before the next is made.

    async def _note_sifted(self, sifted: Sifted, sink: Sink, report: Report) -> None:
        """Rows of which no station is made; some hundred at most."""
        for reason, rows in sifted.skipped.items():
            report.skip(reason, rows)
        await self._note_rejects(sifted.rejects, sink, report)

    async def _note_rejects(
        self, rejects: Sequence[RejectedRow], sink: Sink, report: Report
    ) -> None:
        for reject in rejects:
            report.reject(reject.reason)
            self._on_reject(reject)
        if rejects:
            await sink.keep_rejects(rejects)

    async def _store(self, chunk: Chunk, sink: Sink, report: Report) -> None:
        became = await sink.store(
            [ready.offer for ready in chunk.stations],
            now=from_epoch_ms(chunk.now_ms),
            is_whole_feed=self._claims_whole_feed,
        )
        refused: list[RejectedRow] = []
        for ready, one in zip(chunk.stations, became, strict=True):
            if isinstance(one, Rejected):
                refused += rejected_rows(ready, one, sink.destination.feed, chunk.now_ms)
            else:
                _count(report, ready, one)
        await self._note_rejects(refused, sink, report)

    async def _finish(self, report: Report, sink: Sink, validators: Validators) -> None:
        obstacle = await self._obstacle_to_completeness(report, sink)
        report.is_complete = obstacle is None
        if obstacle is not None:
            report.notes.remarks["complete"] = f"no: {obstacle}; nothing was marked gone"
        report.state = ledger.DONE
        report.seconds = time.perf_counter() - self._started
        await sink.finish(report, validators)

    async def _obstacle_to_completeness(self, report: Report, sink: Sink) -> str | None:
        """Why stations that were not in this input must not be taken for gone."""
        if report.is_unmodified:
            return "the source has not changed since the last run"
        if not self._claims_whole_feed:
            return "a file is the whole feed only where --complete says so"
        if not report.rows_read:
            return "it has no rows"
        if self._options.bound.is_exceeded(report):
            return "too many of its rows were rejected"
        if self._location.kind == "url":
            before = await sink.rows_before()
            if report.rows_read < COMPLETE_SHARE * before:
                return f"{report.rows_read:,} rows are under 80 % of the {before:,} before"
        return None


def _count(report: Report, ready: Ready, kept: Kept) -> None:
    for outcome in settle(kept, ready.row_uids):
        if outcome == SKIPPED:
            report.skip(OLDER_THAN_STORED)
        else:
            report.outcomes[outcome] += 1
    report.stations_new += kept.outcome is Outcome.STORED
    report.stations_changed += kept.outcome is Outcome.CHANGED
    report.stations_unchanged += kept.outcome in {Outcome.UNCHANGED, Outcome.OLDER}
    report.stations_returned += kept.is_back
    report.statuses_applied += kept.statuses_applied
