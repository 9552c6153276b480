"""Sessions: begun by a log-in, carried on by refresh tokens, ended by a log-out."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import CursorResult
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.engine import Database
from app.db.session import writing
from app.users import audit, queries
from app.users.errors import CredentialsInvalid, RefreshRefused
from app.users.models import RefreshToken, User
from app.users.tokens import REFRESH_LIFETIME, Access, Signer, hash_of, new_refresh_token


class Tokens(NamedTuple):
    """What a client gets; shown once."""

    access_token: str
    refresh_token: str


async def begin(database: Database, signer: Signer, user: User) -> Tokens:
    """Tokens for an account that has just logged in.

    Raises:
        CredentialsInvalid: Its password was changed, or it was shut out or deleted, while its
            owner logged in.

    Cost: three statements and a commit.
    """
    now = datetime.now(UTC)
    async with writing(database) as session:
        epoch = await session.scalar(queries.epoch_of(user.id))
        if epoch != user.token_epoch:
            raise CredentialsInvalid
        await session.execute(queries.forget_tokens(user.id, now))
        return _next(session, signer, user, secrets.token_hex(8), now)


async def carry_on(database: Database, signer: Signer, refresh_token: str) -> Tokens:
    """Exchange a refresh token for new tokens.

    One that was used before has been copied: the whole family is revoked, whoever holds the
    others, and both have to log in again. Of two exchanges at once one is the second.

    Raises:
        RefreshRefused: It is unknown, expired, used or revoked, or its account is disabled.

    Cost: four statements and a commit.
    """
    now = datetime.now(UTC)
    async with writing(database) as session:
        found = (await session.execute(queries.token_of(hash_of(refresh_token)))).one_or_none()
        tokens = None
        if found is not None:
            token, user = found
            tokens = await _exchanged(session, signer, token, user, now)
    # Raised behind the commit, which keeps what was revoked.
    if tokens is None:
        raise RefreshRefused
    return tokens


async def _exchanged(
    session: AsyncSession, signer: Signer, token: RefreshToken, user: User, now: datetime
) -> Tokens | None:
    if token.expires_at <= now or user.disabled_at is not None:
        return None
    used = await session.execute(queries.use_token(token.id, now))
    assert isinstance(used, CursorResult)  # noqa: S101 - tells mypy what an UPDATE gives
    if not used.rowcount:
        await session.execute(queries.revoke_family(token.family, now))
        audit.note("refresh-reused", user.public_id)
        return None
    # Whoever stays signed in never logs in, which forgets them as well.
    await session.execute(queries.forget_tokens(user.id, now))
    return _next(session, signer, user, token.family, now)


async def end(database: Database, refresh_token: str) -> None:
    """Revoke a refresh token and its family; a token that does not hold is none the worse."""
    now = datetime.now(UTC)
    async with writing(database) as session:
        found = (await session.execute(queries.token_of(hash_of(refresh_token)))).one_or_none()
        if found is None:
            return
        token, user = found
        await session.execute(queries.revoke_family(token.family, now))
    audit.note("log-out", user.public_id)


def _next(session: AsyncSession, signer: Signer, user: User, family: str, now: datetime) -> Tokens:
    refresh_token = new_refresh_token()
    session.add(
        RefreshToken(
            user_id=user.id,
            family=family,
            token_hash=hash_of(refresh_token),
            created_at=now,
            expires_at=now + REFRESH_LIFETIME,
        )
    )
    return Tokens(signer.issue(Access(user.public_id, user.token_epoch), now=now), refresh_token)
