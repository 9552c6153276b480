"""One list of rows to one statement: insert, insert or update, or the driver's ``COPY``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Column, Dialect, Table, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.utils import metrics
from app.utils._batch_arrays import Insertion, insertion_by_arrays, insertion_by_list
from app.utils._batch_copy import can_copy, copy_rows, copy_values
from app.utils._batch_rows import Row, Target, alike

_conflict_inserts: Mapping[str, Callable[[Table], Any]] = {
    "postgresql": postgresql.insert,
    "sqlite": sqlite.insert,
}

_insertions: Mapping[str, Callable[[Target, Sequence[Row]], Insertion]] = {
    "postgresql": insertion_by_arrays
}
"""How rows are inserted where a list of them is not the quickest."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """What happens to a row whose key is there already.

    Attributes:
        by: Column keys of a unique constraint or index.
        update: Columns to set; ``None`` sets all that the row gives but its key, none of
            them keeps what is stored.
    """

    by: tuple[str, ...]
    update: tuple[str, ...] | None = None

    def updated(self, keys: Sequence[str]) -> list[str]:
        """Those of a row's columns that are set."""
        chosen = keys if self.update is None else [key for key in keys if key in self.update]
        return [key for key in chosen if key not in self.by]

    def merged(self, target: Target, rows: Sequence[Row]) -> list[Row]:
        """One row for each key: what writing them one after the other would come to.

        Rows whose key holds a ``None`` conflict with nothing, as in the database.
        """
        found: dict[object, Row] = {}
        for position, row in enumerate(rows):
            try:
                key = tuple(row[name] for name in self.by)
            except KeyError as missing:
                raise ValueError(f"a row of {target.table.name} lacks its key {missing}") from None
            if None in key:
                found[position] = row
            elif key in found:
                found[key] = {
                    **found[key],
                    **{name: row[name] for name in self.updated(tuple(row))},
                }
            else:
                found[key] = row
        return list(found.values())


async def connect(session: AsyncSession, target: Target) -> AsyncConnection:
    """The connection of the session's transaction, with what the session holds written."""
    if session.new or session.dirty or session.deleted:
        await session.flush()
    return await session.connection(bind_arguments={"clause": target.table})


async def insert_rows(
    session: AsyncSession, target: Target, rows: Sequence[Row], *, by_copy: bool = False
) -> None:
    """Insert rows given as mappings, at most ``MAX_ROWS`` of them."""
    connection = await connect(session, target)
    rows = target.by_column(rows)
    copies = by_copy and await can_copy(connection)
    for part in alike(target, rows):
        if copies and await copy_rows(connection, target, part):
            observe("copy", len(part))
        else:
            make = _insertions.get(connection.dialect.name, insertion_by_list)
            await connection.execute(*make(target, part))
            observe("insert", len(part))


async def upsert_rows(
    session: AsyncSession, target: Target, rows: Sequence[Row], conflict: Conflict
) -> int:
    """Insert rows or update those that are there; how many were left without duplicates.

    Rows that give different columns take a statement each kind: a column that a row does not
    give keeps what is stored.
    """
    connection = await connect(session, target)
    merged = conflict.merged(target, target.by_column(rows))
    kinds: dict[frozenset[str], list[Row]] = {}
    for row in merged:
        kinds.setdefault(frozenset(row), []).append(row)
    for names, part in kinds.items():
        target.require_known(names)
        keys = target.ordered(names)
        made = _on_update(target.table, keys)
        statement = _upsert(connection.dialect, target.table, keys, conflict, made)
        await connection.execute(statement, part)
        observe("upsert", len(part))
    return len(merged)


async def write_stored_values(
    session: AsyncSession,
    target: Target,
    columns: tuple[str, ...],
    rows: Sequence[Sequence[Any]],
    conflict: Conflict | None,
    *,
    by_copy: bool,
) -> None:
    """Write tuples of ``columns`` as they are: neither types nor defaults are asked.

    With a ``conflict``, rows are written one after the other, so the last of duplicates wins.
    """
    connection = await connect(session, target)
    if by_copy and conflict is None and await can_copy(connection):
        await copy_values(connection, target.table, columns, rows)
        observe("copy", len(rows))
        return
    statement, order = _text(connection.dialect, target.table, columns, conflict)
    if order is not None:
        rows = [order(row) for row in rows]
    await connection.exec_driver_sql(statement, list(rows))
    observe("insert" if conflict is None else "upsert", len(rows))


def _upsert(
    dialect: Dialect,
    table: Table,
    keys: Sequence[str],
    conflict: Conflict,
    made: Mapping[Column[Any], Any],
) -> Any:
    make = _conflict_inserts.get(dialect.name)
    if make is None:
        raise NotImplementedError(f"there is no insert-or-update for {dialect.name} here")
    statement = make(table)
    names = conflict.updated(keys)
    unique = [table.c[key] for key in conflict.by]
    if not names:
        return statement.on_conflict_do_nothing(index_elements=unique)
    changed = {table.c[name]: statement.excluded[name] for name in names}
    return statement.on_conflict_do_update(index_elements=unique, set_={**changed, **made})


def _on_update(table: Table, keys: Sequence[str]) -> dict[Column[Any], Any]:
    """Values of ``onupdate`` for columns that the rows do not give: one for the statement."""
    made = {}
    for key, column in table.c.items():
        rule: Any = column.onupdate
        if rule is not None and key not in keys:
            made[column] = rule.arg(None) if rule.is_callable else rule.arg
    return made


@lru_cache(maxsize=256)
def _text(
    dialect: Dialect, table: Table, columns: tuple[str, ...], conflict: Conflict | None
) -> tuple[str, Callable[[Sequence[Any]], Sequence[Any]] | None]:
    """A statement for a driver, and what brings its values into order, if they are not."""
    statement = (
        insert(table) if conflict is None else _upsert(dialect, table, columns, conflict, {})
    )
    compiled: Any = statement.inline().compile(dialect=dialect, column_keys=list(columns))
    if set(compiled.positiontup) != set(columns):
        missing = sorted(set(compiled.positiontup) - set(columns))
        raise ValueError(f"values of {table.name} as stored lack {', '.join(missing)}")
    order = tuple(columns.index(name) for name in compiled.positiontup)
    in_order = order == tuple(range(len(columns)))
    return compiled.string, None if in_order else itemgetter(*order)


def observe(operation: str, rows: int) -> None:
    """Tell how many rows a statement carried."""
    if metrics.is_enabled():
        _series(operation).observe(rows)


@lru_cache(maxsize=16)
def _series(operation: str) -> Any:
    return metrics.batch_rows.labels(operation)
