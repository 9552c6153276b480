"""Opening hours in German, in the three cells of the Ladesäulenregister."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from app.importers.parse.hours import ALWAYS, Hours, hours_of_week, says_always
from app.importers.parse.text import clean_text
from app.importers.parse.week import DAYS, Span, make_span, make_week
from app.stations.words import fold

_NAMES = {
    "montag": 0, "dienstag": 1, "mittwoch": 2, "donnerstag": 3, "freitag": 4, "samstag": 5,
    "sonnabend": 5, "sonntag": 6, "mo": 0, "di": 1, "mi": 2, "do": 3, "fr": 4, "sa": 5, "so": 6,
}  # fmt: skip
_EVERY_DAY = frozenset({"taglich", "jeden tag"})
_CLOCK = r"(\d{1,2})(?:[:.](\d{2})(?::\d{2})?)?"
_TIMES = re.compile(rf"{_CLOCK}\s?(?:uhr\s?)?(?:-|–|bis)\s?{_CLOCK}(?:\s?uhr)?", re.IGNORECASE)


def read_german_hours(kind: object, weekdays: object = None, times: object = None) -> Hours:
    """Hours from the three cells of the Ladesäulenregister.

    Args:
        kind: ``247``, ``Eingeschränkt`` or ``Keine Angabe``.
        weekdays: Days joined by ``;``: ``Montag; Dienstag``; also ``Montag - Freitag``.
        times: As many spans joined by ``;``: ``08:00-20:00; 08:00-20:00``; or one for all.
    """
    return _read(clean_text(kind), clean_text(weekdays), clean_text(times))


@lru_cache(maxsize=4_096)
def _read(kind: str | None, weekdays: str | None, times: str | None) -> Hours:
    if kind is not None and says_always(kind):
        return ALWAYS
    text = " ".join(part for part in (kind, weekdays, times) if part) or None
    unread = Hours(None, None, text)
    if weekdays is None or times is None:
        return unread
    groups = [_days(part) for part in weekdays.split(";") if part.strip()]
    spans = [_span(part.strip()) for part in times.split(";") if part.strip()]
    if len(spans) == 1:
        spans *= len(groups)
    if len(groups) != len(spans):
        return unread
    week: list[tuple[int, Span]] = []
    for days, span in zip(groups, spans, strict=True):
        if days is None or span is None:
            return unread
        week += [(day, span) for day in days]
    return hours_of_week(make_week(week)) if week else unread


def _days(text: str) -> list[int] | None:
    """The days of ``Montag``, ``Montag - Freitag`` or ``Sa, So``; ``None`` for other words."""
    folded = fold(text).strip(" .:")
    if folded in _EVERY_DAY:
        return list(range(len(DAYS)))
    try:
        return [
            day for part in re.split(r"\s?,\s?|\sund\s|\s?&\s?", folded) for day in _range(part)
        ]
    except KeyError:
        return None


def _range(text: str) -> Iterator[int]:
    first, *last = (_NAMES[name.strip(" .")] for name in re.split(r"\s?[-–]\s?|\sbis\s", text))
    end = last[-1] if last else first
    yield from (day % len(DAYS) for day in range(first, end + (1 if end >= first else 8)))


def _span(text: str) -> Span | None:
    match = _TIMES.fullmatch(text)
    if match is None:
        return None
    begin_hour, begin_minute, end_hour, end_minute = (int(part or 0) for part in match.groups())
    return make_span(begin_hour * 60 + begin_minute, end_hour * 60 + end_minute)
