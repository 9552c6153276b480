"""Following the ``change`` table, so that the index of every process stays fresh."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Self

import numpy as np

from app.stations import queries
from app.stations.index.build import build_index, catalogue_uuid
from app.stations.index.columns import NEVER, TAKEN_OUT
from app.stations.index.overlay import StationIndex
from app.stations.index.registry import Reader
from app.stations.index.rows import MAX_AT_ONCE, read_among
from app.utils.metrics import track_request

CHANGES_AT_ONCE = 5_000

TOO_FAR_BEHIND = 50_000
"""With more changed stations than this outstanding, rebuilding is quicker than following."""

_OnChange = Callable[[Sequence[int]], None]


class Follower:
    """Keeps an index fresh, as a context: inside it, the index follows the catalogue.

    A change committed by another process is seen as soon as the reader tells of it (within
    0.2 s on SQLite), and after the time to read it.

    Args:
        index: Is patched in place.
        reader: Of the catalogue; used on the event loop only.
        on_change: Called with the ids of stations that were read again.
    """

    def __init__(
        self,
        index: StationIndex,
        reader: Reader,
        *,
        on_change: _OnChange | None = None,
    ) -> None:
        self._index = index
        self._reader = reader
        self._on_change = on_change
        self._version: int | None = None
        self._current_at = time.monotonic()
        self._reload_count = 0
        self._fault: str | None = None
        self._task: asyncio.Task[None] | None = None
        self._rebuilding: asyncio.Task[StationIndex] | None = None

    @property
    def seq(self) -> int:
        """The newest change that the index holds."""
        return self._index.seq

    @property
    def lag_s(self) -> float:
        """Seconds since the index was last known to hold everything."""
        return time.monotonic() - self._current_at

    @property
    def station_count(self) -> int:
        """Stations that a search may find."""
        return self._index.station_count

    @property
    def reload_count(self) -> int:
        """How often the index had to be rebuilt because changes were no longer on record."""
        return self._reload_count

    @property
    def fault(self) -> str | None:
        """Why it cannot follow the database; ``None`` while it can."""
        return self._fault

    async def __aenter__(self) -> Self:
        """Catch up, then follow in the background."""
        await self.poll()
        self._task = asyncio.create_task(self.run(), name="index-follower")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop following."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def run(self) -> None:
        """Follow until cancelled; a database that is away is asked again."""
        try:
            while True:
                try:
                    await self.poll()
                    self._fault = None
                except Exception as error:  # noqa: BLE001 - whatever it is, searches go on and ``fault`` says so
                    self._fault = f"{type(error).__name__}: {error}"
                await self._reader.wait_for_change()
        finally:
            if self._rebuilding is not None:
                self._rebuilding.cancel()

    async def poll(self) -> None:
        """Catch up if anyone committed, drop reports that became too old, fold what changed."""
        version = await self._reader.data_version()
        if version != self._version:
            await self.catch_up()
            self._version = version
        await self.sweep()
        self._current_at = time.monotonic()
        if self._rebuilding is None and self._index.is_worth_rebuilding:
            self._rebuilding = asyncio.create_task(self._build_anew())
        if self._rebuilding is not None and self._rebuilding.done():
            finished, self._rebuilding = self._rebuilding, None
            await self._take_over(finished.result())

    async def catch_up(self) -> None:
        """Apply every change that is on record, in order; rebuild where some are not."""
        while True:
            index = self._index
            ((oldest, newest),) = await self._reader.fetch_all(queries.CHANGES_BETWEEN)
            is_cut_off = (oldest or 0) > index.seq + 1 or (newest or 0) < index.seq
            if is_cut_off or await catalogue_uuid(self._reader) != index.uuid:
                self._reload_count += 1
                await self.rebuild()
                return
            changes = await self._reader.fetch_all(
                queries.CHANGES_AFTER, (index.seq, CHANGES_AT_ONCE)
            )
            if not changes:
                return
            if (newest or 0) - index.seq > TOO_FAR_BEHIND:
                await self.rebuild()
                continue
            await self._read_again(list(dict.fromkeys(row[2] for row in changes)))
            index.seq = changes[-1][0]

    async def sweep(self) -> None:
        """Read stations again whose oldest report has become too old to count."""
        now_s = int(self._index.clock())
        for columns in self._index.tiers:
            rows = np.flatnonzero(columns.fresh_until < now_s)
            is_live = columns.live[rows] != TAKEN_OUT
            # One that is taken out would be found for ever.
            columns.fresh_until[rows[~is_live]] = NEVER
            await self._read_again(columns.ids[rows[is_live]].tolist())

    @track_request()
    async def rebuild(self) -> None:
        """Build anew, catch up, and go on with the new index."""
        await self._take_over(await self._build_anew())

    async def _build_anew(self) -> StationIndex:
        return await build_index(
            self._reader,
            self._index.directory,
            status_max_age_s=self._index.max_age_s,
            clock=self._index.clock,
        )

    async def _take_over(self, fresh: StationIndex) -> None:
        """Bring the new index up to date while the old one is searched, then swap."""
        await Follower(fresh, self._reader).catch_up()
        self._index.replace(fresh)

    async def _read_again(self, ids: Sequence[int]) -> None:
        for first in range(0, len(ids), MAX_AT_ONCE):
            part = ids[first : first + MAX_AT_ONCE]
            chunk = await read_among(
                self._reader,
                self._index.registry,
                part,
                now_s=self._index.clock(),
                max_age_s=self._index.max_age_s,
            )
            self._index.apply(part, chunk)
            if self._on_change is not None:
                self._on_change(part)
            # Others get their turn: a large import would hold them up for seconds.
            await asyncio.sleep(0)
