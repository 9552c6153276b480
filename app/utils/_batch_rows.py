"""Rows on their way to a table: instances and mappings become mappings with the same columns."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Container, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Column, Table, inspect
from sqlalchemy import Sequence as DatabaseSequence
from sqlalchemy.orm import DeclarativeBase, Mapper

MAX_ROWS = 1_000
"""Most rows of one statement."""

Item = TypeVar("Item")
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Target:
    """A table, and how the rows of its model name its columns.

    Attributes:
        attributes: Attribute and column key of each mapped column; empty for a bare table.
        renamed: Attribute → column key, where they differ.
        relationships: Attributes that are no columns, and so cannot be written.
        made_by_server: Columns whose value, when not given, the database makes.
    """

    table: Table
    model: type[Any] | None
    keys: frozenset[str]
    attributes: tuple[tuple[str, str], ...]
    renamed: Mapping[str, str]
    relationships: frozenset[str]
    made_by_server: frozenset[str]

    def row_of(self, row: object) -> Row:
        """A row of its own from an instance or a mapping.

        Raises:
            TypeError: It is neither.
            ValueError: The instance belongs to a session, is stored already, or has related
                objects, which a batch does not write.
        """
        if type(row) is dict or isinstance(row, Mapping):  # asking the class first is quicker
            return dict(row)
        if self.model is None or not isinstance(row, self.model):
            raise TypeError(f"a row of {self.table.name} is no {type(row).__name__}")
        state: Any = inspect(row)
        if state.key is not None or state.session_id is not None:
            raise ValueError(
                f"this {type(row).__name__} belongs to a session or is stored already:"
                " it would be written twice"
            )
        held, numbered = state.dict, self.table.autoincrement_column
        if related := sorted(name for name in self.relationships if held.get(name)):
            raise ValueError(
                f"{type(row).__name__}.{related[0]} holds related objects, which a batch does"
                " not write: add them to their own batch and set the foreign key"
            )
        return {
            key: held[attribute]
            for attribute, key in self.attributes
            if attribute in held
            and (held[attribute] is not None or self.table.c[key] is not numbered)
        }

    def by_column(self, rows: Sequence[Row]) -> Sequence[Row]:
        """The same rows by column key; they themselves where nothing is named otherwise."""
        if not self.renamed:
            return rows
        renamed = self.renamed
        return [{renamed.get(name, name): value for name, value in row.items()} for row in rows]

    def require_known(self, names: Iterable[str]) -> None:
        """Raise ``ValueError`` for a name that is no column."""
        if unknown := sorted(set(names) - self.keys):
            raise ValueError(f"{self.table.name} has no column {', '.join(unknown)}")

    def ordered(self, names: Container[str]) -> tuple[str, ...]:
        """Those of the column keys that ``names`` has, in the table's order."""
        return tuple(column.key for column in self.table.c if column.key in names)

    def column_keys(self, names: Iterable[str]) -> tuple[str, ...]:
        """Column keys of attribute or column names; ``ValueError`` for unknown ones."""
        keys = tuple(self.renamed.get(name, name) for name in names)
        self.require_known(keys)
        return keys


@lru_cache(maxsize=256)
def target_of(model: type[DeclarativeBase] | Table) -> Target:
    """What is to be known of a model or table; raises ``TypeError`` for one of several tables."""
    if isinstance(model, Table):
        return _target(model, None, ())
    mapper: Mapper[Any] = inspect(model)
    if len(mapper.tables) > 1 or not isinstance(mapper.local_table, Table):
        raise TypeError(f"{model.__name__} is spread over several tables; write to each of them")
    pairs = tuple((attribute.key, attribute.columns[0].key) for attribute in mapper.column_attrs)
    return _target(mapper.local_table, model, pairs, frozenset(mapper.relationships.keys()))


def _target(
    table: Table,
    model: type[Any] | None,
    attributes: tuple[tuple[str, str], ...],
    relationships: frozenset[str] = frozenset(),
) -> Target:
    return Target(
        table=table,
        model=model,
        keys=frozenset(table.c.keys()),
        attributes=attributes,
        renamed={name: key for name, key in attributes if name != key},
        relationships=relationships,
        made_by_server=frozenset(key for key, column in table.c.items() if _is_made(column)),
    )


def _is_made(column: Column[Any]) -> bool:
    default = column.default
    return (
        column.server_default is not None  # identity and computed columns have one, too
        or column is column.table.autoincrement_column
        or isinstance(default, DatabaseSequence)
        or (default is not None and default.is_clause_element)
    )


def alike(target: Target, rows: Sequence[Row]) -> list[Sequence[Row]]:
    """The same rows in lists that can share a statement: all with the same columns.

    One list, as a rule, and the one that was given where nothing has to be filled in. What a row
    lacks takes its default, or ``None``; defaults of Python are called as SQLAlchemy would call
    them. Only columns that the database fills part rows: none leaves to it what others give.
    """
    names = tuple(rows[0])
    if list(map(tuple, rows)).count(names) == len(rows):
        target.require_known(names)
        return [rows]
    given = frozenset().union(*rows) & target.made_by_server
    parts: dict[frozenset[str], list[Row]] = {}
    for row in rows:
        parts.setdefault(given.intersection(row), []).append(row)
    return [_filled(target, part) for part in parts.values()]


def _filled(target: Target, rows: Sequence[Row]) -> Sequence[Row]:
    names = frozenset().union(*rows)
    target.require_known(names)
    return with_defaults(target, rows, target.ordered(names))


def with_defaults(target: Target, rows: Sequence[Row], keys: Sequence[str]) -> list[Row]:
    """New rows that have ``keys``, in that order."""
    columns = [(key, target.table.c[key]) for key in keys]
    return [
        {key: row[key] if key in row else _default(column, row) for key, column in columns}
        for row in rows
    ]


class Complete(NamedTuple):
    """Rows with a value for each column that Python has one for."""

    keys: tuple[str, ...]
    rows: Sequence[Row]


def completed(target: Target, rows: Sequence[Row]) -> Complete | None:
    """Rows that have the same columns, and the defaults of Python for columns that none has.

    ``None`` where a default is SQL that the statement would have to hold.
    """
    first = rows[0]
    columns = target.table.c.items()
    if any(
        column.default is not None and column.server_default is None and key not in first
        for key, column in columns
        if key in target.made_by_server
    ):
        return None
    keys = tuple(
        key
        for key, column in columns
        if key in first or (column.default is not None and key not in target.made_by_server)
    )
    return Complete(keys, rows if len(keys) == len(first) else with_defaults(target, rows, keys))


class _DefaultContext:
    """What a default function may ask for: the other values of its row."""

    def __init__(self, row: Row) -> None:
        self.current_parameters = row

    def get_current_parameters(self, *, isolate_multiinsert_groups: bool = True) -> Row:
        """As of SQLAlchemy's own context."""
        return self.current_parameters


def _default(column: Column[Any], row: Row) -> Any:
    default: Any = column.default
    if default is None:
        return None
    return default.arg(_DefaultContext(row)) if default.is_callable else default.arg


def require_size(batch_size: int) -> None:
    """Raise ``ValueError`` unless a statement may have that many rows."""
    if not 1 <= batch_size <= MAX_ROWS:
        raise ValueError(f"batch_size is 1 to {MAX_ROWS}, not {batch_size}")


async def batches(
    items: Iterable[Item] | AsyncIterable[Item], batch_size: int
) -> AsyncGenerator[list[Item], None]:
    """Lists of ``batch_size`` items, the last one shorter; holds no more than one of them."""
    if not isinstance(items, AsyncIterable):
        source = iter(items)
        while batch := list(islice(source, batch_size)):
            yield batch
        return
    batch = []
    async with AsyncExitStack() as stack:
        if isinstance(items, AsyncGenerator):  # lets go what it holds when reading ends early
            await stack.enter_async_context(aclosing(items))
        async for item in items:
            batch.append(item)
            if len(batch) >= batch_size:
                yield batch
                batch = []
    if batch:
        yield batch
