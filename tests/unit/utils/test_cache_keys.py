from __future__ import annotations

import dataclasses
import enum
import inspect
import marshal
import math
import re
import struct
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.utils._cache_keys import MARSHAL_VERSION, KeyBuilder, NotKeyable, encoded, floats_format


class Colour(enum.Enum):
    RED = 1
    CRIMSON = 1  # noqa: PIE796 - another name of the same
    GREEN = 2


class Rights(enum.Flag):
    READ = 1
    WRITE = 2


class Point(NamedTuple):
    x: Any
    y: Any


@dataclasses.dataclass(frozen=True)
class Place:
    x: Any
    y: Any


class Cell(msgspec.Struct, frozen=True):
    x: Any
    y: Any


@dataclasses.dataclass(eq=False)
class Session:
    number: int


def function(a: Any, b: Any = 2, *, c: Any = None) -> None: ...


def many(*numbers: int) -> None: ...


def named(**numbers: int) -> None: ...


def demanding(a: int, *, b: int) -> None: ...


def number_of(a: Session, b: Any = 2, *, c: Any = None) -> int:
    return a.number


key_of = KeyBuilder(function)


def key(*args: Any, **kwargs: Any) -> bytes:
    return key_of(args, kwargs)


def test_equal_calls_share_a_key_however_they_are_spelled() -> None:
    spellings = {key(1), key(1, 2), key(a=1), key(b=2, a=1), key(1, b=2, c=None), key(1, c=None)}
    assert len(spellings) == 1


def test_scalars_have_the_key_that_is_written_of_all_arguments_as_they_stand() -> None:
    assert key(1) == marshal.dumps((1, 2, None), MARSHAL_VERSION)
    assert key(1.0, -0.0, c=math.inf) == struct.pack(floats_format(3), 1.0, -0.0, math.inf)
    given = [KeyBuilder(one).keyed_as_given for one in (function, demanding, many, named)]
    assert [signature is not None for signature in given] == [True, True, False, False]
    assert KeyBuilder(function, ignore=("b",)).keyed_as_given is None
    assert KeyBuilder(function, key=function).keyed_as_given is None


DISTINCT: list[Any] = [
    1, True, 1.0, "1", b"1", Decimal(1), Decimal("1.0"), None, "None", 0.0, -0.0, 0, False,
    (1,), [1], {1}, frozenset({1}), {1: 1}, ((1,),), (1.0,), (True,), (), [], "", b"", {}, (None,),
    Colour.RED, Colour.GREEN, Rights.READ, Rights.READ | Rights.WRITE,
    Point(1, 2), (1, 2), Place(1, 2), Cell(1, 2), Cell(1, 2.0), Cell(1, (2,)),
    datetime(2026, 1, 2), date(2026, 1, 2), time(1, 2), "2026-01-02",  # noqa: DTZ001 - naive ones differ
    datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 2, fold=1),  # noqa: DTZ001 - as above
    datetime(2026, 1, 2, 1, tzinfo=timezone(timedelta(hours=1))),
    datetime(2026, 1, 2, 1, tzinfo=ZoneInfo("Europe/Paris")),
    timedelta(seconds=1), UUID(int=1), Path("1"), 2**70, -(2**70), math.inf, math.nan,
    "a\ud800", ("a", "bc"), ("ab", "c"), [["a"], "b"], [["a", "b"]],
]  # fmt: skip


def test_distinct_values_have_distinct_keys_at_any_depth() -> None:
    for wrap in (lambda v: v, lambda v: (v,), lambda v: [0, v], lambda v: {"k": v}):
        keys = [key(wrap(value)) for value in DISTINCT]
        assert len(set(keys)) == len(DISTINCT)


def test_what_is_equal_by_content_has_one_key() -> None:
    assert key({"a": 1, "b": 2}) == key({"b": 2, "a": 1})
    assert key({3, 1, 2}) == key({2, 3, 1})
    assert key(math.nan) == key(float("nan"))
    assert key(Colour.RED) == key(Colour.CRIMSON)
    assert key([Place(1, [2])]) == key([Place(1, [2])])


def test_whether_equal_texts_are_one_object_does_not_matter() -> None:
    once, again = ("".join(map(str, ["long", "text"])) for _ in range(2))
    assert key("longtext") == key(once)
    assert key(once, once) == key(once, again) == key("longtext", "longtext")


scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    | st.binary(max_size=5) | st.decimals() | st.dates() | st.sampled_from(Colour)
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=2), inner, max_size=3)
        | st.builds(Cell, inner, inner)
    ),
    max_leaves=8,
)


def exactly(value: Any) -> str:
    """Tells apart all that these strategies make, NaN and the sign of zero included."""
    if isinstance(value, dict):
        parts = sorted(exactly(k) + exactly(v) for k, v in value.items())
        return f"dict {parts}"
    if isinstance(value, list | tuple):
        return f"{type(value).__name__} {[exactly(item) for item in value]}"
    if isinstance(value, Cell):
        return f"cell {exactly((value.x, value.y))}"
    return f"{type(value).__name__} {value!r}"


@settings(max_examples=80, deadline=None)
@given(first=st.tuples(values, values), second=st.tuples(values, values))
def test_keys_are_equal_exactly_when_calls_are(first: Any, second: Any) -> None:
    assert (key(*first) == key(*second)) == (exactly(first) == exactly(second))
    assert key(*first) == key(b=first[1], a=first[0])


@settings(max_examples=80, deadline=None)
@given(floats=st.tuples(st.floats(), st.floats(), st.floats()), others=st.tuples(values, values))
def test_calls_of_floats_alone_share_no_key_with_others(floats: Any, others: Any) -> None:
    assert key(*floats[:2], c=floats[2]) != key(*others)
    assert key(*floats[:2], c=floats[2]) == key(b=floats[1], c=floats[2], a=floats[0])


@settings(max_examples=80, deadline=None)
@given(first=values, second=values)
def test_the_long_form_is_injective_too(first: Any, second: Any) -> None:
    assert (encoded(first) == encoded(second)) == (exactly(first) == exactly(second))


class Odd(tzinfo):
    def utcoffset(self, moment: datetime | None) -> timedelta:
        return timedelta(0)

    dst = utcoffset

    def tzname(self, moment: datetime | None) -> str:
        return "odd"


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (object(), "builtins.object has no stable key"),
        (Session(1), "Session has no stable key"),
        ([Session(1)], "Session has no stable key"),
        (lambda: None, "function has no stable key"),
        (bytearray(b"x"), "bytearray has no stable key"),
        (datetime(2026, 1, 1, tzinfo=Odd()), "has no name that other processes know"),
        (datetime(2026, 1, 1, tzinfo=timezone(timedelta(0), "Z")), "has no name"),
    ],
)
def test_what_has_no_stable_key_is_refused_by_name(value: Any, fault: str) -> None:
    with pytest.raises(TypeError, match=rf"function\(\) .* argument 'b': .*{fault}.*ignore="):
        key(1, value)
    with pytest.raises(NotKeyable):
        encoded(value)


def test_what_holds_itself_is_refused() -> None:
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(TypeError, match="'a': it refers to itself"):
        key(circle)


def test_arguments_can_be_left_out_or_replaced() -> None:
    ignoring = KeyBuilder(function, ignore=("b",))
    assert ignoring((1, object()), {}) == ignoring((1,), {"b": 3})
    assert ignoring((1,), {}) != ignoring((2,), {})
    by_number = KeyBuilder(function, key=number_of)
    assert by_number((Session(1),), {}) == by_number((Session(1),), {"c": 5})
    assert by_number((Session(1),), {}) != by_number((Session(2),), {})
    with pytest.raises(TypeError, match="argument 'key='"):
        KeyBuilder(function, key=lambda a: a)((object(),), {})
    with pytest.raises(TypeError, match="no parameter 'sesion'"):
        KeyBuilder(function, ignore=("sesion",))


def test_arguments_that_do_not_fit_are_refused_as_by_the_function() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'd'"):
        key(1, d=4)


def positional(a: Any, /, b: Any = 2, **more: Any) -> None: ...


@pytest.mark.parametrize("called", [function, many, named, demanding, positional])
@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        ((), {}), ((1,), {}), ((1, 2), {}), ((1, 2, 3), {}), ((1,), {"a": 1}), ((1,), {"b": 1}),
        ((), {"a": 1}), ((), {"b": 1, "a": 2}), ((1,), {"c": 3, "b": 2}), ((1,), {"d": 4}),
    ],
)  # fmt: skip
def test_binding_agrees_with_the_library(
    called: Callable[..., None], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    builder = KeyBuilder(called)
    try:
        bound = inspect.signature(called).bind(*args, **kwargs)
    except TypeError as error:
        with pytest.raises(TypeError, match=re.escape(str(error))):
            builder(args, kwargs)
    else:
        bound.apply_defaults()
        assert list(builder._bound(args, kwargs).items()) == list(bound.arguments.items())


def test_long_keys_are_digested() -> None:
    keys = {key("x" * 1000), key("x" * 1001), key(["x" * 1000]), key(["x" * 1001])}
    assert len(keys) == 4
    assert max(map(len, keys)) < 50


@pytest.mark.parametrize("seed", ["1", "2"])
def test_keys_are_the_same_in_every_process(seed: str) -> None:
    program = (
        "from app.utils._cache_keys import KeyBuilder\n"
        "def function(a, b=2, *, c=None): ...\n"
        "print(KeyBuilder(function)(({'x', 'y', 'z'}, {'k': (1.5, b'b')}), {}).hex())"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONHASHSEED": seed},
        cwd=Path(__file__).parents[3],
    )
    assert ran.stdout.strip() == key({"z", "y", "x"}, {"k": (1.5, b"b")}).hex()


def test_a_mapped_class_is_no_value() -> None:
    @dataclasses.dataclass
    class Row:
        number: int

    Row.__mapper__ = None  # type: ignore[attr-defined] # - as an ORM does
    with pytest.raises(NotKeyable):
        encoded(Row(1))


def test_a_tuple_with_behaviour_is_no_value() -> None:
    class Pair(tuple[int, int]):
        __slots__ = ()

    builder: Callable[..., bytes] = encoded
    with pytest.raises(NotKeyable):
        builder(Pair((1, 2)))
