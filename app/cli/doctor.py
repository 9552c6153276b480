"""``voltway doctor``: what is set up, what is missing, and the remedy."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import urlsplit

import typer

from app.errors import VoltWayError

if TYPE_CHECKING:
    from app.settings import Settings

LEAST_FREE_BYTES = 1_000_000_000
"""A catalogue of 300,000 stations with its index takes about half of it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check saw. ``missing`` keeps VoltWay from working, ``note`` does not."""

    name: str
    state: Literal["ok", "note", "missing"]
    seen: str
    remedy: str | None = None


def command(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False,
) -> None:
    """Say what is set up, what is missing, and the remedy. Changes nothing.

    Exit code 4 where something is missing that VoltWay cannot do without.
    """
    from app.settings import Settings

    settings = Settings()
    findings = [check(settings) for check in CHECKS]
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    else:
        for finding in findings:
            typer.echo(f"{finding.state:<8} {finding.name}: {finding.seen}")
            if finding.remedy:
                typer.echo(f"         → {finding.remedy}")
    if any(finding.state == "missing" for finding in findings):
        raise typer.Exit(VoltWayError.exit_code)


def check_python(_settings: Settings) -> Finding:
    """Python 3.11 or newer."""
    return Finding("Python", "ok", f"{sys.version.split()[0]} at {sys.executable}")


def check_sqlite(_settings: Settings) -> Finding:
    """A SQLite with full-text search."""
    with closing(sqlite3.connect(":memory:")) as connection:
        try:
            connection.execute("CREATE VIRTUAL TABLE probe USING fts5(words)")
        except sqlite3.OperationalError:
            return Finding(
                "SQLite",
                "missing",
                f"{sqlite3.sqlite_version} without FTS5",
                "Use a Python whose SQLite has the FTS5 extension, such as the system's.",
            )
    return Finding("SQLite", "ok", f"{sqlite3.sqlite_version} with FTS5")


def check_database(settings: Settings) -> Finding:
    """The database that ``DATABASE_URL`` names answers, and is new enough."""
    try:
        return asyncio.run(_ask_database(settings))
    except VoltWayError as error:
        return Finding("database", "missing", error.title, error.detail)
    except Exception as error:  # noqa: BLE001 - whatever keeps it from answering is the finding
        return Finding(
            "database",
            "missing",
            f"does not answer: {' '.join(str(error).split())}",
            "Check DATABASE_URL and DATA_DIR with `voltway settings`.",
        )


async def _ask_database(settings: Settings) -> Finding:
    from app.db.engine import dialect_for, open_database

    if not dialect_for(settings.resolved_database_url).exists():
        return Finding("database", "ok", "SQLite (will be made)")
    database = open_database(settings.resolved_database_url)
    try:
        async with database.engine.connect() as connection:
            version = connection.dialect.server_version_info or ()
    finally:
        await database.close()
    names = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
    seen = f"{names[database.dialect.name]} {'.'.join(map(str, version))}"
    return Finding("database", "ok", seen)


def check_data_dir(settings: Settings) -> Finding:
    """``DATA_DIR`` exists or can be made, and can be written."""
    return _check_folder("DATA_DIR", settings.data_dir.absolute())


def check_log_dir(settings: Settings) -> Finding:
    """So is where log files go."""
    return _check_folder("LOG_DIR", (settings.log_dir or settings.data_dir / "logs").absolute())


def _check_folder(name: str, folder: Path) -> Finding:
    nearest = nearest_existing(folder)
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        seen = str(folder) if nearest == folder else f"{folder} (will be made)"
        return Finding(name, "ok", seen)
    return Finding(
        name,
        "missing",
        f"{folder} cannot be written",
        f"Give this user the right to write {nearest}, or set {name} to another folder.",
    )


def check_disk(settings: Settings) -> Finding:
    """Room for a catalogue and its index."""
    free = shutil.disk_usage(nearest_existing(settings.data_dir.absolute())).free
    seen = f"{free / 1e9:.1f} GB free in DATA_DIR"
    if free >= LEAST_FREE_BYTES:
        return Finding("disk", "ok", seen)
    return Finding("disk", "note", seen, "A national registry needs about 1 GB; free some.")


def check_catalogue(settings: Settings) -> Finding:
    """The database opens, has this version's schema, and holds stations."""
    try:
        return asyncio.run(_look_into_catalogue(settings))
    except VoltWayError as error:
        return Finding("catalogue", "missing", error.title, error.detail)
    except Exception as error:  # noqa: BLE001 - whatever keeps it from opening is the finding
        reason = " ".join(str(error).split())
        return Finding(
            "catalogue",
            "missing",
            f"cannot be opened: {reason}",
            "Check DATABASE_URL and DATA_DIR with `voltway settings`.",
        )


async def _look_into_catalogue(settings: Settings) -> Finding:
    from app.db import migrate
    from app.db.engine import dialect_for, open_database
    from app.db.pool import connections_of
    from app.stations import audit

    if not dialect_for(settings.resolved_database_url).exists():
        remedy = "`voltway import …` or `voltway demo` makes it."
        return Finding("catalogue", "note", "no database yet", remedy)
    database = open_database(settings.resolved_database_url, connections_of(settings))
    try:
        found, needed = await migrate.current_revision(database), migrate.newest_revision()
        if found != needed:
            remedy = "`voltway db upgrade` brings it up to date."
            seen = f"schema {found or 'none'}, this version needs {needed}"
            return Finding(
                "catalogue", "note" if settings.auto_migrate else "missing", seen, remedy
            )
        async with database.reads() as session:
            count = await audit.count_stations(session)
    finally:
        await database.close()
    if not count:
        remedy = "`voltway import …` reads a registry, `voltway demo` makes stations up."
        return Finding("catalogue", "note", "no stations yet", remedy)
    return Finding("catalogue", "ok", f"{count:,} stations, schema {found}")


def check_map(_settings: Settings) -> Finding:
    """The map page was built."""
    from app.map.bundle import DIST

    if (DIST / "index.html").exists():
        return Finding("map page", "ok", "built")
    return Finding("map page", "note", "not built; the API works without", "Run `make setup`.")


def check_redis(settings: Settings) -> Finding:
    """Redis answers, where one is set."""
    if settings.redis_url is None:
        return Finding("Redis", "ok", "not set: caches are in memory alone")
    try:
        asyncio.run(_ask_redis(settings.redis_url))
    except Exception as error:  # noqa: BLE001 - whatever keeps it from answering is the finding
        seen = f"no answer ({type(error).__name__}); VoltWay works without, from memory"
        remedy = "Start it, or correct REDIS_URL; `voltway settings` shows it."
        return Finding("Redis", "note", seen, remedy)
    return Finding("Redis", "ok", "it answers")


async def _ask_redis(url: str) -> None:
    from app.ops.redis_ping import RedisPing

    ping = RedisPing(url)
    try:
        await ping()
    finally:
        await ping.close()


def check_sentry(settings: Settings) -> Finding:
    """Where errors are reported; nothing is sent to try it."""
    if settings.sentry_dsn is None:
        return Finding("Sentry", "ok", "not set: errors are logged, and reported nowhere")
    host = urlsplit(settings.sentry_dsn.get_secret_value()).hostname
    return Finding("Sentry", "ok", f"errors are reported to {host}")


def check_port(settings: Settings) -> Finding:
    """Nobody listens where ``voltway serve`` would."""
    return _check_port("port", settings.host, settings.port, "HOST and PORT")


def check_metrics(settings: Settings) -> Finding:
    """Where Prometheus finds the metrics."""
    port = settings.prometheus_port
    if not settings.metrics_enabled:
        return Finding("metrics", "ok", "off (METRICS_ENABLED)")
    if port is None or port == settings.port:
        return Finding("metrics", "ok", "/metrics, on PORT alone")
    return _check_port("metrics", settings.host, port, "PROMETHEUS_PORT")


def _check_port(name: str, host: str, port: int, setting: str) -> Finding:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            remedy = f"Stop what listens there (perhaps VoltWay itself), or set {setting}."
            return Finding(name, "note", f"{host}:{port}: {error.strerror or error}", remedy)
    return Finding(name, "ok", f"{host}:{port} is free")


def nearest_existing(path: Path) -> Path:
    """The path itself or the closest folder above it that exists."""
    while not path.exists():
        path = path.parent
    return path


CHECKS: tuple[Callable[[Settings], Finding], ...] = (
    check_python,
    check_sqlite,
    check_data_dir,
    check_log_dir,
    check_disk,
    check_database,
    check_catalogue,
    check_redis,
    check_map,
    check_port,
    check_metrics,
    check_sentry,
)
"""In the order in which they are told."""
