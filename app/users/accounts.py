"""Accounts: made, entered, changed and closed."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import func, select, update
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
    LastAdmin,
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

    The password is hashed before anything is looked up, so that a name that is taken takes as
    long as one that is free.

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
        raise AccountTaken from error
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
        raise AccountTaken from error
    audit.note("account-changed", user.public_id, changed=" ".join(_told(wanted)))
    return changed


def _told(wanted: Changes) -> list[str]:
    return [name for name, value in wanted._asdict().items() if value is not None]


async def close(database: Database, public_id: str, *, by: str | None = None) -> None:
    """Delete an account with all that belongs to it: sessions, keys, favourites.

    Raises:
        AccountNotFound: There is none.
        LastAdmin: Nobody could manage accounts any more.
    """
    async with writing(database) as session:
        user = await _locked_with_admins(session, public_id)
        await _require_another_admin(session, user)
        await session.delete(user)
    audit.note("account-deleted", public_id, by=by)


async def set_role(
    database: Database, public_id: str, role: Role, *, by: str | None = None
) -> User:
    """Give an account another role; see ``rule``."""
    return await rule(database, public_id, role=role, by=by)


async def set_disabled(
    database: Database, public_id: str, *, is_disabled: bool, by: str | None = None
) -> User:
    """Shut an account out, or let it in again; see ``rule``."""
    return await rule(database, public_id, is_disabled=is_disabled, by=by)


async def rule(
    database: Database,
    public_id: str,
    *,
    role: Role | None = None,
    is_disabled: bool | None = None,
    by: str | None = None,
) -> User:
    """Decide about an account, all at once or not at all; what is ``None`` stays.

    With another role its access tokens that are out hold no more. One that is shut out loses
    its sessions, and its keys do not hold; nothing of it is lost.

    Raises:
        AccountNotFound: There is none.
        LastAdmin: It is the last admin.
    """
    now = present()
    async with writing(database) as session:
        user = await _locked_with_admins(session, public_id)
        if is_disabled or role not in {None, Role.ADMIN}:
            await _require_another_admin(session, user)
        if role is not None:
            user.role = role.value
            user.token_epoch += 1
        if is_disabled:
            await end_sessions(session, user)
        if is_disabled is not None:
            user.disabled_at = now if is_disabled else None
        user.updated_at = now
    if role is not None:
        audit.note("role-changed", public_id, role=role.value, by=by)
    if is_disabled is not None:
        audit.note("account-disabled" if is_disabled else "account-enabled", public_id, by=by)
    return user


async def set_password(database: Database, passwords: Passwords, public_id: str, new: str) -> User:
    """Set a password as the operator; ends all sessions.

    Raises:
        AccountNotFound: There is none.
    """
    password_hash = await passwords.hashed(new)
    async with writing(database) as session:
        user = await _locked(session, public_id)
        user.password_hash, user.password_changed_at = password_hash, present()
        await end_sessions(session, user)
    audit.note("account-changed", public_id, changed="password", by="operator")
    return user


async def end_sessions(session: AsyncSession, user: User) -> None:
    """Revoke every refresh token, and outdate the access tokens that are out."""
    user.token_epoch += 1
    await session.execute(queries.revoke_tokens(user.id, present()))


async def _update(session: AsyncSession, public_id: str, values: Mapping[str, Any]) -> User:
    user = await _locked(session, public_id)
    for name, value in values.items():
        setattr(user, name, value)
    await session.flush()
    return user


async def _locked(session: AsyncSession, public_id: str) -> User:
    """The account, which nobody else changes meanwhile."""
    user = await session.scalar(queries.user_of(public_id).with_for_update())
    if user is None:
        raise AccountNotFound(public_id)
    return user


async def _locked_with_admins(session: AsyncSession, public_id: str) -> User:
    """The same; admins who remove each other take turns, all in one order."""
    await session.execute(queries.admins().with_for_update())
    return await _locked(session, public_id)


async def _require_another_admin(session: AsyncSession, user: User) -> None:
    if user.role != Role.ADMIN:
        return
    others = await session.scalar(
        select(func.count()).where(
            User.role == Role.ADMIN.value, User.disabled_at.is_(None), User.id != user.id
        )
    )
    if not others:
        raise LastAdmin
