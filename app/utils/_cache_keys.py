"""Keys of calls: equal calls share one however they are spelled, distinct calls never do."""

from __future__ import annotations

import inspect
import marshal
import struct
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from hashlib import blake2b
from pathlib import PurePath
from typing import Any
from uuid import UUID

from app.utils._cache_records import fields_of, name_of, zone_name

SCALARS = frozenset({int, float, bool, str, type(None)})
"""What ``marshal`` writes exactly, in the same bytes in every process."""

MARSHAL_VERSION = 2
"""Floats by their bits, and no references between equal objects."""

_FLOATS = {float}
_MISSING = inspect.Parameter.empty
_USUAL = {inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY}
_FIXED = _USUAL | {inspect.Parameter.POSITIONAL_ONLY}
_LONGEST_KEY_BYTES = 200
_DIGEST_BYTES = 20


def floats_format(count: int) -> str:
    """How ``struct`` writes a call whose arguments are floats alone, coordinates say.

    By their bits, as ``marshal`` does, in half of the time; no other key begins with a zero.
    The same bytes in every process on machines of one byte order.
    """
    return f"x{count}d"


class NotKeyable(TypeError):
    """A value that has no key which is the same in every process."""


class KeyBuilder:
    """Makes the keys of one function's calls.

    Args:
        function: Its signature is read here, once.
        ignore: Parameters that take no part.
        key: Makes a value from the arguments, and that value alone is keyed.

    Raises:
        TypeError: ``ignore`` names something that is no parameter.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        ignore: Collection[str] = (),
        key: Callable[..., Any] | None = None,
    ) -> None:
        self._name = function.__qualname__
        self._signature = inspect.signature(function)
        self._ignore = frozenset(ignore)
        self._key = key
        parameters = self._signature.parameters
        unknown = self._ignore - parameters.keys()
        if unknown:
            raise TypeError(f"{self._name}() has no parameter {min(unknown)!r} to ignore")
        self._is_usual = all(parameter.kind in _USUAL for parameter in parameters.values())
        self._named = [
            name
            for name, parameter in parameters.items()
            if parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
        ]
        self._defaults = {name: p.default for name, p in parameters.items()}
        is_fixed = _FIXED.issuperset(parameter.kind for parameter in parameters.values())
        self.keyed_as_given = self._signature if is_fixed and not ignore and key is None else None
        """The signature, if the key of scalars is made of all arguments as they stand."""

    def __call__(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bytes:
        """The key of a call: the same bytes in every process.

        Raises:
            TypeError: The arguments do not fit, or one of them has no stable key.
        """
        if self._key is not None:
            return self._of({"key=": self._key(*args, **kwargs)})
        arguments = self._bound(args, kwargs)
        if self._ignore:
            arguments = {k: v for k, v in arguments.items() if k not in self._ignore}
        return self._of(arguments)

    def _bound(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Mapping[str, Any]:
        """The argument of each parameter, in the order of the signature.

        The library binds any call, and takes several microseconds; the usual ones that fit
        are bound here.
        """
        given = self._named[: len(args)]
        if self._is_usual and len(args) == len(given) and kwargs.keys().isdisjoint(given):
            arguments = {**self._defaults, **dict(zip(given, args, strict=True)), **kwargs}
            if len(arguments) == len(self._defaults) and not any(
                value is _MISSING for value in arguments.values()
            ):
                return arguments
        bound = self._signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return bound.arguments

    def _of(self, arguments: Mapping[str, Any]) -> bytes:
        values = tuple(arguments.values())
        kinds = set(map(type, values))
        if kinds == _FLOATS:
            key = struct.pack(floats_format(len(values)), *values)
        elif SCALARS.issuperset(kinds):
            key = marshal.dumps(values, MARSHAL_VERSION)
        else:
            key = b"*" + b"".join(self._part(name, value) for name, value in arguments.items())
        if len(key) <= _LONGEST_KEY_BYTES:
            return key
        return b"#" + blake2b(key, digest_size=_DIGEST_BYTES).digest()

    def _part(self, name: str, value: Any) -> bytes:
        try:
            return encoded(value)
        except RecursionError:
            fault = "it refers to itself"
        except NotKeyable as error:
            fault = str(error)
        raise TypeError(
            f"{self._name}() cannot be cached by its argument {name!r}: {fault}; "
            f"leave it out with ignore=({name!r},), or say with key= what tells calls apart"
        )


def encoded(value: Any) -> bytes:
    """Bytes that no other value has; types count, so that 1, True and 1.0 differ.

    Raises:
        NotKeyable: It is, or holds, something other than plain values and records of them.
    """
    kind = type(value)
    write = _WRITERS.get(kind)
    if write is not None:
        return write(value)
    if issubclass(kind, PurePath):
        return _named(b"p", kind, encoded(str(value)))
    if issubclass(kind, Enum):
        return _named(b"e", kind, encoded(value.name) if value.name else encoded(value.value))
    names = fields_of(kind)
    if names is None:
        raise NotKeyable(f"{name_of(kind)} has no stable key")
    return _named(b"r", kind, b"".join(encoded(getattr(value, name)) for name in names))


def _part(tag: bytes, content: bytes) -> bytes:
    """With its length before it, so that parts in a row can be told apart."""
    return b"%b%d:%b" % (tag, len(content), content)


def _named(tag: bytes, kind: type, content: bytes) -> bytes:
    return _part(tag, encoded(name_of(kind)) + content)


def _moment(value: datetime | time) -> bytes:
    try:
        zone = zone_name(value.tzinfo)
    except TypeError as error:
        raise NotKeyable(str(error)) from None
    local = value.replace(tzinfo=None).isoformat()
    return _part(b"d", encoded((type(value).__name__, local, value.fold, zone)))


def _as_text(kind: type, text: Callable[[Any], str]) -> Callable[[Any], bytes]:
    return lambda value: _part(b"t", f"{kind.__name__} {text(value)}".encode())


_WRITERS: dict[type, Callable[[Any], bytes]] = {
    str: lambda text: _part(b"s", text.encode("utf-8", "surrogatepass")),
    bytes: lambda content: _part(b"b", content),
    tuple: lambda items: _part(b"(", b"".join(map(encoded, items))),
    list: lambda items: _part(b"[", b"".join(map(encoded, items))),
    set: lambda items: _part(b"<", b"".join(sorted(map(encoded, items)))),
    frozenset: lambda items: _part(b">", b"".join(sorted(map(encoded, items)))),
    dict: lambda items: _part(
        b"{", b"".join(sorted(encoded(key) + encoded(item) for key, item in items.items()))
    ),
    datetime: _moment,
    time: _moment,
    int: _as_text(int, hex),
    float: _as_text(float, float.hex),
    bool: _as_text(bool, str),
    type(None): _as_text(type(None), str),
    date: _as_text(date, date.isoformat),
    timedelta: _as_text(timedelta, repr),
    Decimal: _as_text(Decimal, str),
    UUID: _as_text(UUID, str),
}
