"""Declarative base, naming convention, and the column types that both databases share."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Dialect, Integer, MetaData
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from app.db.moments import from_epoch_ms, to_epoch_ms

BigKey = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit key; SQLite wants the word INTEGER to make it the row id."""


class Base(DeclarativeBase):
    """Base of every table; constraints are named so that migrations can address them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class UtcTimestamp(TypeDecorator[datetime]):
    """An aware UTC time, stored as milliseconds since 1970 on every database.

    An integer sorts, compares and travels to the index the same everywhere; naive times
    are refused, since they mean nothing.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Aware time to milliseconds; raises ``ValueError`` for a naive one."""
        return None if value is None else to_epoch_ms(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Milliseconds to aware UTC time."""
        return None if value is None else from_epoch_ms(value)
