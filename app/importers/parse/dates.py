"""Moments in every notation that the registries use, as aware UTC."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from app.stations.words import fold

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


_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})(?:[ T](.*))?")
_YEAR_AND_MONTH = re.compile(r"\d{4}-\d{2}")
_BY_NAME = re.compile(
    r"(?P<day>\d{1,2})(?:\.|er|st|nd|rd|th)?[\s-]+(?P<month>[a-z]{3,9})\.?"
    r"[\s,-]+(?P<year>\d{4}|\d{2})"
    r"|(?P<month2>[a-z]{3,9})\.? (?P<day2>\d{1,2})(?:st|nd|rd|th)?,? (?P<year2>\d{4})"
)
_MONTHS = (
    ("jan",), ("fev", "feb"), ("mar",), ("avr", "apr"), ("mai", "may"), ("juin", "jun"),
    ("juil", "jul"), ("aou", "aug"), ("sep",), ("oct", "okt"), ("nov",), ("dec", "dez"),
)  # fmt: skip
"""How the names of months begin in English, French and German, folded."""


def parse_moment(value: object, *, day_first: bool = True) -> datetime | None:
    """A moment, aware and in UTC; ``None`` where none can be read. Future ones are kept.

    Reads ISO 8601 with or without zone (none means UTC), ``2025-02-12 00:16:32 UTC``,
    ``dd.mm.yyyy`` and ``dd/mm/yy`` (``m/d/yyyy`` with ``day_first=False``; the other order
    where only it is a date), ``2023/01/05``, ``2023-01``, days with the month's name in
    English, French or German (``5 janvier 2023``, ``15. März 2020``), Excel serials, seconds
    or milliseconds since 1970, and the ``{"$date": …}`` of MongoDB exports. Years 1900 to 2199.
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
        return _from_iso(_with_dashes(text))
    except ValueError:
        return _from_parts(text, day_first=day_first) or _from_name(text)


def _from_iso(text: str) -> datetime | None:
    for suffix in (" UTC", " GMT"):
        text = text.removesuffix(suffix)
    return _in_utc(datetime.fromisoformat(text))


def _with_dashes(text: str) -> str:
    match = _YEAR_FIRST.fullmatch(text)
    if match:
        day = f"{match[1]}-{int(match[2]):02}-{int(match[3]):02}"
        return f"{day}T{match[4]}" if match[4] else day
    return f"{text}-01" if _YEAR_AND_MONTH.fullmatch(text) else text


def _from_name(text: str) -> datetime | None:
    match = _BY_NAME.fullmatch(fold(text))
    if match is None:
        return None
    name = match["month"] or match["month2"]
    month = next((n for n, begins in enumerate(_MONTHS, 1) if name.startswith(begins)), 0)
    year = int(match["year"] or match["year2"])
    try:
        return _in_utc(
            datetime(_whole_year(year), month, int(match["day"] or match["day2"]), tzinfo=UTC)
        )
    except ValueError:
        return None


def _whole_year(year: int) -> int:
    if year >= 100:  # noqa: PLR2004 - two digits
        return year
    return year + (2000 if year < _CENTURY_BREAK else 1900)


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
    first, second, year = int(match[1]), int(match[2]), _whole_year(int(match[3]))
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
