"""Rows before they meet a database: made alike, merged by key, cut into lists."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table, Text
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.utils import metrics
from app.utils._batch_insert import Conflict, _upsert, observe
from app.utils._batch_rows import alike, batches, target_of

_table = Table(
    "place",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("code", Text, unique=True),
    Column("a", Integer, default=5),
    Column("b", Integer),
    Column("c", Integer, server_default="3"),
)
_target = target_of(_table)

Row = dict[str, Any]
_values = st.dictionaries(st.sampled_from(["a", "b"]), st.integers(0, 3))
_codes = st.sampled_from("xyz")
_rows = st.lists(st.builds(lambda code, rest: {"code": code, **rest}, _codes, _values), max_size=8)
_updates = st.none() | st.sets(st.sampled_from(["a", "b"])).map(lambda names: tuple(sorted(names)))


def one_by_one(
    stored: Mapping[str, Row], rows: Sequence[Row], conflict: Conflict
) -> dict[str, Row]:
    """What a database makes of upserts: the model that merging has to agree with."""
    table = {code: dict(row) for code, row in stored.items()}
    for row in rows:
        if row["code"] in table:
            changed = {name: row[name] for name in conflict.updated(tuple(row))}
            table[row["code"]].update(changed)
        else:
            table[row["code"]] = {"a": 5, "b": None, **row}
    return table


@settings(max_examples=80, deadline=None)
@given(rows=_rows, stored=_rows, update=_updates)
def test_merging_rows_by_key_changes_nothing_that_can_be_seen(
    rows: list[Row], stored: list[Row], update: tuple[str, ...] | None
) -> None:
    conflict = Conflict(("code",), update)
    before = one_by_one({}, stored, conflict)
    merged = conflict.merged(_target, rows)
    assert len({row["code"] for row in merged}) == len(merged)
    assert one_by_one(before, [dict(row) for row in merged], conflict) == one_by_one(
        before, rows, conflict
    )


def test_rows_without_a_value_in_their_key_conflict_with_nothing() -> None:
    conflict = Conflict(("code",))
    assert conflict.merged(_target, [{"code": None}] * 3) == [{"code": None}] * 3


@settings(max_examples=80, deadline=None)
@given(
    rows=st.lists(
        st.dictionaries(st.sampled_from(["code", "a", "b", "c"]), st.integers(), min_size=1),
        min_size=1,
        max_size=8,
    )
)
def test_rows_are_made_alike_without_losing_or_inventing_a_value(rows: list[Row]) -> None:
    numbered: list[Row] = [{**row, "id": number} for number, row in enumerate(rows)]
    parts = alike(_target, numbered)
    assert sorted(row["id"] for part in parts for row in part) == list(range(len(rows)))
    for part in parts:
        numbers = [row["id"] for row in part]
        assert numbers == sorted(numbers), "in the order given"
        assert len({frozenset(row) for row in part}) == 1
        for row in part:
            given = numbered[row["id"]]
            assert {name: row[name] for name in given} == given
            added = {name: value for name, value in row.items() if name not in given}
            assert added.items() <= {"code": None, "a": 5, "b": None}.items(), "c is the server's"


def test_rows_that_are_alike_are_not_copied() -> None:
    rows = [{"code": "x", "b": n} for n in range(3)]
    (part,) = alike(_target, rows)
    assert part is rows
    assert _target.by_column(rows) is rows


class _Base(DeclarativeBase):
    pass


class _Animal(_Base):
    __tablename__ = "animal"
    id: Mapped[int] = mapped_column(primary_key=True)


class _Cat(_Animal):
    __tablename__ = "cat"
    id: Mapped[int] = mapped_column(ForeignKey("animal.id"), primary_key=True)


def test_a_model_of_several_tables_is_refused() -> None:
    with pytest.raises(TypeError, match="_Cat is spread over several tables"):
        target_of(_Cat)


def test_an_upsert_for_a_database_that_is_not_known_is_refused() -> None:
    conflict = Conflict(("code",))
    with pytest.raises(NotImplementedError, match="no insert-or-update for mysql"):
        _upsert(mysql.dialect(), _table, ["code"], conflict, {})


class _Source:
    """An async iterable that is no generator, and so has nothing to close."""

    def __aiter__(self) -> AsyncIterator[int]:
        return _Numbers()


class _Numbers:
    def __init__(self) -> None:
        self.last = 0

    def __aiter__(self) -> AsyncIterator[int]:
        return self

    async def __anext__(self) -> int:
        self.last += 1
        if self.last > 3:
            raise StopAsyncIteration
        return self.last


@pytest.mark.anyio
async def test_any_async_iterable_is_cut_into_lists() -> None:
    assert [batch async for batch in batches(_Source(), 2)] == [[1, 2], [3]]


def test_nothing_is_observed_with_metrics_off() -> None:
    with metrics.testing(enabled=False) as changed:
        observe("insert", 5)
        assert changed("batch_rows_count", operation="insert") == 0
