"""Values as bytes and back: what comes out is of the types that went in, or nothing goes in."""

from __future__ import annotations

import inspect
import sys
import typing
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, Flag
from hashlib import blake2b
from pathlib import PurePath
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from msgspec.msgpack import Ext

from app.utils._cache_packing import Corrupt
from app.utils._cache_records import fields_of, is_frozen, name_of, zone_name, zone_named

_RECORD, _ENUM = 100, 101
_INT64 = range(-(2**63), 2**64)
_AS_THEY_ARE = frozenset({bool, float, str, bytes, type(None)})


class _Form(NamedTuple):
    """How values of a type are written: as what, and how that is read again."""

    code: int
    kind: type
    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def _moment(value: datetime | time) -> list[Any]:
    return [value.replace(tzinfo=None).isoformat(), value.fold, zone_name(value.tzinfo)]


_FORMS = (
    _Form(1, tuple, list, tuple),
    _Form(2, set, list, set),
    _Form(3, frozenset, list, frozenset),
    _Form(4, dict, lambda items: [list(item) for item in items.items()], dict),
    _Form(5, int, hex, lambda text: int(text, 16)),
    _Form(6, date, date.isoformat, date.fromisoformat),
    _Form(
        7,
        datetime,
        _moment,
        lambda parts: datetime.fromisoformat(parts[0]).replace(
            fold=parts[1], tzinfo=zone_named(parts[2])
        ),
    ),
    _Form(
        8,
        time,
        _moment,
        lambda parts: time.fromisoformat(parts[0]).replace(
            fold=parts[1], tzinfo=zone_named(parts[2])
        ),
    ),
    _Form(
        9,
        timedelta,
        lambda span: [span.days, span.seconds, span.microseconds],
        lambda parts: timedelta(*parts),
    ),
    _Form(10, Decimal, str, Decimal),
    _Form(11, UUID, str, UUID),
)
_FORM_OF = {form.kind: form for form in _FORMS}
_FORM_BY_CODE = {form.code: form for form in _FORMS}
_IMMUTABLE = _AS_THEY_ARE | (_FORM_OF.keys() - {tuple, set, frozenset, dict})


class Codec:
    """Encodes the values of one function.

    Args:
        annotation: What the function returns, or a tuple of classes: structs, dataclasses,
            named tuples, pydantic models and enums occur in values only if they are named
            there, directly or as the type of a field.
    """

    def __init__(self, annotation: Any) -> None:
        self._classes = {name_of(kind): kind for kind in _classes_in(annotation)}
        self.schema = blake2b(_shape(self._classes.values()).encode(), digest_size=6).hexdigest()
        """Changes with the fields of those classes: other bytes need other keys."""
        self._decoder = msgspec.msgpack.Decoder(ext_hook=self._revived)

    def encode(self, value: Any) -> bytes:
        """The value as bytes.

        Raises:
            TypeError: It is, or holds, something that would not come back as it was.
        """
        try:
            return msgspec.msgpack.encode(self._plain(value))
        except UnicodeEncodeError:
            raise TypeError("a text with lone surrogates cannot be cached") from None
        except RecursionError:
            raise TypeError("a value that refers to itself cannot be cached") from None

    def decode(self, content: bytes) -> Any:
        """A fresh value; nobody else holds any part of it.

        Raises:
            Corrupt: These bytes were not written by this version.
        """
        try:
            return self._decoder.decode(content)
        except Exception as error:
            raise Corrupt("a stored value that cannot be decoded") from error

    def _plain(self, value: Any) -> Any:
        kind = type(value)
        if kind in _AS_THEY_ARE or (kind is int and value in _INT64):
            return value
        if kind is list:
            return [self._plain(item) for item in value]
        if kind is dict and all(type(key) is str for key in value):
            return {key: self._plain(item) for key, item in value.items()}
        form = _FORM_OF.get(kind)
        if form is None:
            return self._named(value, kind)
        return _ext(form.code, self._plain(form.write(value)))

    def _named(self, value: Any, kind: type) -> Ext:
        names = fields_of(kind)
        if names is None and not issubclass(kind, Enum):
            if inspect.iscoroutine(value):
                value.close()
            raise TypeError(
                f"a {name_of(kind)} cannot be cached: return plain values, or structs or "
                "dataclasses made of them"
            )
        if self._classes.get(name_of(kind)) is not kind:
            raise TypeError(
                f"a {name_of(kind)} can be cached only by a function whose return annotation, "
                "or model=, names that class"
            )
        if names is None:
            return _ext(_ENUM, [name_of(kind), self._plain(_member(value))])
        if getattr(value, "__pydantic_private__", None) or getattr(
            value, "__pydantic_extra__", None
        ):
            raise TypeError(f"a {name_of(kind)} with private or extra fields cannot be cached")
        fields_set = getattr(value, "__pydantic_fields_set__", None)
        given = None if fields_set is None else sorted(fields_set)
        return _ext(
            _RECORD,
            [name_of(kind), given, [self._plain(getattr(value, name)) for name in names]],
        )

    def _revived(self, code: int, data: memoryview) -> Any:
        content = self._decoder.decode(data)
        if code == _RECORD:
            return self._record(*content)
        if code == _ENUM:
            name, member = content
            kind: Any = self._classes[name]
            return kind(member) if issubclass(kind, Flag) else kind[member]
        return _FORM_BY_CODE[code].read(content)

    def _record(self, name: str, given: list[str] | None, values: list[Any]) -> Any:
        kind: Any = self._classes[name]
        names = fields_of(kind) or ()
        if given is not None:
            fields = dict(zip(names, values, strict=True))
            return kind.model_construct(set(given), **fields)
        return _made(kind, names, values)


def is_immutable(value: Any) -> bool:
    """Whether callers may share this very value, since none of them can change it."""
    kind = type(value)
    if kind in _IMMUTABLE or issubclass(kind, Enum | PurePath):
        return True
    if kind in {tuple, frozenset}:
        return all(map(is_immutable, value))
    names = fields_of(kind)
    if names is None or not is_frozen(kind):
        return False
    return all(is_immutable(getattr(value, name)) for name in names)


def size_of(value: Any) -> int:
    """Bytes that an immutable value takes, shared parts counted each time."""
    kind = type(value)
    own = sys.getsizeof(value)
    if kind in {tuple, frozenset}:
        return own + sum(map(size_of, value))
    names = None if issubclass(kind, Enum | PurePath) else fields_of(kind)
    return own if names is None else own + sum(size_of(getattr(value, name)) for name in names)


def _ext(code: int, content: Any) -> Ext:
    return Ext(code, msgspec.msgpack.encode(content))


def _member(value: Enum) -> Any:
    """A member by its name; flags may be several at once and go by value."""
    return value.value if isinstance(value, Flag) else value.name


def _made(kind: Any, names: tuple[str, ...], values: list[Any]) -> Any:
    """An instance with these very fields; ``__post_init__`` ran when the first one was made."""
    if issubclass(kind, tuple):
        return kind._make(values)
    if issubclass(kind, msgspec.Struct):
        return kind(**dict(zip(names, values, strict=True)))
    made = object.__new__(kind)
    for name, value in zip(names, values, strict=True):
        object.__setattr__(made, name, value)
    return made


def _classes_in(annotation: Any) -> set[type]:
    found: set[type] = set()
    waiting = list(annotation) if isinstance(annotation, tuple) else [annotation]
    while waiting:
        part = waiting.pop()
        waiting += typing.get_args(part)
        kind = typing.get_origin(part) or part
        if not isinstance(kind, type) or kind in found:
            continue
        if issubclass(kind, Enum):
            found.add(kind)
        elif fields_of(kind) is not None:
            found.add(kind)
            waiting += hints_of(kind).values()
    return found


def hints_of(thing: Any) -> dict[str, Any]:
    """Its annotations; none if they name what cannot be found at run time."""
    try:
        return typing.get_type_hints(thing)
    except (NameError, TypeError, AttributeError):
        return {}


def _shape(classes: Iterable[type]) -> str:
    return "\n".join(
        sorted(f"{name_of(kind)} {fields_of(kind)} {hints_of(kind)}" for kind in classes)
    )
