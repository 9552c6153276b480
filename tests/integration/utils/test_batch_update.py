"""Updating many rows, on both databases: what is counted is what was changed."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import (
    ARRAY,
    CHAR,
    JSON,
    Column,
    Dialect,
    Integer,
    MetaData,
    String,
    Table,
    TypeDecorator,
    and_,
    event,
    false,
    or_,
    select,
    true,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.types import TypeEngine

from app.utils import metrics
from app.utils.batch_ops import bulk_insert, bulk_update
from tests.fixtures.batch_models import BEGUN, Colour, Thing, engine, session, shared_postgresql_url

pytestmark = pytest.mark.anyio
__all__ = ["engine", "session", "shared_postgresql_url"]


async def weights(session: AsyncSession) -> dict[str, int | None]:
    rows = await session.execute(select(Thing.code, Thing.weight).order_by(Thing.code))
    return {row.code: row.weight for row in rows}


@pytest.fixture
async def things(session: AsyncSession) -> None:
    """Things 1, 2, 3 with the codes a, b, c and the weights 1, 2, 3."""
    rows = zip((1, 2, 3), "abc", strict=True)
    await bulk_insert(session, Thing, [{"id": n, "code": code, "weight": n} for n, code in rows])


async def test_one_statement_sets_what_a_condition_names(
    session: AsyncSession, things: None
) -> None:
    cases: list[tuple[Any, int]] = [
        (Thing.weight > 1, 2),
        ([Thing.weight > 1, Thing.code != "c"], 1),
        ({"code": "a"}, 1),
        ({"label": "thing b", "colour": None}, 1),
        (Thing.code == "nobody", 0),
        (false(), 0),
        ("all", 3),
    ]
    for where, changed in cases:
        savepoint = await session.begin_nested()
        with metrics.testing() as moved:
            assert await bulk_update(session, Thing, {"weight": 9}, where) == changed
        assert moved("batch_rows_sum", operation="update") == changed
        assert list((await weights(session)).values()).count(9) == changed
        await savepoint.rollback()


async def test_an_update_of_everything_has_to_be_said(session: AsyncSession, things: None) -> None:
    nothing: list[Any] = [
        None, [], {}, (), true(), [true(), true()], and_(true(), *[]), or_(true(), Thing.id > 1)
    ]  # fmt: skip
    for where in nothing:
        with pytest.raises(ValueError, match=r'changes every row: if .* say where="all"'):
            await bulk_update(session, Thing, {"weight": 9}, where)
    assert 9 not in (await weights(session)).values()


async def test_objects_in_the_session_follow_an_update_by_condition(session: AsyncSession) -> None:
    thing = Thing(code="x", weight=1)
    session.add(thing)
    assert await bulk_update(session, Thing, {"weight": 5}, Thing.code == "x") == 1
    assert thing.weight == 5


async def test_a_bare_table_is_updated_too(session: AsyncSession, things: None) -> None:
    table = Thing.metadata.tables["thing"]
    assert await bulk_update(session, table, {"weight": 5}, {"code": "b"}) == 1
    assert await bulk_update(session, table, [{"id": 1, "weight": 6}]) == 1
    assert await weights(session) == {"a": 6, "b": 5, "c": 3}


async def test_rows_are_updated_by_their_key(
    engine: AsyncEngine, session: AsyncSession, things: None
) -> None:
    statements: list[str] = []

    @event.listens_for(engine.sync_engine, "before_cursor_execute")
    def note(_c: Any, _cursor: Any, sql: str, *_more: Any) -> None:
        statements.append(sql)

    rows = ({"id": n, "weight": n * 10} for n in (1, 2, 3, 4))
    assert await bulk_update(session, Thing, rows, Thing.code != "b", batch_size=2) == 2
    assert len(statements) == 2
    assert await weights(session) == {"a": 10, "b": 2, "c": 30}
    revisions = await session.scalars(select(Thing.revision).order_by(Thing.id))
    assert list(revisions) == [1, 0, 1]


async def test_rows_may_give_different_columns_and_the_same_key(
    session: AsyncSession, things: None
) -> None:
    rows: list[dict[str, Any]] = [
        {"code": "a", "weight": 5},
        {"code": "b", "label": "B"},
        {"code": "a", "weight": 6, "label": "A"},
    ]
    assert await bulk_update(session, Thing, rows, by=["code"]) == 2
    found = await session.execute(select(Thing.weight, Thing.label).order_by(Thing.code))
    assert [tuple(row) for row in found] == [(6, "A"), (2, "B"), (3, "thing c")]


async def test_values_of_every_type_are_set(session: AsyncSession, things: None) -> None:
    row = {"weight": None, "size": 8, "colour": Colour.RED, "facts": {"a": ["b", None]},
           "blob": b"\x00'", "seen_at": BEGUN}  # fmt: skip
    rows = [{"id": 1, **row}, {"id": 2, **dict.fromkeys(row)}]
    assert await bulk_update(session, Thing, rows) == 2
    columns = [Thing.__table__.c[name] for name in row]
    found = (await session.execute(select(*columns).order_by(Thing.id))).all()
    assert found[0]._asdict() == row
    assert found[1]._asdict() == dict.fromkeys(row)


async def test_updates_that_cannot_be_meant_are_refused(session: AsyncSession) -> None:
    cases: list[tuple[Any, tuple[str, ...], str]] = [
        ([{"weight": 1}], (), "a row of thing lacks its key 'id'"),
        ([{"id": 1}], (), "gives its key and nothing to set"),
        ([{"id": 1, "wait": 1}], (), "thing has no column wait"),
        ([{"id": 1, "weight": 1}], ("it",), "thing has no column it"),
    ]
    for rows, by, sentence in cases:
        with pytest.raises(ValueError, match=sentence):
            await bulk_update(session, Thing, rows, by=by)


async def test_an_update_without_values_is_refused(session: AsyncSession) -> None:
    with pytest.raises(ValueError, match="an update of thing without values"):
        await bulk_update(session, Thing, {}, Thing.code == "a")
    with pytest.raises(ValueError, match="batch_size is 1 to 1000"):
        await bulk_update(session, Thing, [], batch_size=0)


async def test_rows_with_arrays_are_updated_one_by_one_and_counted(
    engine: AsyncEngine, session: AsyncSession
) -> None:
    tags = ARRAY(Integer).with_variant(JSON(), "sqlite")
    table = Table(
        "tagged", MetaData(), Column("id", Integer, primary_key=True), Column("tags", tags)
    )
    await (await session.connection()).run_sync(table.create)
    await bulk_insert(session, table, [{"id": n, "tags": [n]} for n in (1, 2)], method="copy")
    rows = [{"id": n, "tags": [n, n]} for n in (1, 2, 3)]
    assert await bulk_update(session, table, rows) == 2
    found = await session.execute(select(table.c.tags).order_by(table.c.id))
    assert [row.tags for row in found] == [[1, 1], [2, 2]]


class Shouted(TypeDecorator[str]):
    """Made of another type, and bound as that is."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else value.upper()


async def test_values_that_are_lists_are_no_arrays(session: AsyncSession, things: None) -> None:
    rows = [{"id": number, "facts": [[number], [number, 5]]} for number in (1, 2)]
    assert await bulk_update(session, Thing, rows) == 2
    found = await session.scalars(select(Thing.facts).order_by(Thing.id))
    assert list(found)[:2] == [row["facts"] for row in rows]


class Chosen(Shouted):
    """Says itself what it is."""

    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        return dialect.type_descriptor(String(4))


@pytest.mark.parametrize("kind", [String(4), CHAR(4), Shouted(4), Chosen()])
async def test_a_text_that_is_too_long_is_never_cut(
    engine: AsyncEngine, session: AsyncSession, kind: TypeEngine[str]
) -> None:
    """A cast to a short type would cut it without a word; SQLite knows no lengths."""
    table = Table(
        "narrow", MetaData(), Column("id", Integer, primary_key=True), Column("word", kind)
    )
    await (await session.connection()).run_sync(table.create)
    for method in ("insert", "copy"):
        await bulk_insert(session, table, [{"id": len(method), "word": "ABCD"}], method=method)
    longer = [{"id": 6, "word": "ABCDE"}]
    if engine.dialect.name == "sqlite":
        assert await bulk_update(session, table, longer) == 1
        assert "ABCDE" in list(await session.scalars(select(table.c.word)))
        return
    for write in (bulk_update, bulk_insert):
        with pytest.raises(DBAPIError, match="too long"):
            async with session.begin_nested():
                await write(session, table, longer)
