"""A week of opening hours, and the OSM text that says it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
DAY_MIN = 24 * 60

Span = tuple[int, int]
"""Minutes since midnight; the end is greater than the start, at most a day later."""

Week = tuple[tuple[Span, ...], ...]
"""Seven days from Monday, each its spans in order."""


def make_span(start_min: int, end_min: int) -> Span | None:
    """A span from two readings of a clock (0…1440); ``None`` where they are none.

    ``23:59`` as an end means midnight; an end at or before the start is on the next day, so
    that ``00:00`` to ``00:00`` is a whole day.
    """
    if not (0 <= start_min < DAY_MIN and 0 <= end_min <= DAY_MIN):
        return None
    if end_min == DAY_MIN - 1:
        end_min = DAY_MIN
    return start_min, end_min if end_min > start_min else end_min + DAY_MIN


def make_week(days: Iterable[tuple[int, Span]]) -> Week:
    """A week from spans by day (0 is Monday), joined where they touch, up to a day's length."""
    by_day: list[list[Span]] = [[] for _ in DAYS]
    for day, span in days:
        by_day[day].append(span)
    return tuple(_joined(sorted(spans)) for spans in by_day)


def is_always(week: Week) -> bool:
    """Whether it leaves no minute closed."""
    return all(any(start <= 0 and end >= DAY_MIN for start, end in spans) for spans in week) or all(
        len(spans) == 1 and spans[0][1] - spans[0][0] == DAY_MIN for spans in week
    )


def as_osm(week: Week) -> str:
    """The week in OSM syntax: ``Mo-Fr 08:00-12:00,14:00-18:00; Sa 09:00-12:00``.

    Rules are joined by a comma where a span passes midnight: behind a semicolon the next
    day's rule would take back the hours after midnight.
    """
    if is_always(week):
        return "24/7"
    done: dict[tuple[Span, ...], list[int]] = {}
    for day, spans in enumerate(week):
        if spans:
            done.setdefault(spans, []).append(day)
    passes_midnight = any(end > DAY_MIN for spans in week for _, end in spans)
    return (", " if passes_midnight else "; ").join(
        f"{_day_names(days)} {','.join(map(_clock_span, spans))}" for spans, days in done.items()
    )


def _joined(spans: Sequence[Span]) -> tuple[Span, ...]:
    joined: list[Span] = []
    for start, end in dict.fromkeys(spans):
        first, last = joined[-1] if joined else (start, start - 1)
        if start <= last and max(end, last) - first <= DAY_MIN:
            joined[-1] = first, max(end, last)
        else:
            joined.append((start, end))
    return tuple(joined)


def _day_names(days: Sequence[int]) -> str:
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ",".join(_run_name(run) for run in runs)


def _run_name(run: Sequence[int]) -> str:
    first, last = DAYS[run[0]], DAYS[run[-1]]
    if len(run) == 1:
        return first
    return f"{first}-{last}" if len(run) > 2 else f"{first},{last}"  # noqa: PLR2004 - two days are no range


def _clock_span(span: Span) -> str:
    start, end = span
    return f"{_clock(start)}-{_clock(end if end <= DAY_MIN else end - DAY_MIN)}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
