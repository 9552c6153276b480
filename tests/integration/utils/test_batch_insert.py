"""Inserting many rows, on both databases and by both ways in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, Literal
from uuid import UUID

import pytest
from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    Integer,
    MetaData,
    Table,
    TypeDecorator,
    event,
    func,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.utils import metrics
from app.utils.batch_ops import BatchOperations, bulk_insert
from tests.fixtures.batch_models import (
    BEGUN,
    Colour,
    Group,
    Stamped,
    Thing,
    engine,
    session,
    shared_postgresql_url,
)

pytestmark = pytest.mark.anyio
__all__ = ["engine", "session", "shared_postgresql_url"]

Method = Literal["insert", "copy"]
both_ways = pytest.mark.parametrize("method", ["insert", "copy"])


async def stored(session: AsyncSession) -> list[dict[str, Any]]:
    rows = await session.execute(select(Thing.__table__).order_by(Thing.id))
    return [dict(row) for row in rows.mappings()]


@both_ways
async def test_generators_are_cut_into_statements_of_at_most_a_thousand_rows(
    engine: AsyncEngine, session: AsyncSession, method: Method
) -> None:
    lengths: list[int] = []

    @event.listens_for(engine.sync_engine, "before_cursor_execute")
    def note(_c: Any, _cursor: Any, sql: str, values: Any, *more: Any) -> None:
        if sql.startswith("INSERT"):
            lengths.append(len(values) if more[-1] else len(values[0]))

    taken: list[int] = []

    async def rows() -> AsyncIterator[dict[str, Any]]:
        for number in range(2_345):
            taken.append(number)
            yield {"code": f"c{number}"}

    with metrics.testing() as changed:
        assert await bulk_insert(session, Thing, rows(), method=method) == 2_345
    assert await session.scalar(select(func.count(Thing.id))) == 2_345
    by_copy = bool(changed("batch_rows_count", operation="copy"))
    if by_copy:
        assert changed("batch_rows_sum", operation="copy") == 2_345
        assert changed("db_query_duration_count", operation="copy", table="thing") == 3
        assert lengths == []
    else:
        assert lengths == [1_000, 1_000, 345]
        assert changed("batch_rows_sum", operation="insert") == 2_345
    assert by_copy == (method == "copy" and engine.dialect.name == "postgresql")


@both_ways
async def test_values_of_every_type_come_back_as_they_went(
    session: AsyncSession, method: Method
) -> None:
    row = {
        "code": "é", "label": "λ", "weight": None, "size": 4, "colour": Colour.BLUE,
        "facts": {"a": [1, None, "x"]}, "blob": b"\x00\xff", "seen_at": BEGUN,
    }  # fmt: skip
    await bulk_insert(session, Thing, [row, row | {"code": "other"}], method=method)
    found = (await stored(session))[0]
    assert {name: found[name] for name in row if name != "label"} | {"label": "λ"} == row
    assert found["label_text"] == "λ"


@both_ways
async def test_what_a_row_lacks_takes_the_columns_default(
    session: AsyncSession, method: Method
) -> None:
    rows: list[dict[str, Any]] = [
        {"code": "a", "weight": 1},
        {"code": "b", "size": None},
        {"code": "c", "label": None, "facts": [1]},
        {"code": "d", "size": 5},
    ]
    assert await bulk_insert(session, Thing, rows, method=method) == 4
    by_code = {row["code"]: row for row in await stored(session)}
    assert [by_code[code]["weight"] for code in "abcd"] == [1, 7, 7, 7]
    assert [by_code[code]["size"] for code in "abcd"] == [3, None, 3, 5]
    assert [by_code[code]["label_text"] for code in "abcd"] == [
        "thing a", "thing b", None, "thing d"
    ]  # fmt: skip
    assert [by_code[code]["facts"] for code in "abcd"] == [None, None, [1], None]
    assert len({row["token"] for row in by_code.values()}) == 4


@both_ways
async def test_defaults_that_are_sql_are_the_servers(session: AsyncSession, method: Method) -> None:
    rows: list[dict[str, Any]] = [{"note": "a"}, {"note": "b", "length": 9}, {"note": "c"}]
    await bulk_insert(session, Stamped, rows, method=method)
    lengths = await session.execute(select(Stamped.note, Stamped.length).order_by(Stamped.note))
    assert [tuple(row) for row in lengths] == [("a", 4), ("b", 9), ("c", 4)]


@both_ways
async def test_a_copy_belongs_to_the_callers_transaction(
    session: AsyncSession, method: Method
) -> None:
    await bulk_insert(session, Thing, [{"code": "x"}, {"code": "y"}], method=method)
    await session.rollback()
    assert await stored(session) == []


@both_ways
async def test_what_the_session_holds_is_written_first(
    session: AsyncSession, method: Method
) -> None:
    session.add(Group(id=5))
    await bulk_insert(session, Thing, [{"code": "x", "group_id": 5}], method=method)
    await session.commit()
    assert [row["group_id"] for row in await stored(session)] == [5]


@both_ways
async def test_a_key_that_is_taken_is_the_same_error_either_way(
    session: AsyncSession, method: Method
) -> None:
    await bulk_insert(session, Thing, [{"code": "x"}], method=method)
    with metrics.testing() as changed, pytest.raises(IntegrityError):
        await bulk_insert(session, Thing, [{"code": "y"}, {"code": "x"}], method=method)
    assert changed("errors_total", type="database") == 1


@both_ways
async def test_a_column_that_must_not_be_null_is_the_same_error_either_way(
    session: AsyncSession, method: Method
) -> None:
    with pytest.raises(DBAPIError):
        await bulk_insert(session, Thing, [{"code": None}, {"code": "x"}], method=method)


@both_ways
async def test_instances_give_what_was_set_and_leave_the_rest_to_defaults(
    session: AsyncSession, method: Method
) -> None:
    def things() -> Iterator[Thing]:
        yield Thing(code="a", size=None, weight=None)
        yield Thing(code="b", label="B", id=None)

    assert await bulk_insert(session, Thing, things(), method=method) == 2
    one, two = await stored(session)
    assert (one["size"], one["weight"], one["label_text"]) == (None, None, "thing a")
    assert (two["size"], two["weight"], two["label_text"]) == (3, 7, "B")
    assert not session.new


async def test_a_table_without_a_model_takes_mappings(session: AsyncSession) -> None:
    table = Group.metadata.tables["group_of_things"]
    assert await bulk_insert(session, table, [{"id": 4}, {"id": 2}]) == 2
    assert (await session.scalars(select(Group.id).order_by(Group.id))).all() == [2, 4]


@both_ways
async def test_values_as_stored_go_in_as_they_are(session: AsyncSession, method: Method) -> None:
    columns = ["weight", "code", "label", "token", "seen_at", "revision"]
    native = session.get_bind().dialect.name == "postgresql"
    token = str(UUID(int=0)) if native else UUID(int=0).hex
    rows = [(n, f"c{n}", None, token, 1_000, 0) for n in range(5)]
    async with BatchOperations(
        session, Thing, batch_size=2, columns=columns, method=method
    ) as operations:
        await operations.add_rows(rows[:3])
        assert operations.written == 2
        await operations.add(rows[3])
        await operations.add_all(iter(rows[4:]))
    assert operations.written == operations.added == 5
    found = await stored(session)
    assert [(row["weight"], row["code"]) for row in found] == [(n, f"c{n}") for n in range(5)]
    assert found[0]["seen_at"].timestamp() == 1


async def test_values_as_stored_must_be_given_where_a_default_is_pythons(
    session: AsyncSession,
) -> None:
    with pytest.raises(ValueError, match=r"as stored lack label_text, revision, token"):
        async with BatchOperations(session, Thing, columns=["code", "weight"]) as operations:
            await operations.add(("x", 1))


async def test_a_statement_has_a_parameter_for_each_column_whatever_its_rows(
    engine: AsyncEngine, session: AsyncSession
) -> None:
    names = [f"c{number}" for number in range(40)]
    wide = Table("wide", MetaData(), Column("id", Integer, primary_key=True),
                 *(Column(name, Integer) for name in names))  # fmt: skip
    await (await session.connection()).run_sync(wide.create)
    binds: set[int] = set()

    @event.listens_for(engine.sync_engine, "before_cursor_execute")
    def note(_c: Any, _cursor: Any, sql: str, values: Any, _context: Any, is_many: Any) -> None:
        binds.update(map(len, values) if is_many else [len(values)])

    rows = [dict.fromkeys(names, number) for number in range(1_000)]
    assert await bulk_insert(session, wide, rows) == 1_000
    assert binds == {40}


@both_ways
async def test_a_table_that_has_another_name_there_is_found(
    engine: AsyncEngine, session: AsyncSession, method: Method
) -> None:
    """A ``COPY`` knows nothing of translated schemas, so it is left to ``INSERT``."""
    schema = "main" if engine.dialect.name == "sqlite" else "public"
    moved = Thing.metadata.tables["thing"].to_metadata(MetaData(), schema="elsewhere")
    moved.c.group_id.foreign_keys.clear()
    translated = engine.execution_options(schema_translate_map={"elsewhere": schema})
    async with AsyncSession(translated) as other:
        await bulk_insert(other, moved, [{"code": "x"}, {"code": "y"}], method=method)
        assert len(await stored(other)) == 2


@both_ways
async def test_with_metrics_off_nothing_is_measured(session: AsyncSession, method: Method) -> None:
    with metrics.testing(enabled=False) as changed:
        await bulk_insert(session, Thing, [{"code": "x"}], method=method)
        assert changed("db_query_duration_count", operation="copy", table="thing") == 0


async def test_unknown_columns_are_refused_by_name(session: AsyncSession) -> None:
    known: dict[str, Any] = {"code": "x"}
    for rows in ([known | {"colr": 1}], [known, known | {"colr": 1}]):
        with pytest.raises(ValueError, match="thing has no column colr"):
            await bulk_insert(session, Thing, rows)


on_a_server = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)


@both_ways
@on_a_server
async def test_a_value_of_the_wrong_type_is_the_same_error_either_way(
    session: AsyncSession, method: Method
) -> None:
    values: list[Any] = ["heavy", 2**40, {}]
    for wrong in values:
        with pytest.raises(DBAPIError):
            await bulk_insert(session, Thing, [{"code": "x", "weight": wrong}] * 2, method=method)
        await session.rollback()


@both_ways
@on_a_server
async def test_a_lost_connection_is_said_to_be_lost_and_the_next_one_works(
    engine: AsyncEngine, session: AsyncSession, method: Method
) -> None:
    backend = await session.scalar(text("SELECT pg_backend_pid()"))
    async with engine.connect() as other:
        await other.execute(
            text("SELECT pg_terminate_backend(:backend, 5000)"), {"backend": backend}
        )

    async def write() -> None:
        async with BatchOperations(session, Thing, method=method) as operations:
            await operations.add_rows([{"code": "x"}, {"code": "y"}])

    with pytest.raises(DBAPIError) as caught:
        await write()
    assert caught.value.connection_invalidated
    await write()
    assert len(await stored(session)) == 2


class Doubled(TypeDecorator[int]):
    """Its values are converted by the database."""

    impl = Integer
    cache_ok = True

    def bind_expression(self, bindparam: BindParameter[int]) -> ColumnElement[int]:
        return bindparam + bindparam


@both_ways
async def test_what_a_type_does_in_sql_is_done(session: AsyncSession, method: Method) -> None:
    table = Table(
        "doubled", MetaData(), Column("id", Integer, primary_key=True), Column("two", Doubled)
    )
    await (await session.connection()).run_sync(table.create)
    assert await bulk_insert(session, table, [{"id": 1, "two": 4}], method=method) == 1
    assert await session.scalar(select(table.c.two)) == 8
