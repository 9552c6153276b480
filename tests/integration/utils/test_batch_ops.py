"""The block that collects rows: when it writes, what it undoes, what it refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.utils import metrics
from app.utils.batch_ops import BatchOperations, bulk_insert
from tests.fixtures.batch_models import Group, Thing, engine, session, shared_postgresql_url

pytestmark = pytest.mark.anyio
__all__ = ["engine", "session", "shared_postgresql_url"]


async def codes(session: AsyncSession) -> list[str]:
    return list(await session.scalars(select(Thing.code).order_by(Thing.id)))


async def test_rows_flush_by_themselves_and_when_the_block_ends(session: AsyncSession) -> None:
    async def more() -> AsyncIterator[Thing]:
        yield Thing(code="f")
        yield Thing(code="g")

    async with BatchOperations(session, Thing, batch_size=2) as operations:
        for code in "abc":
            await operations.add(Thing(code=code))
        assert (operations.added, operations.written) == (3, 2)
        await operations.add_all({"code": code} for code in "de")
        await operations.add_all(more())
    assert operations.written == operations.added == 7
    assert await codes(session) == list("abcdefg")
    await session.rollback()
    assert await codes(session) == [], "it never commits"


async def test_it_commits_when_told_to(session: AsyncSession) -> None:
    async with BatchOperations(session, Thing, commit=True) as operations:
        await operations.add({"code": "x"})
    await session.rollback()
    assert await codes(session) == ["x"]


async def test_an_exception_rolls_back_what_was_flushed_and_drops_the_rest(
    session: AsyncSession,
) -> None:
    async def fail() -> None:
        async with BatchOperations(session, Thing, batch_size=1, commit=True) as operations:
            await operations.add(Thing(code="x"))
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    await session.commit()
    assert await codes(session) == []


async def test_in_a_savepoint_only_that_is_rolled_back(session: AsyncSession) -> None:
    async def fail() -> None:
        async with session.begin_nested(), BatchOperations(session, Thing) as operations:
            await operations.add({"code": "y"})
            await operations.flush()
            raise LookupError

    await bulk_insert(session, Thing, [{"code": "x"}])
    with pytest.raises(LookupError):
        await fail()
    await session.commit()
    assert await codes(session) == ["x"]


async def test_a_failed_batch_is_told_once_and_nothing_follows(session: AsyncSession) -> None:
    operations = BatchOperations(session, Thing, batch_size=1)

    async def swallow() -> None:
        async with operations:
            await operations.add({"code": "x"})
            with pytest.raises(IntegrityError):
                await operations.add({"code": "x"})
            with pytest.raises(RuntimeError, match="an earlier batch failed"):
                await operations.add({"code": "z"})

    with pytest.raises(IntegrityError):
        await swallow()
    assert await codes(session) == []
    async with operations:
        await operations.add({"code": "again"})
    assert await codes(session) == ["again"]


async def test_a_block_is_entered_once_at_a_time(session: AsyncSession) -> None:
    async with BatchOperations(session, Thing) as operations:
        with pytest.raises(RuntimeError, match="entered already"):
            await operations.__aenter__()
    with pytest.raises(RuntimeError, match="has ended"):
        await operations.add({"code": "x"})


async def test_that_the_rollback_fails_too_is_a_note_on_the_first_error(
    session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone() -> None:
        raise IntegrityError("ROLLBACK", None, OSError("gone"))

    async def fail() -> None:
        async with BatchOperations(session, Thing):
            raise LookupError

    monkeypatch.setattr(session, "rollback", gone)
    with pytest.raises(LookupError) as caught:
        await fail()
    assert caught.value.__notes__[0].startswith("The rollback failed as well")
    monkeypatch.undo()


async def test_rows_that_cannot_be_written_are_refused_at_once(session: AsyncSession) -> None:
    operations = BatchOperations(session, Thing)
    held = Thing(code="held")
    session.add(held)
    with pytest.raises(ValueError, match="belongs to a session"):
        await operations.add(held)
    await session.commit()
    session.expunge(held)
    with pytest.raises(ValueError, match="is stored already"):
        await operations.add(held)
    with pytest.raises(ValueError, match=r"Thing\.group holds related objects"):
        await operations.add(Thing(code="x", group=Group(id=1)))
    with pytest.raises(TypeError, match="a row of thing is no Group"):
        await operations.add(Group(id=1))  # type: ignore[arg-type] # - that is the mistake
    await operations.add(Thing(code="alone", group=None))
    await operations.flush()
    assert await codes(session) == ["held", "alone"]


async def test_an_upsert_ends_as_if_rows_were_written_one_by_one(session: AsyncSession) -> None:
    async with BatchOperations(session, Thing, batch_size=4, upsert_by=["code"]) as operations:
        await operations.add_all(
            [
                {"code": "a", "weight": 1, "label": "first"},
                {"code": "b", "weight": 1},
                {"code": "a", "weight": 2},
                Thing(code="c"),
                {"code": "c", "weight": 9},
                {"code": "b", "label": "late"},
            ]
        )
    assert (operations.added, operations.written) == (6, 5)
    rows = await session.execute(select(Thing.code, Thing.weight, Thing.label, Thing.revision))
    assert sorted(tuple(row) for row in rows) == [
        ("a", 2, "first", 0),
        ("b", 1, "late", 1),
        ("c", 9, "thing c", 1),
    ]


async def test_an_upsert_sets_chosen_columns_only(session: AsyncSession) -> None:
    await bulk_insert(session, Thing, [{"code": "a", "weight": 1, "label": "kept"}])
    rows = [{"code": "a", "weight": 2, "label": "not taken"}]
    async with BatchOperations(session, Thing, upsert_by=["code"], update=["weight"]) as operations:
        await operations.add_rows(rows)
    found = (await session.execute(select(Thing.weight, Thing.label))).one()
    assert tuple(found) == (2, "kept")
    async with BatchOperations(session, Thing, upsert_by=["code"], update=[]) as operations:
        await operations.add_rows([{"code": "a", "weight": 3}, {"code": "b", "weight": 4}])
    weights = await session.scalars(select(Thing.weight).order_by(Thing.code))
    assert list(weights) == [2, 4]


async def test_values_as_stored_are_upserted_too(session: AsyncSession) -> None:
    async with BatchOperations(
        session, Group, upsert_by=["id"], columns=["id"], batch_size=2
    ) as operations:
        await operations.add_rows([(1,), (2,), (1,)])
    assert list(await session.scalars(select(Group.id).order_by(Group.id))) == [1, 2]


async def test_an_upsert_needs_the_whole_key(session: AsyncSession) -> None:
    operations = BatchOperations(session, Thing, upsert_by=["code"])
    await operations.add({"weight": 1})
    with pytest.raises(ValueError, match="a row of thing lacks its key 'code'"):
        await operations.flush()
    with pytest.raises(ValueError, match="thing has no column cod"):
        BatchOperations(session, Thing, upsert_by=["cod"])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"method": "auto"}, 'method is "insert" or "copy"'),
        ({"method": "copy", "upsert_by": ["code"]}, "COPY cannot update"),
        ({"update": ["weight"]}, "says what upsert_by does"),
    ],
)
def test_options_that_contradict_each_other_are_refused(
    options: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        BatchOperations(AsyncSession(), Thing, **options)


async def test_a_batch_is_one_statement_whatever_its_rows_lack(
    engine: AsyncEngine, session: AsyncSession
) -> None:
    statements: list[str] = []

    @event.listens_for(engine.sync_engine, "before_cursor_execute")
    def note(_c: Any, _cursor: Any, sql: str, *_more: Any) -> None:
        statements.append(sql)

    rows = [{"code": f"{n}"} | ({"weight": n} if n % 2 else {"label": "x"}) for n in range(500)]
    with metrics.testing() as changed:
        async with BatchOperations(session, Thing, batch_size=500) as operations:
            await operations.add_rows(rows)
    assert len([sql for sql in statements if sql.startswith("INSERT")]) == 1
    assert changed("batch_rows_count", operation="insert") == 1
    assert await codes(session) == [row["code"] for row in rows], "in the order given"


@pytest.mark.parametrize("batch_size", [0, 1_001])
async def test_batches_have_a_bounded_size(session: AsyncSession, batch_size: int) -> None:
    with pytest.raises(ValueError, match="batch_size is 1 to 1000"):
        BatchOperations(session, Thing, batch_size)
    with pytest.raises(ValueError, match="batch_size is 1 to 1000"):
        await bulk_insert(session, Thing, [{"code": "x"}], batch_size=batch_size)
