"""Where the rows of a JSON document are, told by what has a place."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import ijson
import msgspec

_FEWEST_MEMBERS = 3
_DEEPEST_ARRAY = 3
_SCALARS = frozenset({"string", "number", "boolean", "null"})
_SAYS_WHERE = re.compile(
    r"latitude|coord|breitengrad|(?:^|[_@])lat$|^geometr|^geo_?point|^addressinfo$|^center$"
)
"""In a member's name, lower case."""
_decode = msgspec.json.decode


class Shape(NamedTuple):
    """Where the rows of a document are."""

    prefix: str | None
    """As ijson writes it (``data.item``); empty: it is one row; ``None``: none were seen."""
    envelope: Mapping[str, Any]
    """Scalar members of the document that stand before the rows."""
    is_keyed: bool = False
    """Whether the rows are members of the document, each under its own key."""


@dataclass(slots=True)
class _Array:
    """An array of objects, judged by its first object."""

    prefix: str
    envelope: Mapping[str, Any]
    members: int = 0
    says_where: bool = False


def find_rows(head: bytes, *, is_whole: bool) -> Shape:
    """The first array of objects that say where they are, or the one object that does.

    Args:
        head: The beginning of a document; the first row must begin in it.
        is_whole: Whether it is the whole document, which may then be a single row.

    Several members of a document that each say where they are, are rows by key. Without any
    that says where it is, the first array counts whose objects have three
    members or more, then the first at all.
    """
    arrays = list(_arrays(head))
    places = [array for array in arrays if array.says_where]
    lone = _lone_place(head) if is_whole else None
    keys = set() if lone == "" else _keys_of_places(head)
    if len(keys) > 1 and all(array.prefix.split(".")[0] in keys for array in places):
        return Shape("", {}, is_keyed=True)
    if lone is not None and all(_is_inside(array.prefix, lone) for array in places):
        return Shape(lone, {})
    large = [array for array in arrays if array.members >= _FEWEST_MEMBERS]
    for found in (places, large, arrays):
        if found:
            return Shape(found[0].prefix, found[0].envelope)
    return Shape(None, _scalars(head))


def is_page(line: bytes) -> bool:
    """Whether a whole document is a page of rows rather than a row."""
    lone = _lone_place(line)
    return any(
        array.says_where and (lone is None or not _is_inside(array.prefix, lone))
        for array in _arrays(line)
    )


def _says_where(name: str) -> bool:
    return _SAYS_WHERE.search(name.lower()) is not None


def _is_inside(prefix: str, member: str) -> bool:
    return not member or prefix.startswith(f"{member}.")


def _lone_place(text: bytes) -> str | None:
    """The object of a whole document that is a row by itself: all of it, or one member.

    An object that has its place as an object is one whatever else it holds. A bare latitude
    may also be that of a search, whose answer is a list.
    """
    try:
        document = _decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if not isinstance(document, dict):
        return None
    objects = [(name, value) for name, value in document.items() if isinstance(value, dict)]
    if any(_says_where(name) for name, _ in objects):
        return ""
    lists = [value for value in document.values() if isinstance(value, list)]
    if any(map(_says_where, document)) and not any(map(_has_place, lists)):
        return ""
    return next((name for name, value in objects if _names_place(value)), None)


def _keys_of_places(head: bytes) -> set[str]:
    """The members of a document that are objects and say where they are.

    None where the document does so itself.
    """
    keys: set[str] = set()
    for prefix, event, value in _events(head):
        if event == "map_key" and not prefix and _says_where(value):
            return set()
        if event == "map_key" and prefix and "." not in prefix and _says_where(value):
            keys.add(prefix)
    return keys - {"item"}


def _has_place(values: list[Any]) -> bool:
    return bool(values) and isinstance(values[0], dict) and _names_place(values[0])


def _names_place(value: Mapping[str, Any]) -> bool:
    return any(_says_where(name) for name in value)


def _scalars(head: bytes) -> Mapping[str, Any]:
    return {
        prefix: value
        for prefix, event, value in _events(head)
        if event in _SCALARS and prefix and "." not in prefix
    }


def _events(head: bytes) -> Iterator[tuple[str, str, Any]]:
    """What stands in the beginning of a document, which may be cut off anywhere."""
    with suppress(ijson.JSONError):
        yield from ijson.parse(io.BytesIO(head), use_float=True, multiple_values=True)


@dataclass(slots=True)
class _Open:
    """The objects that an event is inside of."""

    arrays: list[_Array] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)


def _arrays(head: bytes) -> Iterator[_Array]:
    """The arrays of objects, in order, each as soon as its first object was looked at."""
    envelope: dict[str, Any] = {}
    found: list[_Array] = []
    inside = _Open()
    for prefix, event, value in _events(head):
        if event == "start_map" and _is_first(prefix, inside.seen):
            inside.seen.add(prefix)
            inside.arrays.append(_Array(prefix, dict(envelope)))
            found.append(inside.arrays[-1])
        elif event == "map_key" and inside.arrays:
            _look_at(inside.arrays[-1], prefix, value)
        elif event == "end_map" and inside.arrays and prefix == inside.arrays[-1].prefix:
            closed = inside.arrays.pop()
            if not inside.arrays and closed.says_where:
                break
        elif event in _SCALARS and prefix and "." not in prefix:
            envelope[prefix] = value
    yield from found


def _is_first(prefix: str, seen: set[str]) -> bool:
    is_item = prefix == "item" or prefix.endswith(".item")
    return is_item and prefix not in seen and prefix.count(".") <= _DEEPEST_ARRAY


def _look_at(array: _Array, prefix: str, name: str) -> None:
    """Take a member's name into account, unless it is deep in arrays of the object."""
    array.members += prefix == array.prefix
    if ".item" not in prefix[len(array.prefix) :] and _says_where(name):
        array.says_where = True
