"""One peer as a process of its own: a real uvicorn with one worker, on a free port.

``python -m app.bench.server PEER DATA_DIR [BODIES]`` prints its port when it listens.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from app.bench import peers
from app.bench.errors import MeasurementFailed
from app.bench.seeding import CATALOGUE_FILE, catalogue_url
from app.bench.sql_search import SqlSearch
from app.db.engine import open_database
from app.web.protocol import SPOKEN, HttpProtocol

STARTING_S = 120.0


@asynccontextmanager
async def running(
    peers_wanted: Sequence[str], data_dir: Path, bodies: Path | None = None
) -> AsyncIterator[dict[str, int]]:
    """Start peers side by side, yield their ports once all answer, end them.

    Raises:
        MeasurementFailed: One ended before it answered.
    """
    async with AsyncExitStack() as stack:
        started = {
            peer: await stack.enter_async_context(_process(peer, data_dir, bodies))
            for peer in peers_wanted
        }
        yield {peer: await _port_of(peer, out, data_dir) for peer, out in started.items()}


@asynccontextmanager
async def _process(
    peer: str, data_dir: Path, bodies: Path | None
) -> AsyncIterator[asyncio.StreamReader]:
    words = ["-m", "app.bench.server", peer, str(data_dir), *([str(bodies)] if bodies else [])]
    with _log_of(peer, data_dir).open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *words, stdout=asyncio.subprocess.PIPE, stderr=log
        )
    assert process.stdout is not None  # noqa: S101 - it is piped
    try:
        yield process.stdout
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


async def _port_of(peer: str, out: asyncio.StreamReader, data_dir: Path) -> int:
    line = await asyncio.wait_for(out.readline(), STARTING_S)
    if not line.strip().isdigit():
        said = _log_of(peer, data_dir).read_text(encoding="utf-8", errors="replace")
        raise MeasurementFailed(f"the {peer} server", said)
    return int(line)


def _log_of(peer: str, data_dir: Path) -> Path:
    return data_dir / f"{peer}.log"


def build(peer: str, data_dir: Path, bodies: Path | None) -> FastAPI:
    """The application of a peer on the catalogue in a directory."""
    settings = peers.settings_for(data_dir)
    match peer:
        case "floor":
            assert bodies is not None  # noqa: S101 - the caller gives them
            return peers.floor([body.encode() for body in json.loads(bodies.read_text("utf-8"))])
        case "sql":
            catalogue = data_dir / CATALOGUE_FILE
            return peers.sql(SqlSearch(catalogue, status_max_age_s=settings.status_max_age))
        case "orm":
            database = open_database(catalogue_url(data_dir))
            return peers.orm(database, status_max_age_s=settings.status_max_age)
        case "ours, no cards in memory":
            return peers.ours(data_dir, card_cache_mb=0)
        case _:
            return peers.ours(data_dir)


class _Announced(uvicorn.Server):
    """Prints its port when it is ready to answer."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, then the announcement."""
        await super().startup(sockets)
        if sockets and self.started:
            print(sockets[0].getsockname()[1], flush=True)  # noqa: T201 - the announcement


def serve(peer: str, data_dir: Path, bodies: Path | None) -> None:
    """Serve a peer until told to end."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    config = uvicorn.Config(
        build(peer, data_dir, bodies),
        loop="uvloop",
        http=HttpProtocol if peer.startswith("ours") else "httptools",
        log_level="warning",
        **SPOKEN,
    )
    _Announced(config).run(sockets=[listener])


if __name__ == "__main__":
    serve(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]) if len(sys.argv) > 3 else None)  # noqa: PLR2004 - an argument count
