"""Members of JSON objects that may hold anything: typed, or absent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.importers.parse.numbers import parse_number
from app.importers.parse.text import clean_text

_NOTHING: Mapping[str, Any] = {}
_MAX_WHOLE = 2**53


def members(value: object) -> Mapping[str, Any]:
    """The object itself, or an empty one where the value is none."""
    return value if isinstance(value, dict) else _NOTHING


def objects(value: object) -> list[Mapping[str, Any]]:
    """The objects of a list (or the one object that stands alone); others are left out."""
    if isinstance(value, dict):
        return [value]
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def words(value: object) -> list[str]:
    """The texts of a list, or the one text that stands alone; cleaned."""
    values = value if isinstance(value, list) else [value]
    return [text for one in values if (text := clean_text(one))]


def whole(value: object) -> int | None:
    """A whole number from 0 to 2⁵³, written as number or text; ``None`` for all else."""
    if type(value) is int:
        return value if 0 <= value <= _MAX_WHOLE else None
    if value is None:
        return None
    number = parse_number(value)
    if number is None or not number.is_integer() or not 0 <= number <= _MAX_WHOLE:
        return None
    return int(number)


def identifier(value: object) -> str | None:
    """An id as text: ``54030`` and ``"54030"`` are the same; objects and lists are none."""
    return None if isinstance(value, bool | list | dict) else clean_text(value)


def natural_order(text: str) -> tuple[int, str]:
    """Sorts ids so that ``9`` stands before ``10``, whatever order a server sends."""
    return len(text), text


def number_of(thing: Mapping[str, Any], kind: str) -> int | None:
    """Open Charge Map's reference: ``StatusTypeID``, else ``ID`` of the whole ``StatusType``."""
    number = whole(thing.get(f"{kind}ID"))
    return whole(members(thing.get(kind)).get("ID")) if number is None else number
