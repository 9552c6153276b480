"""Opening hours in the notations of the registries, read into OSM syntax.

What cannot be read wholly is not read at all: the text is kept, and ``opening_hours`` stays
``None``, so that a search for open stations never trusts a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from opening_hours import OpeningHours, validate

from app.importers.parse.text import clean_text
from app.importers.parse.week import DAYS, Span, Week, as_osm, make_span, make_week
from app.stations.words import fold

MAX_LENGTH = 500
"""Longer texts are prose."""


class Hours(NamedTuple):
    """What a station says about its hours."""

    opening_hours: str | None
    """OSM syntax; ``None`` where it could not be read."""
    open_24_7: bool | None
    text: str | None
    """The source's own words, where they say more or could not be read."""


NO_HOURS = Hours(None, None, None)
ALWAYS = Hours("24/7", True, None)

_ALWAYS = re.compile(
    r"24\s?[/x*]\s?7|7\s?[/x*]\s?24|247|24\s?h?\s?/\s?24|always|toujours|immer|"
    r"(?:7\s?j?\s?/\s?7)[\s,;-]*(?:et\s)?24\s?h?\s?/\s?24\s?h?|"
    r"24\s?h?\s?/\s?24\s?h?[\s,;-]*(?:et\s)?7\s?j?\s?/\s?7\s?j?(?:ours)?|"
    r"(?:open\s)?24\s?(?:h|hrs?|hours)(?:\s(?:daily|a day))?(?:,?\s?7 days(?: a week)?)?|"
    r"(?:24 stunden|durchgehend|rund um die uhr)(?: geoffnet)?|ganztagig"
)


def hours_of_week(week: Week, *, text: str | None = None) -> Hours:
    """The hours of a week that was read; ``text`` is kept only if it says more."""
    if not any(week):
        return Hours(None, None, text)
    osm = as_osm(week)
    return Hours(osm, osm == "24/7", text)


def read_osm_hours(value: object) -> Hours:
    """Hours in OSM syntax, as strictly or loosely as people write it.

    Weekly patterns are brought into one form (``MO-FR 8:00-12:00, Fr,Th 14:00-18:00``
    too); other valid expressions (months, holidays, sunset) are kept as they are.
    """
    text = clean_text(value)
    return NO_HOURS if text is None else _read_osm(text)


@lru_cache(maxsize=4_096)
def _read_osm(text: str) -> Hours:
    if len(text) > MAX_LENGTH:
        return Hours(None, None, text)
    if says_always(text):
        return ALWAYS
    week = _read_week(text)
    if week is not None and any(week):
        return hours_of_week(week)
    if not any(map(str.isdigit, text)) or not validate(text):
        return Hours(None, None, text)
    parsed = str(OpeningHours(text))
    return Hours(parsed, parsed == "24/7", None)


@lru_cache(maxsize=1_024)
def says_always(text: str) -> bool:
    """Whether a text is one of the many spellings of ``24/7``."""
    return _ALWAYS.fullmatch(fold(text).strip(" .;")) is not None


def hours_from_periods(
    periods: Iterable[tuple[int, str, str]], *, twentyfourseven: bool | None = None
) -> Hours:
    """Hours from weekdays with two clock readings (OCPI ``regular_hours``).

    Args:
        periods: Weekday 1 (Monday) to 7, begin and end as ``HH:MM``.
        twentyfourseven: The source's own word, which wins if true.
    """
    if twentyfourseven:
        return ALWAYS
    spans: list[tuple[int, Span]] = []
    words: list[str] = []
    readable = True
    for weekday, begin, end in periods:
        words.append(f"{weekday} {begin}-{end}")
        span = _clock_span(begin, end)
        if span is None or not 1 <= weekday <= len(DAYS):
            readable = False
        else:
            spans.append((weekday - 1, span))
    if not readable:
        return Hours(None, None, "; ".join(words))
    if not spans:
        return Hours(None, twentyfourseven, None)
    return hours_of_week(make_week(spans))


# Weekly patterns: rules of days and times in either of OSM's two orders of joining.

_DAY_NUMBER = {name.lower(): number for number, name in enumerate(DAYS)} | {
    "mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6,
    "lun": 0, "mar": 1, "mer": 2, "jeu": 3, "ven": 4, "sam": 5, "dim": 6,
}  # fmt: skip
"""OSM's names, and the longer English and French ones that cannot be mistaken."""

_DAY = rf"(?:{'|'.join(sorted(_DAY_NUMBER, key=len, reverse=True))})"
_DAY_RANGE = rf"{_DAY}(?:\s?-\s?{_DAY})?"
_TIME = r"\d{1,2}[:h]\d{2}"
_TIME_RANGE = rf"{_TIME}\s?-\s?{_TIME}"
_EACH_TIME_RANGE = re.compile(_TIME_RANGE, re.IGNORECASE)
_RULE = re.compile(
    rf"\s*(?P<days>{_DAY_RANGE}(?:\s?,\s?{_DAY_RANGE})*)?\s*"
    rf"(?P<times>{_TIME_RANGE}(?:[\s,]{{1,2}}{_TIME_RANGE})*)\s*(?P<joint>[;,]|$)",
    re.IGNORECASE,
)


def _read_week(text: str) -> Week | None:
    """A text made of nothing but weekdays and times; ``None`` for any other."""
    spans: list[tuple[int, Span]] = []
    position, overrides = 0, True
    while position < len(text):
        rule = _RULE.match(text, position)
        if rule is None:
            return None
        days = set(_days(rule["days"])) if rule["days"] else set(range(len(DAYS)))
        if overrides:
            spans = [(day, span) for day, span in spans if day not in days]
        for times in _EACH_TIME_RANGE.findall(rule["times"]):
            span = _clock_span(*times.split("-"))
            if span is None:
                return None
            spans.extend((day, span) for day in days)
        position, overrides = rule.end(), rule["joint"] == ";"
    return make_week(spans)


def _days(text: str) -> Iterator[int]:
    for part in text.lower().split(","):
        first, _, last = part.partition("-")
        start = _DAY_NUMBER[first.strip()]
        end = _DAY_NUMBER[last.strip()] if last else start
        yield from (day % len(DAYS) for day in range(start, end + (1 if end >= start else 8)))


def _clock_span(begin: str, end: str) -> Span | None:
    start_min, end_min = _minutes(begin), _minutes(end)
    return None if start_min is None or end_min is None else make_span(start_min, end_min)


def _minutes(clock: str) -> int | None:
    hour, _, minute = clock.strip().lower().replace("h", ":").partition(":")
    try:
        hours, minutes = int(hour), int((minute or "0")[:2])
    except ValueError:
        return None
    return hours * 60 + minutes if minutes < 60 else None  # noqa: PLR2004 - minutes of an hour
