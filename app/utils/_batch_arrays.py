"""Rows as arrays, one for each column: one statement for any number of rows, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    CHAR,
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Enum,
    Float,
    Insert,
    Integer,
    Interval,
    LargeBinary,
    Numeric,
    String,
    Table,
    TableValuedAlias,
    Time,
    TypeDecorator,
    Uuid,
    bindparam,
    column,
    func,
    insert,
    select,
)
from sqlalchemy.types import TypeEngine

PREFIX = "array_of_"
"""Begin of the names of parameters."""

_OF_ONE_VALUE = (
    Boolean, Date, DateTime, Float, Integer, Interval, JSON, LargeBinary, Numeric, String, Time,
    Uuid,
)  # fmt: skip
"""Types whose values no driver takes for an array of their own."""


def fit_in_arrays(table: Table, keys: Iterable[str]) -> bool:
    """Whether arrays of these columns hold what rows of them would.

    Arrays of arrays come apart altogether, and what a type does in SQL is done to values.
    """
    return all(map(_fits, (table.c[key] for key in keys)))


def unnested(table: Table, keys: Sequence[str]) -> TableValuedAlias:
    """The rows of the arrays that ``arrays_of`` makes, as a table ``given``."""
    arrays = (bindparam(PREFIX + key, type_=_array_of(table.c[key].type)) for key in keys)
    columns = (column(key, table.c[key].type) for key in keys)
    return func.unnest(*arrays).table_valued(*columns, name="given").render_derived()


def arrays_of(rows: Sequence[Mapping[str, Any]], keys: Iterable[str]) -> dict[str, list[Any]]:
    """The parameters of ``unnested``."""
    return {PREFIX + key: [row[key] for row in rows] for key in keys}


@lru_cache(maxsize=256)
def insert_from_arrays(table: Table, keys: tuple[str, ...]) -> Insert | None:
    """Inserts the rows of arrays; ``None`` where the columns do not fit into such."""
    if not fit_in_arrays(table, keys):
        return None
    given = unnested(table, keys)
    columns = [table.c[key] for key in keys]
    return insert(table).from_select(columns, select(given), include_defaults=False)


def _fits(column: Column[Any]) -> bool:
    kind: TypeEngine[Any] = column.type
    while isinstance(kind, TypeDecorator):
        if type(kind).load_dialect_impl is not TypeDecorator.load_dialect_impl:
            return False  # Its type, and that type's length, is known to it alone.
        kind = kind.impl_instance
    return (
        isinstance(kind, _OF_ONE_VALUE) and column.type.bind_expression(bindparam("value")) is None
    )


def _array_of(kind: TypeEngine[Any]) -> ARRAY[Any]:
    # Of one dimension whatever the values are: those of JSON may be lists themselves.
    return ARRAY(_without_length(kind), dimensions=1)


def _without_length(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """The same type for texts of any length: a cast to a shorter one would cut them silently."""
    if isinstance(kind, TypeDecorator):
        of_any_length = kind.copy()
        of_any_length.impl = of_any_length.impl_instance = _without_length(kind.impl_instance)
        return of_any_length
    if isinstance(kind, CHAR):
        return String(collation=kind.collation)
    if isinstance(kind, String) and not isinstance(kind, Enum):
        return kind.adapt(type(kind), length=None)
    return kind
