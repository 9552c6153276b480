"""Building the index from the database, or opening what was saved of it.

A segment carries the ``seq`` that stood in the ``change`` table *before* its rows were
read. Rows may be newer than that; whatever changed since is read again by the follower, so
no transaction has to span the minutes that a large catalogue takes.

A large catalogue is built in a process of its own: neither its time nor its memory (some
400 MB for 1,000,000 stations) then burdens the one that serves. A small one is built in a
thread, since starting a process would take longer than the work.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import (
    BrokenExecutor,
    Executor,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from filelock import FileLock

from app.stations import queries
from app.stations.index.assemble import assemble
from app.stations.index.overlay import StationIndex
from app.stations.index.registry import Reader, Registry
from app.stations.index.rows import read_chunk
from app.stations.index.segment import Segment, forget_after, open_newest, save

_log = logging.getLogger(__name__)

LARGE = 50_000
"""From so many stations on, a process of its own builds."""

_STATIONS_AT_ONCE = 5_000

Clock = Callable[[], float]


class ReaderRecipe(Protocol):
    """Opens a reader; can be sent to another process."""

    def __call__(self) -> Reader:
        """Open one."""
        ...


async def open_index(
    reader: Reader,
    directory: Path | None,
    *,
    status_max_age_s: int,
    clock: Clock = time.time,
) -> StationIndex:
    """The index of a catalogue, from its saved segment, or built and saved.

    It is as new as the segment; a ``Follower`` catches up with the rest. One process per
    host builds, the others wait for it and open what it saved.

    Args:
        reader: Of the catalogue.
        directory: Where segments are kept; ``None`` keeps none.
        status_max_age_s: Reports older than this do not count.
        clock: Seconds since 1970.

    Cost: 0.2 s for a saved segment of 1,000,000 stations; 6 µs a station to build.
    """
    uuid = await catalogue_uuid(reader)
    segment = None
    if directory is not None:
        segment = open_newest(directory, uuid, between=await _usable_seqs(reader))
    if segment is None:
        segment = await _build(reader, directory, uuid, status_max_age_s, clock())
    return await _index_of(segment, reader, directory, uuid, status_max_age_s, clock)


async def build_index(
    reader: Reader, directory: Path | None, *, status_max_age_s: int, clock: Clock
) -> StationIndex:
    """The index of a catalogue, built anew without holding up the event loop."""
    uuid = await catalogue_uuid(reader)
    segment = await _build(reader, directory, uuid, status_max_age_s, clock())
    return await _index_of(segment, reader, directory, uuid, status_max_age_s, clock)


async def _index_of(
    segment: Segment,
    reader: Reader,
    directory: Path | None,
    uuid: str,
    status_max_age_s: int,
    clock: Clock,
) -> StationIndex:
    await segment.registry.refresh(reader)
    index = StationIndex(
        segment.columns,
        segment.registry,
        uuid=uuid,
        seq=segment.seq,
        max_age_s=status_max_age_s,
        directory=directory,
        clock=clock,
    )
    # Parsed here, with the holidays and zones that they name, rather than in a first search.
    await index.hours.prepare(datetime.fromtimestamp(clock(), UTC))
    return index


async def _build(
    reader: Reader, directory: Path | None, uuid: str, status_max_age_s: int, now_s: float
) -> Segment:
    if directory is not None:
        try:
            return await _build_saved(reader, directory, uuid, status_max_age_s, now_s)
        except (OSError, BrokenExecutor):
            _log.warning(
                "The index cannot be saved, so every start builds it anew.",
                extra={"directory": str(directory)},
                exc_info=True,
            )
    return await asyncio.to_thread(
        lambda: asyncio.run(_read(reader.recipe(), status_max_age_s, now_s))
    )


async def _build_saved(
    reader: Reader, directory: Path, uuid: str, status_max_age_s: int, now_s: float
) -> Segment:
    ((count,),) = await reader.fetch_all(queries.COUNT_STATIONS)
    _, newest = await _seqs(reader)
    executor = _executor(is_large=count >= LARGE)
    try:
        await asyncio.get_running_loop().run_in_executor(
            executor, _save, reader.recipe(), directory, uuid, status_max_age_s, now_s, newest
        )
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
    segment = open_newest(directory, uuid, between=await _usable_seqs(reader))
    if segment is None:
        raise OSError(f"the segment that was just saved in {directory} cannot be opened")
    return segment


async def read_segment(reader: Reader, *, status_max_age_s: int, now_s: float) -> Segment:
    """Columns of the whole catalogue, in memory.

    Cost: some 3 statements per 5,000 stations; 6 µs a station.
    """
    _, seq = await _seqs(reader)
    registry = Registry()
    await registry.refresh(reader)
    chunks, last_id = [], 0
    while rows := await reader.fetch_all(queries.STATIONS_AFTER, (last_id, _STATIONS_AT_ONCE)):
        first_id, last_id = rows[0][0], rows[-1][0]
        chunks.append(
            await read_chunk(
                reader,
                registry,
                rows,
                queries.BETWEEN,
                (first_id, last_id),
                now_s=now_s,
                max_age_s=status_max_age_s,
            )
        )
    return Segment(assemble(chunks), registry, seq)


async def catalogue_uuid(reader: Reader) -> str:
    """The name of the catalogue, which a copy keeps and a new one does not have."""
    ((uuid,),) = await reader.fetch_all(queries.CATALOGUE)
    return str(uuid)


def _executor(*, is_large: bool) -> Executor:
    if is_large:
        # Not forked: the serving process has threads and an event loop.
        return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
    return ThreadPoolExecutor(1, thread_name_prefix="index-build")


def _save(
    recipe: ReaderRecipe,
    directory: Path,
    uuid: str,
    status_max_age_s: int,
    now_s: float,
    oldest: int,
) -> None:
    """Build and save, in this thread or process, unless another one did meanwhile."""
    (directory / uuid).mkdir(parents=True, exist_ok=True)
    with FileLock(directory / uuid / ".build.lock"):
        newest = asyncio.run(_newest_seq(recipe))
        forget_after(directory, uuid, newest)
        if open_newest(directory, uuid, between=(oldest, newest)) is None:
            save(directory, uuid, asyncio.run(_read(recipe, status_max_age_s, now_s)))


async def _newest_seq(recipe: ReaderRecipe) -> int:
    reader = recipe()
    try:
        _, newest = await _seqs(reader)
    finally:
        await reader.close()
    return newest


async def _read(recipe: ReaderRecipe, status_max_age_s: int, now_s: float) -> Segment:
    reader = recipe()
    try:
        return await read_segment(reader, status_max_age_s=status_max_age_s, now_s=now_s)
    finally:
        await reader.close()


async def _seqs(reader: Reader) -> tuple[int, int]:
    """Oldest and newest ``seq`` on record; 0 and 0 where nothing ever changed."""
    ((oldest, newest),) = await reader.fetch_all(queries.CHANGES_BETWEEN)
    return oldest or 0, newest or 0


async def _usable_seqs(reader: Reader) -> tuple[int, int]:
    """Seqs from which the follower can catch up: the next change must be on record."""
    oldest, newest = await _seqs(reader)
    return max(0, oldest - 1), newest
