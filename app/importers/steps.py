"""What every draft goes through, whatever its source: small pure steps in a fixed order."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import count
from operator import attrgetter
from typing import NamedTuple

import msgspec

from app.geo.zones import country_at
from app.importers.parse.licences import UNKNOWN, is_open
from app.importers.row import Notes, Rejected, Skipped
from app.stations.draft import (
    MAX_EVSES,
    MAX_POWER_W,
    POWER_STEP_W,
    EvseDraft,
    StationContent,
    StationDraft,
)

MAX_KEY_LENGTH = 200
MAX_TEXT_LENGTH = 500
MAX_PROSE_LENGTH = 2_000
DECIMALS = 7
"""Of a coordinate: 1 cm."""

NULL_ISLAND_DEG = 0.01
"""So near to (0, 0) there is no land: the coordinates were left at their zeros."""

_BELONGS_TO = {
    "FR": frozenset({"FR", "GP", "MQ", "GF", "RE", "YT", "PM", "BL", "MF", "NC", "PF", "WF", "TF"}),
    "US": frozenset({"US", "PR", "VI", "GU", "AS", "MP", "UM"}),
    "GB": frozenset({"GB", "IM", "JE", "GG", "GI"}),
    "NL": frozenset({"NL", "AW", "CW", "BQ", "SX"}),
    "DK": frozenset({"DK", "FO", "GL"}),
    "NO": frozenset({"NO", "SJ"}),
    "FI": frozenset({"FI", "AX"}),
    "CN": frozenset({"CN", "HK", "MO", "TW"}),
    "UA": frozenset({"UA", "RU"}),
    "RS": frozenset({"RS", "XK"}),
    "XK": frozenset({"RS", "XK"}),
}
"""Where a place may lie whose row names the country: its territories, and disputed land."""


class Context(NamedTuple):
    """What the steps need besides the draft."""

    notes: Notes
    territory: frozenset[str] | None
    allow_non_open: bool


Outcome = StationContent | Rejected | Skipped


def clean(
    draft: StationDraft,
    *,
    notes: Notes,
    territory: frozenset[str] | None,
    allow_non_open: bool = False,
) -> StationDraft | Rejected | Skipped:
    """A draft that may be stored, or why it may not be.

    Args:
        draft: As translated; unchanged parts are shared with the result.
        notes: Gets a flag for each oddity that was kept.
        territory: Countries (ISO alpha-2) where stations of this feed lie, for rows that
            name none; ``None`` for a feed of the whole world.
        allow_non_open: Keep rows whose licence is stated and not open.

    Cost: 5 µs for a draft that needs no change.
    """
    outcome = clean_content(
        draft.content, notes=notes, territory=territory, allow_non_open=allow_non_open
    )
    if outcome is draft.content:
        return draft
    if isinstance(outcome, StationContent):
        return msgspec.structs.replace(draft, content=outcome)
    return outcome


def clean_content(
    content: StationContent,
    *,
    notes: Notes,
    territory: frozenset[str] | None,
    allow_non_open: bool = False,
) -> Outcome:
    """The same for the content of a draft."""
    context = Context(notes, territory, allow_non_open)
    for step in STEPS:
        outcome = step(content, context)
        if outcome is content:
            continue
        if not isinstance(outcome, StationContent):
            return outcome
        content = outcome
    return content


def check_key(content: StationContent, _: Context) -> Outcome:
    """A station without an id, or with an endless one, could not be found again."""
    if not content.key:
        return Rejected("no-key", "the row has nothing that could tell the station from others")
    if len(content.key) > MAX_KEY_LENGTH:
        return Rejected(
            "key-too-long",
            f"the station's id has {len(content.key)} characters; at most {MAX_KEY_LENGTH} fit",
        )
    return content


def check_licence(content: StationContent, context: Context) -> Outcome:
    """A licence that is stated and not open leaves the row out; an unstated one does not."""
    if _may_be_kept(content.licence) or context.allow_non_open:
        return content
    return Skipped("licence-not-open")


def check_coordinates(content: StationContent, _: Context) -> Outcome:
    """Coordinates that nobody can have meant; rounded to 1 cm."""
    latitude, longitude = content.latitude, content.longitude
    if not (-180 <= latitude <= 180 and -180 <= longitude <= 180):  # noqa: PLR2004 - degrees; a swapped pair may pass
        return _bad_coordinates(latitude, longitude)
    rounded = round(latitude, DECIMALS), round(longitude, DECIMALS)
    if _is_null_island(*rounded):
        return Rejected("null-island", f"the coordinates are ({latitude}, {longitude})")
    if rounded == (latitude, longitude):
        return content
    return msgspec.structs.replace(content, latitude=rounded[0], longitude=rounded[1])


def place_in_country(content: StationContent, context: Context) -> Outcome:
    """Swapped coordinates are swapped back, foreign ones flagged, a missing country found."""
    latitude, longitude = content.latitude, content.longitude
    expected = _expected(content.country, context.territory)
    found = _land_at(latitude, longitude)
    if expected is not None and found not in expected:
        swapped = _land_at(longitude, latitude)
        if swapped in expected:
            context.notes.flags["coordinates-swapped"] += 1
            latitude, longitude, found = longitude, latitude, swapped
        elif abs(latitude) <= 90:  # noqa: PLR2004 - degrees
            context.notes.flags["coordinates-foreign" if found else "coordinates-at-sea"] += 1
    if abs(latitude) > 90:  # noqa: PLR2004 - degrees
        return _bad_coordinates(latitude, longitude)
    country = content.country or found
    if country == content.country and latitude == content.latitude:
        return content
    return msgspec.structs.replace(content, country=country, latitude=latitude, longitude=longitude)


def bound_evses(content: StationContent, context: Context) -> Outcome:
    """A bounded number of bays, each with a uid of its own, each power possible."""
    evses = content.evses
    if len(evses) > MAX_EVSES:
        return Rejected("too-many-evses", f"{len(evses)} bays at one place; at most {MAX_EVSES}")
    if len(evses) > 1 and len({evse.uid for evse in evses}) < len(evses):
        context.notes.flags["evse-uid-repeated"] += 1
        evses = _with_distinct_uids(evses)
    evses = bound_powers(evses, context.notes)
    return content if evses is content.evses else msgspec.structs.replace(content, evses=evses)


def bound_powers(evses: tuple[EvseDraft, ...], notes: Notes) -> tuple[EvseDraft, ...]:
    """The same bays, each power possible."""
    if not _has_impossible_power(evses):
        return evses
    notes.flags["power-implausible"] += 1
    return tuple(map(_with_possible_powers, evses))


def bound_texts(content: StationContent, context: Context) -> Outcome:
    """Texts of bounded length; what must be whole to be of use is dropped instead of cut."""
    if len("".join(filter(None, _texts(content)))) <= MAX_TEXT_LENGTH:
        return content  # Nearly every row: what is short together is short one by one.
    changes: dict[str, str | None] = {}
    for field, limit in _TEXT_LIMITS:
        text = getattr(content, field)
        if text is not None and len(text) > limit:
            changes[field] = None if field in _USELESS_WHEN_CUT else f"{text[: limit - 1]}…"
    if not changes:
        return content
    context.notes.flags["text-cut"] += 1
    return msgspec.structs.replace(content, **changes)


STEPS: tuple[Callable[[StationContent, Context], Outcome], ...] = (
    check_key,
    check_licence,
    check_coordinates,
    place_in_country,
    bound_evses,
    bound_texts,
)

_TEXT_LIMITS = tuple(
    (field, MAX_TEXT_LENGTH)
    for field in ("name", "street", "postal_code", "city", "state", "operator", "phone")
) + tuple(
    (field, MAX_PROSE_LENGTH)
    for field in ("opening_hours", "opening_text", "price_text", "attribution", "url", "source_url")
)
_texts = attrgetter(*(field for field, _ in _TEXT_LIMITS))
_USELESS_WHEN_CUT = frozenset({"opening_hours", "url", "source_url", "phone"})


@lru_cache(maxsize=1_024)
def _may_be_kept(licence: str) -> bool:
    return licence == UNKNOWN or is_open(licence)


@lru_cache(maxsize=1_024)
def _expected(country: str | None, territory: frozenset[str] | None) -> frozenset[str] | None:
    if country is None:
        return territory
    return _BELONGS_TO.get(country) or frozenset({country})


def _land_at(latitude: float, longitude: float) -> str | None:
    return country_at(latitude, longitude) if abs(latitude) <= 90 else None  # noqa: PLR2004 - degrees


def _is_null_island(latitude: float, longitude: float) -> bool:
    """Zeros, or a whole degree on the equator: counters that test systems fill in."""
    if latitude == 0 and longitude.is_integer():
        return True
    return abs(latitude) < NULL_ISLAND_DEG and abs(longitude) < NULL_ISLAND_DEG


def _bad_coordinates(latitude: float, longitude: float) -> Rejected:
    return Rejected(
        "bad-coordinates",
        f"({latitude}, {longitude}) is outside latitude -90…90 and longitude -180…180",
    )


def _with_distinct_uids(evses: tuple[EvseDraft, ...]) -> tuple[EvseDraft, ...]:
    taken = {evse.uid for evse in evses}
    seen: set[str] = set()
    distinct: list[EvseDraft] = []
    for evse in evses:
        uid = evse.uid
        if uid in seen:
            uid = next(name for n in count(2) if (name := f"{evse.uid}~{n}") not in taken)
            taken.add(uid)
        seen.add(uid)
        distinct.append(evse if uid == evse.uid else msgspec.structs.replace(evse, uid=uid))
    return tuple(distinct)


def _has_impossible_power(evses: tuple[EvseDraft, ...]) -> bool:
    for evse in evses:
        for connector in evse.connectors:
            power_w = connector.max_power_w
            if power_w is not None and (not 0 < power_w <= MAX_POWER_W or power_w % POWER_STEP_W):
                return True
    return False


def _with_possible_powers(evse: EvseDraft) -> EvseDraft:
    connectors = tuple(
        msgspec.structs.replace(connector, max_power_w=_possible_power_w(connector.max_power_w))
        for connector in evse.connectors
    )
    return msgspec.structs.replace(evse, connectors=connectors)


def _possible_power_w(power_w: int | None) -> int | None:
    if power_w is None or not 0 < power_w <= MAX_POWER_W:
        return None
    return round(power_w / POWER_STEP_W) * POWER_STEP_W or None
