"""Rows as arrays, one for each column: one statement for any number of rows, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

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

from app.utils._batch_rows import Row, Target, completed

PREFIX = "array_of_"
"""Begin of the names of parameters."""

_OF_ONE_VALUE = (
    Boolean, Date, DateTime, Float, Integer, Interval, JSON, LargeBinary, Numeric, String, Time,
    Uuid,
)  # fmt: skip
"""Types whose values no driver takes for an array of their own."""


_is_what_it_decorates = TypeDecorator.load_dialect_impl


class Insertion(NamedTuple):
    """How rows with the same columns are inserted: a statement, and its parameters."""

    statement: Insert
    parameters: Any


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


def arrays_of(rows: Sequence[Row], keys: Iterable[str]) -> dict[str, list[Any]]:
    """The parameters of ``unnested``."""
    return {PREFIX + key: [row[key] for row in rows] for key in keys}


def insertion_by_list(target: Target, rows: Sequence[Row]) -> Insertion:
    """A statement for a row, and a list of them."""
    return Insertion(insert(target.table), rows)


def insertion_by_arrays(target: Target, rows: Sequence[Row]) -> Insertion:
    """A statement for any number of rows: half of the time; by list where that does not do."""
    complete = completed(target, rows)
    statement = None if complete is None else _insert_from_arrays(target.table, complete.keys)
    if complete is None or statement is None:
        return insertion_by_list(target, rows)
    return Insertion(statement, arrays_of(complete.rows, complete.keys))


@lru_cache(maxsize=256)
def _insert_from_arrays(table: Table, keys: tuple[str, ...]) -> Insert | None:
    """``None`` where the columns do not fit into arrays."""
    if not fit_in_arrays(table, keys):
        return None
    given = unnested(table, keys)
    columns = [table.c[key] for key in keys]
    return insert(table).from_select(columns, select(given), include_defaults=False)


def _fits(column: Column[Any]) -> bool:
    kind: TypeEngine[Any] = column.type
    while isinstance(kind, TypeDecorator):
        if _is_what_it_decorates is not type(kind).load_dialect_impl:
            return False  # What it is, and how long, is known to it alone.
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
