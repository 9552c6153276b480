"""Opening hours in American English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from app.importers.parse.hours import ALWAYS, NO_HOURS, Hours, hours_of_week
from app.importers.parse.text import clean_text
from app.importers.parse.week import DAYS, Span, make_span, make_week

_EVERY_DAY = tuple(range(len(DAYS)))

_DAY_WORDS = {
    "m": 0, "mo": 0, "mon": 0, "monday": 0, "mondays": 0,
    "t": 1, "tu": 1, "tue": 1, "tues": 1, "tuesday": 1,
    "w": 2, "we": 2, "wed": 2, "weds": 2, "wednesday": 2,
    "th": 3, "thu": 3, "thur": 3, "thurs": 3, "thursday": 3,
    "f": 4, "fr": 4, "fri": 4, "friday": 4,
    "s": 5, "sa": 5, "sat": 5, "saturday": 5,
    "su": 6, "sun": 6, "sunday": 6,
}  # fmt: skip
_DAY = r"[a-z]+"
_DAYS = rf"{_DAY}(?:\s?-\s?{_DAY})?(?:(?:\s?[,&/]\s?|\s(?:and|&)\s){_DAY}(?:\s?-\s?{_DAY})?)*"
_TIME = r"(?:\d{1,2}(?::\d{2})?\s?(?:am|pm)|noon|midnight|[012]\d:\d{2})"
_PARTS = re.compile(r"[;.]\s+|[;|]")
_WHOLE_DAY = "24 hours"
_TIMES = rf"(?:{_TIME}\s?(?:-|to)\s?{_TIME}|{_WHOLE_DAY})"
_RULES = (
    re.compile(rf"(?P<times>{_TIMES})(?:,?\s(?P<days>{_DAYS}))?"),
    re.compile(rf"(?P<days>{_DAYS})[:,]?\s?(?P<times>{_TIMES})"),
)
_ALWAYS_FIRST = re.compile(
    r"24\s?(?:hours?|hrs?)(?:\s(?:daily|a day|per day))?|24/7|24 hours daily"
)
_SAYS_HOURS = re.compile(
    r"\d\s?(?:am|pm|a\.m|p\.m|:\d\d)|hours?\b|daily|closed|except|only during|noon|midnight|"
    r"dawn|dusk|sunrise|sunset|weekday|weekend|holiday|season"
)
_LENGTH = r"\d+[\s-]?(?:hours?|hrs?|minutes?|min)\b"
_LIMITS = re.compile(
    rf"{_LENGTH}[\s-]*(?:time\s)?(?:limit|max\w*|parking)|"
    rf"max\w*\s(?:session time|session|stay|time|parking)\s(?:of|is)\s{_LENGTH}|up to {_LENGTH}"
)
"""How long one may stay: says nothing about when."""


def read_english_hours(value: object) -> Hours:
    """Hours such as ``24 hours daily; for guest use only`` or ``7am-7pm M-Th and Sat``.

    Parts that speak of something else (``call ahead``) stay in the text; a part about hours
    that cannot be read makes the whole unreadable.
    """
    text = clean_text(value)
    return NO_HOURS if text is None else _read_english(text)


@lru_cache(maxsize=4_096)
def _read_english(text: str) -> Hours:
    parts = [part for one in _PARTS.split(text.lower()) if (part := one.strip(" ."))]
    unread = Hours(None, None, text)
    if parts and _ALWAYS_FIRST.fullmatch(parts[0]):
        others = [_LIMITS.sub("", part) for part in parts[1:]]
        if any(_SAYS_HOURS.search(part) for part in others):
            return unread
        return ALWAYS if not others else Hours("24/7", True, text)
    spans: list[tuple[int, Span]] = []
    says_more = False
    for part in parts:
        found = _english_rules(part)
        if found is not None:
            spans.extend(found)
        elif _SAYS_HOURS.search(_LIMITS.sub("", part)):
            return unread
        else:
            says_more = True
    return hours_of_week(make_week(spans), text=text if says_more or not spans else None)


def _english_rules(part: str) -> list[tuple[int, Span]] | None:
    """The rules of one part, joined by commas where each is one; ``None`` if it is no hours."""
    whole = _english_rule(part)
    if whole is not None:
        return whole
    spans: list[tuple[int, Span]] = []
    for piece in part.split(","):
        found = _english_rule(piece.strip())
        if found is None:
            return None
        spans.extend(found)
    return spans


def _english_rule(rule: str) -> list[tuple[int, Span]] | None:
    for pattern in _RULES:
        match = pattern.fullmatch(rule)
        if match is None:
            continue
        days = _english_days(match["days"])
        span = _english_span(match["times"])
        if days is not None and span is not None:
            return [(day, span) for day in days]
    return None


def _english_days(text: str | None) -> tuple[int, ...] | None:
    if text is None or text in {"daily", "every day", "everyday", "all days"}:
        return _EVERY_DAY
    try:
        return tuple(_each_day(text))
    except KeyError:
        return None


def _each_day(text: str) -> Iterator[int]:
    for part in re.split(r"\s?[,&/]\s?|\sand\s", text):
        if part in {"weekdays", "weekends"}:
            yield from range(5) if part == "weekdays" else (5, 6)
            continue
        first, _, last = part.partition("-")
        start = _DAY_WORDS[first.strip()]
        end = _DAY_WORDS[last.strip()] if last else start
        yield from (day % 7 for day in range(start, end + (1 if end >= start else 8)))


def _english_span(text: str) -> Span | None:
    if text == _WHOLE_DAY:
        return make_span(0, 0)
    begin, end = re.split(r"\s?(?:-|to)\s?", text, maxsplit=1)
    start_min, end_min = _twelve_hour(begin), _twelve_hour(end)
    if start_min is None or end_min is None:
        return None
    # Without am and pm 09:00-05:00 may be a day's or a night's.
    is_doubtful = text[-1].isdigit() and 0 < end_min <= start_min
    return None if is_doubtful else make_span(start_min, end_min)


def _twelve_hour(text: str) -> int | None:
    if text in {"noon", "midnight"}:
        return 720 if text == "noon" else 0
    if text[-1].isdigit():
        hour, _, minute = text.partition(":")
        return int(hour) * 60 + int(minute)
    clock, half = text[:-2].strip(), text[-2:]
    hour, _, minute = clock.partition(":")
    if not (1 <= int(hour) <= 12 and int(minute or 0) < 60):  # noqa: PLR2004 - a clock's face
        return None
    return (int(hour) % 12 + (12 if half == "pm" else 0)) * 60 + int(minute or 0)
