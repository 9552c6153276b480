"""Statements over accounts, tokens and keys; no I/O."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Delete, Select, Update, delete, func, not_, select, update

from app.users.models import ApiKey, RefreshToken, User
from app.users.vocabulary import Role


def user_of(public_id: str) -> Select[User]:
    """One account by the id that the world knows; see ``user_named`` about NUL."""
    return select(User).where(User.public_id == public_id.replace("\0", " "))


def user_named(folded: str) -> Select[User]:
    """One account by its folded e-mail address or username; only the first has an ``@``.

    No name has a NUL, which PostgreSQL does not even take as a question.
    """
    folded = folded.replace("\0", " ")
    column = User.email_folded if "@" in folded else User.username_folded
    return select(User).where(column == folded)


def epoch_of(user_id: int) -> Select[int]:
    """``User.token_epoch``, which nobody else changes meanwhile."""
    return select(User.token_epoch).where(User.id == user_id).with_for_update(key_share=True)


def admins() -> Select[int]:
    """Accounts that may manage others."""
    return select(User.id).where(User.role == Role.ADMIN.value).order_by(User.id)


def users_after(last_id: int, limit: int) -> Select[User]:
    """A page of accounts in the order in which they were made."""
    return select(User).where(User.id > last_id).order_by(User.id).limit(limit)


def token_of(token_hash: bytes) -> Select[RefreshToken, User]:
    """A refresh token with its account, which nobody else changes meanwhile.

    Exchanging a token and ending all sessions take turns: else a token that is being made would
    outlive a new password.
    """
    return (
        select(RefreshToken, User)
        .join(User, User.id == RefreshToken.user_id)
        .where(RefreshToken.token_hash == token_hash)
        .with_for_update(key_share=True, of=User)
    )


def use_token(token_id: int, now: datetime) -> Update:
    """Mark a token used; of those who try at once, one succeeds."""
    return (
        update(RefreshToken)
        .where(
            RefreshToken.id == token_id,
            RefreshToken.used_at.is_(None),
            RefreshToken.revoked_at.is_(None),
        )
        .values(used_at=now)
    )


def revoke_family(family: str, now: datetime) -> Update:
    """Revoke all tokens that followed from one log-in."""
    return (
        update(RefreshToken)
        .where(RefreshToken.family == family, RefreshToken.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def revoke_tokens(user_id: int, now: datetime) -> Update:
    """Revoke all refresh tokens of an account."""
    return (
        update(RefreshToken)
        .where(RefreshToken.user_id == user_id, RefreshToken.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def forget_tokens(user_id: int, now: datetime) -> Delete:
    """Delete refresh tokens of an account that are too old to hold."""
    return delete(RefreshToken).where(
        RefreshToken.user_id == user_id, RefreshToken.expires_at < now
    )


def key_of(key_hash: bytes) -> Select[ApiKey, User]:
    """A key with its owner, if it has one."""
    return (
        select(ApiKey, User)
        .outerjoin(User, User.id == ApiKey.user_id)
        .where(ApiKey.key_hash == key_hash)
    )


def keys_of(user_id: int | None) -> Select[ApiKey]:
    """Keys of an owner, newest first; ``None``: all there are."""
    query = select(ApiKey).order_by(ApiKey.id.desc())
    return query if user_id is None else query.where(ApiKey.user_id == user_id)


def keys_before(last_id: int | None, limit: int, user_id: int | None) -> Select[ApiKey]:
    """A page of them: those behind the last of the page before."""
    query = keys_of(user_id).limit(limit)
    return query if last_id is None else query.where(ApiKey.id < last_id)


def count_held(user_id: int, now: datetime) -> Select[int]:
    """How many keys of an owner hold."""
    return select(func.count()).where(ApiKey.user_id == user_id, not_(_has_ended(now)))


def forget_ended(user_id: int, now: datetime, most: int) -> Delete:
    """Delete keys of an owner that hold no more, but for the newest."""
    of_owner = (ApiKey.user_id == user_id, _has_ended(now))
    kept = select(ApiKey.id).where(*of_owner).order_by(ApiKey.id.desc()).limit(most)
    return delete(ApiKey).where(*of_owner, ApiKey.id.not_in(kept))


def _has_ended(now: datetime) -> ColumnElement[bool]:
    is_over = ApiKey.expires_at.is_not(None) & (ApiKey.expires_at <= now)
    return ApiKey.revoked_at.is_not(None) | is_over
