"""Accounts, ruled on: by an admin or the operator; and closed."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.engine import Database
from app.db.moments import present
from app.db.session import writing
from app.users import audit, queries
from app.users.accounts import end_sessions, locked
from app.users.errors import LastAdmin
from app.users.models import User
from app.users.passwords import Passwords
from app.users.vocabulary import Role


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
        user = await locked(session, public_id)
        user.password_hash, user.password_changed_at = password_hash, present()
        await end_sessions(session, user)
    audit.note("account-changed", public_id, changed="password", by="operator")
    return user


async def _locked_with_admins(session: AsyncSession, public_id: str) -> User:
    """The same; admins who remove each other take turns, all in one order."""
    await session.execute(queries.admins().with_for_update())
    return await locked(session, public_id)


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
