"""Classes that are nothing but their named fields: structs, dataclasses, named tuples, models."""

from __future__ import annotations

import dataclasses
from datetime import UTC, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import msgspec


def fields_of(kind: type) -> tuple[str, ...] | None:
    """The names of the fields of such a class; None for any other, mapped ones included.

    An instance of an ORM class belongs to a session, and a dataclass that compares by
    identity is no value: neither is its fields alone.
    """
    if hasattr(kind, "__mapper__"):
        return None
    if issubclass(kind, msgspec.Struct):
        return kind.__struct_fields__
    if issubclass(kind, tuple):
        names: tuple[str, ...] | None = getattr(kind, "_fields", None)
        return names
    if dataclasses.is_dataclass(kind):
        by_value = "__eq__" in vars(kind)
        return tuple(field.name for field in dataclasses.fields(kind)) if by_value else None
    models: dict[str, Any] | None = getattr(kind, "__pydantic_fields__", None)
    return None if models is None else tuple(models)


def is_frozen(kind: type) -> bool:
    """Whether instances of such a class keep the fields they were made with."""
    if issubclass(kind, msgspec.Struct):
        return kind.__struct_config__.frozen
    if dataclasses.is_dataclass(kind):
        return bool(kind.__dataclass_params__.frozen)  # type: ignore[attr-defined] # - undeclared
    return issubclass(kind, tuple)


def name_of(kind: type) -> str:
    """The same in every process."""
    return f"{kind.__module__}.{kind.__qualname__}"


def zone_name(zone: tzinfo | None) -> str | None:
    """A text that ``zone_named`` understands: seconds from UTC, or IANA's name.

    Raises:
        TypeError: A zone that is neither an offset nor one of IANA's.
    """
    if zone is None:
        return None
    if isinstance(zone, timezone) and zone.tzname(None).startswith("UTC"):
        return f"{zone.utcoffset(None).total_seconds()!r}"
    if isinstance(zone, ZoneInfo) and zone.key:
        return zone.key
    raise TypeError(f"a time zone {zone!r} has no name that other processes know")


def zone_named(name: str | None) -> tzinfo | None:
    """What ``zone_name`` was given."""
    if name is None:
        return None
    try:
        offset_s = float(name)
    except ValueError:
        return ZoneInfo(name)
    return timezone(timedelta(seconds=offset_s)) if offset_s else UTC
