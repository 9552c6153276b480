"""The registry formats that are known, and which of them an input is in."""

from __future__ import annotations

from app.importers.errors import FormatNotRecognised
from app.importers.feed import Feed
from app.importers.feeds import afdc, bnetza, irve, ocm, ocpi, osm
from app.importers.row import Layout, Sample

_ALL: tuple[Feed, ...] = (
    ocm.FEED,
    afdc.FEED,
    irve.FEED,
    bnetza.FEED,
    osm.FEED,
    ocpi.FEED,
)

FEEDS: dict[str, Feed] = {feed.source: feed for feed in _ALL}
"""By the word on the command line."""

_LEAST_SURE = 0.5
_SHOWN_NAMES = 12


def recognise(layout: Layout, sample: Sample) -> Feed:
    """The format that an input is in, told from its columns or members.

    Raises:
        FormatNotRecognised: No format fits; says what was found and what is known.
    """
    sureness = {word: feed.recognises(layout, sample) for word, feed in FEEDS.items()}
    surest = max(sureness, key=sureness.__getitem__)
    if sureness[surest] < _LEAST_SURE:
        raise FormatNotRecognised(f"{_found(layout, sample)}. Known are {', '.join(FEEDS)}")
    return FEEDS[surest]


def _found(layout: Layout, sample: Sample) -> str:
    if layout.columns:
        return f"a table with the columns {_some(layout.columns)}"
    if not sample:
        return "no rows"
    return f"JSON objects with the members {_some(tuple(sample[0].values))}"


def _some(names: tuple[str, ...]) -> str:
    shown = ", ".join(name[:40] for name in names[:_SHOWN_NAMES])
    more = len(names) - _SHOWN_NAMES
    return f"{shown} and {more} more" if more > 0 else shown
