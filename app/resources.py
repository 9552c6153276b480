"""What the application works with: opened and closed in one place, for the web and the CLI."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from app.db import migrate
from app.db.dialects.base import CatalogueReader
from app.db.engine import Database, fit_pools, open_database
from app.db.pool import connections_of
from app.map.router import Router, open_router
from app.settings import NO_LIMIT, Settings
from app.stations.index.build import open_index
from app.stations.index.feed import Follower
from app.stations.index.overlay import StationIndex
from app.stations.kept_cards import KeptCards, Key
from app.stations.search import StationSearch
from app.tiles.kept import KeptTiles
from app.users.callers import Callers
from app.users.passwords import Passwords
from app.users.secret_key import open_signer
from app.users.tokens import Signer
from app.utils.caching import MemoryTier, Tiers, close_caching, configure_caching
from app.utils.memory_optimization import MemoryMonitor, trim_heap
from app.utils.rate_limit import Limit, RateLimiter
from app.web.log_in_guard import LogInGuard

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Resources:
    """Open resources; settings-free, so that nothing below the roots knows settings.

    Attributes:
        reader: Committed data, for the event loop.
        index: The stations' columns, followed by ``follower``.
    """

    database: Database
    reader: CatalogueReader
    index: StationIndex
    follower: Follower
    search: StationSearch
    tiles: KeptTiles
    router: Router
    status_max_age_s: int
    cards: KeptCards
    passwords: Passwords
    signer: Signer
    callers: Callers
    limiter: RateLimiter
    log_in_guard: LogInGuard
    monitor: MemoryMonitor


@asynccontextmanager
async def open_database_of(settings: Settings) -> AsyncIterator[Database]:
    """The database with its schema up to date.

    Raises:
        DatabaseUrlRefused: ``DATABASE_URL`` cannot be used.
        SchemaOutOfDate: The schema is old and ``AUTO_MIGRATE`` is false.
    """
    url = settings.resolved_database_url
    database = open_database(url, await fit_pools(url, connections_of(settings)))
    try:
        if settings.auto_migrate:
            await migrate.upgrade(database)
        else:
            await migrate.require_current(database)
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def open_resources(settings: Settings) -> AsyncIterator[Resources]:
    """Everything, in order; closed in the opposite order.

    Raises:
        DatabaseUrlRefused: As ``open_database_of``.
        SchemaOutOfDate: As ``open_database_of``.
        SecretKeyRefused: ``SECRET_KEY`` cannot be used.
    """
    signer = signer_of(settings)
    async with open_database_of(settings) as database, _limiter_of(settings) as limiter:
        reader = database.dialect.reader()
        configure_caching(redis_url=settings.redis_url, default_ttl_s=settings.cache_ttl)
        try:
            index = await open_index(
                reader, settings.index_dir, status_max_age_s=settings.status_max_age
            )
            cards: MemoryTier[Key] = MemoryTier("cards", max_bytes=settings.card_cache_mb * MIB)
            # Without room anywhere, to look for a card costs as much as to read it.
            has_room = settings.card_cache_mb > 0 or settings.redis_url is not None
            kept_cards = KeptCards(reader, Tiers(cards) if has_room else None)
            search = StationSearch(index, reader, kept_cards)
            tiles = KeptTiles(search, index)
            monitor = _monitor(settings.memory_threshold_mb, cards, tiles)
            async with (
                Follower(index, reader) as follower,
                monitor.watching(),
                open_router(settings.router_url) as router,
            ):
                yield Resources(
                    database=database,
                    reader=reader,
                    index=index,
                    follower=follower,
                    search=search,
                    tiles=tiles,
                    router=router,
                    status_max_age_s=settings.status_max_age,
                    cards=kept_cards,
                    passwords=Passwords(),
                    signer=signer,
                    callers=Callers(signer),
                    limiter=limiter,
                    log_in_guard=LogInGuard(
                        limiter,
                        limit_of(settings.rate_limit_log_in),
                        limit_of(settings.rate_limit_register),
                        settings.trusted_proxies,
                    ),
                    monitor=monitor,
                )
        finally:
            await close_caching()
            await reader.close()


def limit_of(text: str) -> Limit | None:
    """A limit of the settings; ``None`` for ``off``."""
    return None if text == NO_LIMIT else Limit.read(text)


def signer_of(settings: Settings) -> Signer:
    """What signs access tokens; makes and keeps a secret where none is given.

    Raises:
        SecretKeyRefused: ``SECRET_KEY`` cannot be used.
    """
    given = settings.secret_key
    return open_signer(
        given.get_secret_value() if given else None,
        tuple(secret.get_secret_value() for secret in settings.secret_key_previous),
        settings.secrets_dir,
    )


@asynccontextmanager
async def _limiter_of(settings: Settings) -> AsyncIterator[RateLimiter]:
    limiter = RateLimiter(settings.redis_url, share=settings.database_processes)
    try:
        yield limiter
    finally:
        await limiter.close()


def _monitor(threshold_mb: int, cards: MemoryTier[Key], tiles: KeptTiles) -> MemoryMonitor:
    """Watches the process; above the threshold, frees what is cheap to make again."""
    monitor = MemoryMonitor(threshold_mb)
    monitor.add_callback(lambda _usage: cards.clear())
    monitor.add_callback(lambda _usage: tiles.clear())
    monitor.add_callback(lambda _usage: trim_heap())
    return monitor
