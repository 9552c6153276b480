"""Moments in every notation that the registries use, as aware UTC."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_EXCEL_EPOCH = datetime(1899, 12, 30, tzinfo=UTC)
_EXCEL_DAYS = range(18_264, 91_314)
"""Excel serials of the years 1950 to 2149."""
_YEARS = range(1900, 2200)
_LEAST_EPOCH_S = 10**8
_LEAST_EPOCH_MS = 10**11
_CENTURY_BREAK = 70

_BY_PARTS = re.compile(
    r"(\d{1,2})\s?[./-]\s?(\d{1,2})\s?[./-]\s?(\d{4}|\d{2})"
    r"(?:[ T,]+(\d{1,2})[:.](\d{2})(?::(\d{2}))?(?:\s*(am|pm))?)?",
    re.IGNORECASE,
)


def parse_moment(value: object, *, day_first: bool = True) -> datetime | None:
    """A moment, aware and in UTC; ``None`` where none can be read. Future ones are kept.

    Reads ISO 8601 with or without zone (none means UTC), ``2025-02-12 00:16:32 UTC``,
    ``dd.mm.yyyy`` and ``dd/mm/yy`` (``m/d/yyyy`` with ``day_first=False``; the other order
    where only it is a date), Excel serials, seconds or milliseconds since 1970, and the
    ``{"$date": …}`` of MongoDB exports. Years 1900 to 2199.
    """
    if isinstance(value, str):
        return _from_text(value, day_first)
    if isinstance(value, Mapping):
        inner = value.get("$date", value.get("$numberLong"))
        return None if inner is value else parse_moment(inner, day_first=day_first)
    if isinstance(value, datetime):
        return _in_utc(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_number(float(value))
    return None


@lru_cache(maxsize=8_192)
def _from_text(text: str, day_first: bool) -> datetime | None:  # noqa: FBT001 - lru_cache is faster without keywords
    text = text.strip()
    try:
        return _from_number(float(text)) if len(text) != len("20240715") else _from_iso(text)
    except ValueError:
        pass
    try:
        return _from_iso(text)
    except ValueError:
        return _from_parts(text, day_first=day_first)


def _from_iso(text: str) -> datetime | None:
    for suffix in (" UTC", " GMT"):
        text = text.removesuffix(suffix)
    return _in_utc(datetime.fromisoformat(text))


def _in_utc(moment: datetime) -> datetime | None:
    if moment.year not in _YEARS:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _from_number(number: float) -> datetime | None:
    try:
        if int(number) in _EXCEL_DAYS:
            return _EXCEL_EPOCH + timedelta(seconds=round(number * 86_400))
        if number >= _LEAST_EPOCH_MS:
            return _in_utc(datetime.fromtimestamp(number / 1000, UTC))
        if number >= _LEAST_EPOCH_S:
            return _in_utc(datetime.fromtimestamp(number, UTC))
    except (OverflowError, ValueError, OSError):
        pass
    return None


def _from_parts(text: str, *, day_first: bool) -> datetime | None:
    match = _BY_PARTS.fullmatch(text)
    if match is None:
        return None
    first, second, year = int(match[1]), int(match[2]), int(match[3])
    if len(match[3]) == len("24"):
        year += 2000 if year < _CENTURY_BREAK else 1900
    day, month = (first, second) if day_first else (second, first)
    if month > 12:  # noqa: PLR2004 - only the other order can be meant
        day, month = month, day
    hour, minute, second = (int(part or 0) for part in match.group(4, 5, 6))
    if match[7]:
        hour = hour % 12 + (12 if match[7].lower() == "pm" else 0)
    try:
        return _in_utc(datetime(year, month, day, hour, minute, second, tzinfo=UTC))
    except ValueError:
        return None
