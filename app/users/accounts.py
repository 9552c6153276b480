"""Accounts: made, entered, found and changed."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.engine import Database
from app.db.moments import present
from app.db.session import reading, writing
from app.users import audit, queries
from app.users.errors import (
    AccountNotFound,
    AccountRefused,
    AccountTaken,
    CredentialsInvalid,
)
from app.users.models import User
from app.users.names import fold
from app.users.passwords import Passwords, refusal_of
from app.users.vocabulary import Role


class NewAccount(NamedTuple):
    """What an account is made of; checked and normalised by ``users.schemas``."""

    email: str
    username: str
    password: str
    role: Role = Role.DRIVER


class Changes(NamedTuple):
    """What its owner wants to be different; ``None`` stays."""

    email: str | None = None
    username: str | None = None
    password: str | None = None


async def register(database: Database, passwords: Passwords, new: NewAccount) -> User:
    """Make an account.

    The password is hashed before anything is looked up, and one statement decides: a name that
    is taken, an address that is and both that are free take the same work.

    Raises:
        AccountTaken: Username or address belong to an account; which one is not told.

    Cost: one hash; one statement and a commit.
    """
    password_hash = await passwords.hashed(new.password)
    now = present()
    user = User(
        public_id=secrets.token_hex(12),
        email=new.email,
        email_folded=fold(new.email),
        username=new.username,
        username_folded=fold(new.username),
        password_hash=password_hash,
        role=new.role.value,
        token_epoch=0,
        created_at=now,
        updated_at=now,
        password_changed_at=now,
    )
    try:
        async with writing(database) as session:
            session.add(user)
    except IntegrityError as error:
        audit.note("registration-refused")
        raise AccountTaken("email", "username") from error
    audit.note("account-made", user.public_id, role=user.role)
    return user


async def log_in(database: Database, passwords: Passwords, name: str, password: str) -> User:
    """The account of a username or e-mail address and its password.

    Raises:
        CredentialsInvalid: They do not belong together, or the account is disabled; all of
            these cost the same and look the same.

    Cost: one statement and one hash; two more where the hash is out of date.
    """
    async with reading(database) as session:
        user = await session.scalar(queries.user_named(fold(name)))
    fits = await passwords.fits(user.password_hash if user else None, password)
    if user is None or not fits or user.disabled_at is not None:
        audit.note("log-in-refused", user.public_id if user else None)
        raise CredentialsInvalid
    if passwords.is_outdated(user.password_hash):
        fresh = await passwords.hashed(password)
        async with writing(database) as session:
            await session.execute(
                update(User)
                .where(User.id == user.id, User.password_hash == user.password_hash)
                .values(password_hash=fresh)
            )
    audit.note("log-in", user.public_id)
    return user


async def find(database: Database, public_id: str) -> User:
    """One account.

    Raises:
        AccountNotFound: There is none.
    """
    async with reading(database) as session:
        user = await session.scalar(queries.user_of(public_id))
    if user is None:
        raise AccountNotFound(public_id)
    return user


async def named(database: Database, name: str) -> User:
    """One account by username or e-mail address.

    Raises:
        AccountNotFound: There is none.
    """
    async with reading(database) as session:
        user = await session.scalar(queries.user_named(fold(name)))
    if user is None:
        raise AccountNotFound(name)
    return user


async def change(
    database: Database, passwords: Passwords, user: User, current_password: str, wanted: Changes
) -> User:
    """Change address, name or password of an account whose owner knows the password.

    A new password ends all other sessions: refresh tokens are revoked, access tokens that are
    out hold no more.

    Raises:
        CredentialsInvalid: The current password is another one.
        AccountRefused: The new password is the account's own name or address.
        AccountTaken: The new name or address belongs to another account.
    """
    if wanted.password is not None:
        refusal = refusal_of(wanted.password, user.email, user.username)
        if refusal is not None:
            raise AccountRefused(refusal)
    if not await passwords.fits(user.password_hash, current_password):
        audit.note("log-in-refused", user.public_id)
        raise CredentialsInvalid
    values: dict[str, Any] = {"updated_at": present()}
    if wanted.email is not None:
        values |= {"email": wanted.email, "email_folded": fold(wanted.email)}
    if wanted.username is not None:
        values |= {"username": wanted.username, "username_folded": fold(wanted.username)}
    if wanted.password is not None:
        values |= {
            "password_hash": await passwords.hashed(wanted.password),
            "password_changed_at": values["updated_at"],
        }
    try:
        async with writing(database) as session:
            changed = await _update(session, user.public_id, values)
            if wanted.password is not None:
                await end_sessions(session, changed)
    except IntegrityError as error:
        audit.note("registration-refused", user.public_id)
        raise AccountTaken(*_names(wanted)) from error
    audit.note("account-changed", user.public_id, changed=" ".join(_fields(wanted)))
    return changed


def _fields(wanted: Changes) -> list[str]:
    return [name for name, value in wanted._asdict().items() if value is not None]


def _names(wanted: Changes) -> list[str]:
    return [field for field in _fields(wanted) if field != "password"]


async def end_sessions(session: AsyncSession, user: User) -> None:
    """Revoke every refresh token, and outdate the access tokens that are out."""
    user.token_epoch += 1
    await session.execute(queries.revoke_tokens(user.id, present()))


async def _update(session: AsyncSession, public_id: str, values: Mapping[str, Any]) -> User:
    user = await locked(session, public_id)
    for name, value in values.items():
        setattr(user, name, value)
    await session.flush()
    return user


async def locked(session: AsyncSession, public_id: str) -> User:
    """The account, which nobody else changes meanwhile."""
    user = await session.scalar(queries.user_of(public_id).with_for_update())
    if user is None:
        raise AccountNotFound(public_id)
    return user
