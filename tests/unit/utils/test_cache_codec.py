from __future__ import annotations

import dataclasses
import enum
import math
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.utils._cache_codec import Codec, hints_of, is_immutable, size_of
from app.utils._cache_packing import Corrupt


class Colour(enum.StrEnum):
    RED = "red"


class Rights(enum.Flag):
    READ = 1
    WRITE = 2


class Point(NamedTuple):
    x: int
    y: tuple[int, ...]


class Cell(msgspec.Struct, frozen=True):
    colour: Colour
    points: tuple[Point, ...] = ()


class Station(msgspec.Struct):
    cells: list[Cell]


@dataclasses.dataclass
class Operator:
    name: str
    stations: dict[int, Station]


@dataclasses.dataclass(frozen=True)
class Plug:
    kind: str


class Answer(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(arbitrary_types_allowed=True)
    operator: Operator | None = None
    rights: Rights = Rights.READ


class Loose(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="allow")


UNTYPED: Any = []

PLAIN: list[Any] = [
    None, True, 1, 2**70, -(2**63), 2**64, 1.5, math.inf, "é", b"\xff", [], {}, (), set(),
    (1, [2, (3,)]), {1, 2}, frozenset({(1, 2)}), {1: "a", (2,): None, "s": {}},
    datetime(2026, 1, 2, 3, 4, 5, 6), datetime(2026, 10, 25, 2, fold=1, tzinfo=ZoneInfo("Europe/Paris")),  # noqa: DTZ001, E501 - a naive one, too
    datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=timezone(timedelta(hours=-3))),
    date(2026, 1, 2), time(1, 2, tzinfo=UTC), timedelta(days=-1, microseconds=1), Decimal("1.50"),
    UUID(int=7),
]  # fmt: skip
RECORDS: list[Any] = [
    Colour.RED, Rights.READ | Rights.WRITE, Point(1, (2,)), Cell(Colour.RED, (Point(1, ()),)),
    Operator("o", {1: Station([Cell(Colour.RED)])}), Answer(operator=Operator("o", {})), Answer(),
]  # fmt: skip


def same(first: Any, second: Any) -> bool:
    """Equal, and of the same types at every depth."""
    if type(first) is not type(second):
        return False
    if isinstance(first, list | tuple):
        return len(first) == len(second) and all(map(same, first, second))
    if isinstance(first, dict):
        return same(list(first.items()), list(second.items()))
    if isinstance(first, datetime):
        return (first, first.fold, first.tzinfo) == (second, second.fold, second.tzinfo)
    if isinstance(first, float):
        return repr(first) == repr(second)
    return bool(first == second)


@pytest.mark.parametrize("value", PLAIN, ids=repr)
def test_plain_values_come_back_as_they_were(value: Any) -> None:
    codec = Codec(None)
    back = codec.decode(codec.encode(value))
    assert same(back, value)


@pytest.mark.parametrize("value", RECORDS, ids=repr)
def test_records_come_back_where_the_annotation_names_their_classes(value: Any) -> None:
    codec = Codec(list[Answer] | Cell)
    back = codec.decode(codec.encode([value]))
    assert same(back, [value])
    assert same(Codec((Answer, Cell)).decode(codec.encode(value)), value)
    if isinstance(value, Answer):
        assert back[0].model_fields_set == value.model_fields_set


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    | st.binary(max_size=5) | st.datetimes(timezones=st.none() | st.timezones())
    | st.timedeltas() | st.uuids() | st.decimals(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3)
    | st.lists(inner, max_size=3).map(tuple)
    | st.dictionaries(st.text(max_size=2) | st.integers(), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(values)
def test_decoding_undoes_encoding(value: Any) -> None:
    codec = Codec(None)
    assert same(codec.decode(codec.encode(value)), value)


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (object(), "a builtins.object cannot be cached"),
        ([bytearray()], "a builtins.bytearray cannot be cached"),
        (iter(()), "a builtins.tuple_iterator cannot be cached"),
        (Plug("x"), "whose return annotation, or model=, names that class"),
        (Loose(more=1), "with private or extra fields"),
        ("a\ud800", "lone surrogates"),
        (datetime(2026, 1, 1, tzinfo=timezone(timedelta(0), "Z")), "no name that other processes"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_would_not_come_back_is_refused_by_name(value: Any, fault: str) -> None:
    with pytest.raises(TypeError, match=fault):
        Codec((Loose,)).encode(value)


def test_a_coroutine_is_refused_and_closed() -> None:
    async def coroutine() -> None: ...

    with pytest.raises(TypeError, match=r"a builtins.coroutine cannot be cached"):
        Codec(None).encode(coroutine())


def test_what_holds_itself_is_refused() -> None:
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(TypeError, match="refers to itself"):
        Codec(None).encode(circle)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xc1",
        msgspec.msgpack.encode(msgspec.msgpack.Ext(99, b"\xc0")),
        Codec((Plug,)).encode(Plug("x")),
    ],
)
def test_bytes_of_others_are_corrupt(content: bytes) -> None:
    with pytest.raises(Corrupt):
        Codec(None).decode(content)


def test_the_schema_changes_with_the_fields() -> None:
    narrow = dataclasses.make_dataclass("Row", [("a", int)])
    wide = dataclasses.make_dataclass("Row", [("a", int), ("b", int)])
    assert Codec(narrow).schema != Codec(wide).schema
    assert Codec(narrow).schema == Codec(list[narrow]).schema  # type: ignore[valid-type] # - made at run time


@pytest.mark.parametrize(
    "value",
    [
        1,
        "a",
        (1, (2, "b")),
        Colour.RED,
        Cell(Colour.RED),
        Path("x"),
        frozenset({1}),
        Plug("x"),
        Point(1, ()),
    ],
)
def test_what_nobody_can_change_is_known(value: Any) -> None:
    assert is_immutable(value)
    assert size_of(value) > 0


@pytest.mark.parametrize(
    "value", [[], (1, []), Station([]), Operator("o", {}), Plug(UNTYPED), Answer(), object()]
)
def test_what_can_be_changed_is_known(value: Any) -> None:
    assert not is_immutable(value)


def test_parts_count_towards_the_size() -> None:
    assert size_of(("x" * 1000, ("y" * 1000,))) > 2000
    assert size_of(Plug("x" * 1000)) > 1000


def test_an_annotation_that_cannot_be_found_names_nothing() -> None:
    def function() -> Nowhere: ...  # type: ignore[name-defined] # noqa: F821 - on purpose

    assert hints_of(function) == {}
