"""Updates: one statement for all rows that a condition names, or a row each by its key."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, cast

from sqlalchemy import ColumnElement, CursorResult, Table, Update, and_, bindparam, true, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.utils._batch_arrays import arrays_of, fit_in_arrays, unnested
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
    merged = Conflict(by).merged(target, target.by_column(rows))
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
    if from_arrays is not None and fit_in_arrays(table, (*by, *columns)):
        statement = from_arrays(table, by, columns).where(*conditions)
        return (await connection.execute(statement, arrays_of(rows, (*by, *columns)))).rowcount
    statement = (
        update(table)
        .where(*(table.c[key] == bindparam(_KEY + key) for key in by), *conditions)
        .values({key: bindparam(key) for key in columns})
    )
    values = [{(_KEY + key if key in by else key): row[key] for key in row} for row in rows]
    if connection.dialect.supports_sane_multi_rowcount:
        return (await connection.execute(statement, values)).rowcount
    return sum([(await connection.execute(statement, row)).rowcount for row in values])


def _update_from_arrays(table: Table, by: Sequence[str], columns: Sequence[str]) -> Update:
    """Compiled once, whatever the number of rows, and counted."""
    given = unnested(table, (*by, *columns))
    return (
        update(table)
        .values({key: given.c[key] for key in columns})
        .where(*(table.c[key] == given.c[key] for key in by))
    )


_from_arrays: Mapping[str, Callable[[Table, Sequence[str], Sequence[str]], Update]] = {
    "postgresql": _update_from_arrays
}
