"""Tables of accounts: user, refresh token, API key."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, BigKey, UtcTimestamp


class User(Base):
    """An account."""

    __tablename__ = "user_account"  # "user" is a word of SQL

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    """Random; what answers, tokens and logs name the account by."""
    email: Mapped[str] = mapped_column(Text)
    email_folded: Mapped[str] = mapped_column(Text, unique=True)
    """What is compared: see ``users.names``."""
    username: Mapped[str] = mapped_column(Text)
    username_folded: Mapped[str] = mapped_column(Text, unique=True)
    password_hash: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(String(16))
    token_epoch: Mapped[int]
    """Grows when access tokens that are out shall not hold any more."""
    created_at: Mapped[datetime] = mapped_column(UtcTimestamp)
    updated_at: Mapped[datetime] = mapped_column(UtcTimestamp)
    password_changed_at: Mapped[datetime] = mapped_column(UtcTimestamp)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcTimestamp)


class RefreshToken(Base):
    """One refresh token; those that followed from one log-in are a family."""

    __tablename__ = "refresh_token"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), index=True
    )
    family: Mapped[str] = mapped_column(String(32), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcTimestamp)
    expires_at: Mapped[datetime] = mapped_column(UtcTimestamp)
    used_at: Mapped[datetime | None] = mapped_column(UtcTimestamp)
    """When it was exchanged for the next one of its family."""
    revoked_at: Mapped[datetime | None] = mapped_column(UtcTimestamp)


class ApiKey(Base):
    """A key of a program; only its hash is kept."""

    __tablename__ = "api_key"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    user_id: Mapped[int | None] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), index=True
    )
    """Its owner; ``None`` for a key that the operator made on the command line."""
    name: Mapped[str] = mapped_column(Text)
    prefix: Mapped[str] = mapped_column(String(16))
    """The beginning of the key, to tell keys apart by."""
    key_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    scopes: Mapped[str] = mapped_column(Text)
    """``vocabulary.Scope`` words joined by blanks."""
    created_at: Mapped[datetime] = mapped_column(UtcTimestamp)
    expires_at: Mapped[datetime | None] = mapped_column(UtcTimestamp)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcTimestamp)
    """To the minute: see ``users.keys``."""
    revoked_at: Mapped[datetime | None] = mapped_column(UtcTimestamp)
