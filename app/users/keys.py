"""API keys: made, listed, revoked, and recognised."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.engine import Database
from app.db.moments import present
from app.db.session import reading, writing
from app.users import audit, queries
from app.users.errors import KeyNotFound, TooManyKeys
from app.users.models import ApiKey, User
from app.users.tokens import hash_of
from app.users.vocabulary import Scope

PREFIX = "vw_"
MOST_PER_OWNER = 20
MOST_ENDED = 100
"""Keys of an owner that hold no more, and are listed; older ones make room."""

USE_IS_NOTED_EVERY = timedelta(minutes=1)
"""``last_used_at`` is no more exact than that: a write for each request would be dear."""

_SHOWN = len(PREFIX) + 8


class MadeKey(NamedTuple):
    """A new key; ``secret`` is shown once and kept nowhere."""

    key: ApiKey
    secret: str


class KnownKey(NamedTuple):
    """A key that holds, and whose it is."""

    key: ApiKey
    owner: User | None
    scopes: frozenset[Scope]


async def make(
    database: Database,
    name: str,
    scopes: Collection[Scope],
    *,
    owner: User | None = None,
    expires_at: datetime | None = None,
) -> MadeKey:
    """Make a key.

    Raises:
        TooManyKeys: The owner has ``MOST_PER_OWNER`` that hold.

    Cost: four statements and a commit; without an owner one.
    """
    secret = PREFIX + secrets.token_urlsafe(32)
    key = ApiKey(
        public_id=secrets.token_hex(12),
        user_id=owner.id if owner else None,
        name=name,
        prefix=secret[:_SHOWN],
        key_hash=hash_of(secret),
        scopes=" ".join(sorted(scope.value for scope in scopes)),
        created_at=present(),
        expires_at=expires_at,
    )
    async with writing(database) as session:
        if owner is not None:
            await _make_room(session, owner, key.created_at)
        session.add(key)
    audit.note("key-made", owner.public_id if owner else None, key=key.public_id)
    return MadeKey(key, secret)


async def _make_room(session: AsyncSession, owner: User, now: datetime) -> None:
    # Locked, so that two who make their last one take turns.
    await session.execute(queries.user_of(owner.public_id).with_for_update())
    if (await session.scalar(queries.count_held(owner.id, now)) or 0) >= MOST_PER_OWNER:
        raise TooManyKeys(MOST_PER_OWNER)
    await session.execute(queries.forget_ended(owner.id, now, MOST_ENDED))


async def list_all(database: Database, owner: User | None = None) -> Sequence[ApiKey]:
    """Keys of an owner, newest first; without one all there are."""
    async with reading(database) as session:
        return (await session.scalars(queries.keys_of(owner.id if owner else None))).all()


async def list_page(
    database: Database, owner: User | None, *, last_id: int | None, limit: int
) -> Sequence[ApiKey]:
    """As ``list_all``, at most ``limit`` of them, behind the key of ``last_id``."""
    query = queries.keys_before(last_id, limit, owner.id if owner else None)
    async with reading(database) as session:
        return (await session.scalars(query)).all()


async def revoke(
    database: Database, key_id: str, *, owner: User | None = None, by: str | None = None
) -> None:
    """End a key; one that was revoked before stays as it is.

    Args:
        database: Where it is kept.
        key_id: Its public id.
        owner: Whose it must be; ``None``: anybody's.
        by: Public id of the admin who does so.

    Raises:
        KeyNotFound: There is none, or it is another's.
    """
    if "\0" in key_id:  # which PostgreSQL cannot hold
        raise KeyNotFound(key_id)
    async with writing(database) as session:
        query = select(ApiKey).where(ApiKey.public_id == key_id)
        if owner is not None:
            query = query.where(ApiKey.user_id == owner.id)
        key = await session.scalar(query)
        if key is None:
            raise KeyNotFound(key_id)
        key.revoked_at = key.revoked_at or datetime.now(UTC)
    audit.note("key-revoked", owner.public_id if owner else None, key=key_id, by=by)


async def recognise(database: Database, secret: str) -> KnownKey | None:
    """The key that a secret is.

    ``None`` where it is unknown, expired, revoked, or its owner is disabled. It is looked up by
    its hash, so that nothing is compared byte by byte.

    Cost: one statement; once a minute a second one.
    """
    now = datetime.now(UTC)
    async with reading(database) as session:
        found = (await session.execute(queries.key_of(hash_of(secret)))).one_or_none()
    if found is None:
        return None
    key: ApiKey = found[0]
    owner: User | None = found[1]
    is_over = key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now)
    if is_over or (owner is not None and owner.disabled_at is not None):
        audit.note("key-refused", owner.public_id if owner else None, key=key.public_id)
        return None
    if key.last_used_at is None or now - key.last_used_at >= USE_IS_NOTED_EVERY:
        await _note_use(database, key, owner, now)
    return KnownKey(key, owner, frozenset(map(Scope, key.scopes.split())))


async def _note_use(database: Database, key: ApiKey, owner: User | None, now: datetime) -> None:
    async with writing(database) as session:
        await session.execute(update(ApiKey).where(ApiKey.id == key.id).values(last_used_at=now))
    audit.note("key-used", owner.public_id if owner else None, key=key.public_id)
