"""How long after another process's commit the index has seen it.

``python -m app.bench.freshness DATA_DIR SEED`` is that other process: for every line on its
standard input it changes one station, and prints the moment after the commit.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from app.bench.errors import MeasurementFailed
from app.bench.seeding import catalogue_url
from app.db.engine import Database, open_database
from app.importers.feeds import demo
from app.stations.draft import StationDraft
from app.stations.index.feed import Follower
from app.stations.intake import begin_run, ensure_feed, store
from app.stations.records import FeedRow

LONGEST_PAUSE_S = 0.3
LONGEST_S = 5.0
_LOOK_EVERY_S = 0.001


async def measure_freshness(
    follower: Follower, data_dir: Path, *, seed: int, commits: int
) -> list[float]:
    """Seconds from each commit of another process until the index has seen it.

    Raises:
        MeasurementFailed: The other process ended, or a commit was not seen for
            ``LONGEST_S``.
    """
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    following = asyncio.create_task(follower.run())
    writer = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "app.bench.freshness", str(data_dir), str(seed)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert writer.stdin is not None  # noqa: S101 - it is piped
    assert writer.stdout is not None  # noqa: S101 - it is piped
    times_s = []
    try:
        await writer.stdout.readline()
        for _ in range(commits):
            # Commits know nothing of the follower's beat.
            await asyncio.sleep(chance.uniform(0, LONGEST_PAUSE_S))
            seq = follower.seq
            writer.stdin.write(b"\n")
            seen = asyncio.create_task(_seen_at(follower, seq))
            committed_s = float(await writer.stdout.readline() or "nan")
            times_s.append(max(0.0, await asyncio.wait_for(seen, LONGEST_S) - committed_s))
    except (TimeoutError, ValueError) as error:
        raise MeasurementFailed("the freshness of the index", "a commit was not seen") from error
    finally:
        following.cancel()
        writer.stdin.close()
        await writer.wait()
    return times_s


async def _seen_at(follower: Follower, seq: int) -> float:
    while follower.seq == seq:  # noqa: ASYNC110 - the follower tells nobody; a look costs nothing
        await asyncio.sleep(_LOOK_EVERY_S)
    return time.monotonic()


async def change_on_demand(data_dir: str, seed: int) -> None:
    """Change one station of the demo for every line on standard input."""
    database = open_database(catalogue_url(data_dir))
    drafts = list(demo.synthetic_stations(1_000, seed))
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
        run_id = await begin_run(session, feed, origin="bench", now=datetime.now(UTC))
    print("ready", flush=True)  # noqa: T201 - the other process waits for it
    for number, _ in enumerate(sys.stdin):
        await _change(database, feed, run_id, drafts[number % len(drafts)], number)
        print(time.monotonic(), flush=True)  # noqa: T201 - the answer
    await database.close()


async def _change(
    database: Database, feed: FeedRow, run_id: int, draft: StationDraft, number: int
) -> None:
    content = msgspec.structs.replace(draft.content, price_text=f"changed {number}")
    changed = msgspec.structs.replace(draft, content=content, statuses=())
    async with database.writes.begin() as session:
        await store(session, database.dialect, feed, run_id, [changed], now=datetime.now(UTC))


if __name__ == "__main__":
    asyncio.run(change_on_demand(sys.argv[1], int(sys.argv[2])))
