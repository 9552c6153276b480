"""Updates: one statement for all rows that a condition names, or a row each by its key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, cast

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    CursorResult,
    Table,
    Update,
    and_,
    bindparam,
    column,
    func,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.utils._batch_insert import Conflict, connect, observe
from app.utils._batch_rows import Row, Target

Condition = ColumnElement[bool]
Where = Condition | Sequence[Condition] | Mapping[str, Any] | Literal["all"]

_KEY = "batch_key_"


def conditions_of(target: Target, where: Where | None) -> list[Condition]:
    """The conditions that ``where`` stands for; none for ``None`` and for ``"all"``."""
    if where is None or isinstance(where, str):
        return []
    if isinstance(where, Mapping):
        keys = target.column_keys(where)
        return [
            target.table.c[key] == value for key, value in zip(keys, where.values(), strict=True)
        ]
    return [where] if isinstance(where, ColumnElement) else list(where)


async def update_where(
    session: AsyncSession, target: Target, values: Mapping[str, Any], where: Where | None
) -> int:
    """Set the same values in all rows that a condition names; how many those were."""
    conditions = conditions_of(target, where)
    if where != "all" and str(and_(true(), *conditions)) == "true":
        raise ValueError(
            f"an update of {target.table.name} without a condition changes every row:"
            ' if that is meant, say where="all"'
        )
    keys = target.column_keys(values)
    if not keys:
        raise ValueError(f"an update of {target.table.name} without values")
    by_key = dict(zip(keys, values.values(), strict=True))
    statement: Update
    if target.model is None:
        statement = update(target.table).values(by_key)
    else:
        names = {key: name for name, key in target.attributes}
        statement = update(target.model).values(
            {getattr(target.model, names[key]): value for key, value in by_key.items()}
        )
    result = cast("CursorResult[Any]", await session.execute(statement.where(*conditions)))
    observe("update", result.rowcount)
    return result.rowcount


async def update_by_key(
    session: AsyncSession,
    target: Target,
    rows: Sequence[Row],
    by: tuple[str, ...],
    conditions: Sequence[Condition],
) -> int:
    """Set what each row gives in the row that its key names; how many rows that changed."""
    connection = await connect(session, target)
    merged = Conflict(by, None, skip_unchanged=False).merged(target, target.by_column(rows))
    kinds: dict[frozenset[str], list[Row]] = {}
    for row in merged:
        kinds.setdefault(frozenset(row), []).append(row)
    updated = 0
    for names, part in kinds.items():
        target.require_known(names)
        columns = target.ordered(names - set(by))
        if not columns:
            raise ValueError(f"a row of {target.table.name} gives its key and nothing to set")
        updated += await _update(connection, target.table, part, by, columns, conditions)
        observe("update", len(part))
    return updated


async def _update(
    connection: AsyncConnection,
    table: Table,
    rows: Sequence[Row],
    by: Sequence[str],
    columns: Sequence[str],
    conditions: Sequence[Condition],
) -> int:
    from_arrays = _from_arrays.get(connection.dialect.name)
    if from_arrays is not None and _fit_in_arrays(table, (*by, *columns)):
        statement = from_arrays(table, by, columns).where(*conditions)
        lists = {_KEY + key: [row[key] for row in rows] for key in (*by, *columns)}
        return (await connection.execute(statement, lists)).rowcount
    statement = (
        update(table)
        .where(*(table.c[key] == bindparam(_KEY + key) for key in by), *conditions)
        .values({key: bindparam(key) for key in columns})
    )
    values = [{(_KEY + key if key in by else key): row[key] for key in row} for row in rows]
    if connection.dialect.supports_sane_multi_rowcount:
        return (await connection.execute(statement, values)).rowcount
    return sum([(await connection.execute(statement, row)).rowcount for row in values])


def _unnest(table: Table, by: Iterable[str], columns: Iterable[str]) -> Update:
    """One array for each column, whatever the number of rows: compiled once, and counted."""
    keys = (*by, *columns)
    given = (
        func.unnest(*(bindparam(_KEY + key, type_=ARRAY(table.c[key].type)) for key in keys))
        .table_valued(*(column(key, table.c[key].type) for key in keys), name="given")
        .render_derived()
    )
    return (
        update(table)
        .values({key: given.c[key] for key in columns})
        .where(*(table.c[key] == given.c[key] for key in by))
    )


def _fit_in_arrays(table: Table, keys: Iterable[str]) -> bool:
    """Arrays of arrays come apart altogether, and what a type does in SQL is done to values."""
    types = [table.c[key].type for key in keys]
    return not any(
        isinstance(kind, ARRAY) or kind.bind_expression(bindparam("value")) is not None
        for kind in types
    )


_from_arrays: Mapping[str, Callable[[Table, Iterable[str], Iterable[str]], Update]] = {
    "postgresql": _unnest
}
