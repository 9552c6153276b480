"""Cards: a station's answer bytes, made once when its content changes.

A card holds content only. It is stored as two pieces of JSON text, parted by a NUL (which
JSON never contains) where the volatile facts belong, so that an answer is put together by
replacing one byte and joining:

====  ======================================================================
0     ``{"id": …, "name": …, … , "open_24_7": …, "evse_count": …``
1     ``,"max_power_kw": …, … , "synthetic": …``
====  ======================================================================

The distances and the brace go behind piece 1.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache

import msgspec

from app.stations.draft import StationContent
from app.stations.vocabulary import Access, ConnectorStandard

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode

_UNKNOWN_LICENCE = b'"licence":"unknown"'


@dataclass(frozen=True)
class Volatile:
    """What is true at this moment only; few of these are all that there are at one."""

    available_count: int | None
    """Free EVSEs whose report is not stale; ``None`` where no report counts."""
    status_updated_at: int | None
    """Newest report, seconds since 1970."""

    @cached_property
    def members(self) -> bytes:
        """As members of a JSON object, a comma in front."""
        updated_at = (
            None
            if self.status_updated_at is None
            else rfc3339(datetime.fromtimestamp(self.status_updated_at, UTC))
        )
        return b',"available_count":%b,"status_updated_at":%b' % (
            _encode(self.available_count),
            _encode(updated_at),
        )


class Found(msgspec.Struct, frozen=True, gc=False):
    """A station that a search found: its card, and what is true of it at this moment."""

    station_id: int
    """The integer id, local to the database."""
    body: bytes
    """The card."""
    volatile: Volatile
    distance_m: float | None
    """From the point or route; ``None`` without one."""
    along_m: float | None
    """Along the route to its nearest point; ``None`` without one."""

    @property
    def is_licensed(self) -> bool:
        """Whether its source states a licence."""
        return _UNKNOWN_LICENCE not in self.body


class _Address(msgspec.Struct, gc=False):
    street: str | None
    postal_code: str | None
    city: str | None
    state: str | None


class _Head(msgspec.Struct, gc=False):
    id: str
    name: str | None
    address: _Address
    country: str | None
    latitude: float
    longitude: float
    operator: str | None
    access: Access | None
    open_24_7: bool | None
    evse_count: int


class _Tail(msgspec.Struct, gc=False):
    max_power_kw: float | None
    connectors: msgspec.Raw
    source: str
    licence: str
    attribution: str
    updated_at: str
    synthetic: bool


class ConnectorCount(msgspec.Struct, frozen=True):
    """Connectors of a card: equal standard and power, counted."""

    standard: str | None
    max_power_kw: float | None
    count: int


def render(
    content: StationContent,
    *,
    public_id: str,
    source: str,
    updated_at: datetime,
    is_synthetic: bool,
) -> bytes:
    """The card of a station.

    Args:
        content: What the source claims.
        public_id: The station's ``draft.public_id``.
        source: The feed's source word.
        updated_at: When the content last differed; aware, UTC.
        is_synthetic: Whether it comes from generated demo data.

    Cost: about 5 µs.
    """
    connectors = [
        (connector.standard, connector.max_power_w)
        for evse in content.evses
        for connector in evse.connectors
    ]
    power_w = max((power_w for _, power_w in connectors if power_w is not None), default=None)
    head = _Head(
        public_id,
        content.name,
        _Address(content.street, content.postal_code, content.city, content.state),
        content.country,
        content.latitude,
        content.longitude,
        content.operator,
        content.access,
        content.open_24_7,
        len(content.evses),
    )
    tail = _Tail(
        _kw(power_w),
        _encode_counts(tuple(connectors)),
        source,
        content.licence,
        content.attribution,
        _stamp(updated_at),
        is_synthetic,
    )
    return b"%b\0,%b" % (_encode(head)[:-1], _encode(tail)[1:-1])


def count_connectors(
    connectors: Iterable[tuple[ConnectorStandard | None, int | None]],
) -> list[ConnectorCount]:
    """Connectors with equal standard and power in W, strongest first, then by name."""
    counts = Counter(connectors)
    ordered = sorted(counts.items(), key=lambda item: (-(item[0][1] or 0), item[0][0] or "~"))
    return [ConnectorCount(standard, _kw(power_w), count) for (standard, power_w), count in ordered]


@lru_cache(maxsize=4_096)
def _encode_counts(
    connectors: tuple[tuple[ConnectorStandard | None, int | None], ...],
) -> msgspec.Raw:
    """Few sets of connectors make up most stations."""
    return msgspec.Raw(_encode(count_connectors(connectors)))


def _kw(power_w: int | None) -> float | None:
    return None if power_w is None else power_w / 1000


def rfc3339(moment: datetime) -> str:
    """An aware UTC time as ``2026-01-31T12:00:00Z``, to the second."""
    return f"{moment.isoformat()[:19]}Z"


_stamp = lru_cache(maxsize=16)(rfc3339)
"""All cards of a chunk are of one moment."""


def as_json(found: Found) -> bytes:
    """One item of an answer: the card, spliced with what is true at this moment.

    Cost: 1 µs.
    """
    item = found.body.replace(b"\0", found.volatile.members)
    if found.distance_m is None or found.along_m is not None:
        return b"%b%b}" % (item, _distances(found))
    return b'%b,"distance_m":%d}' % (item, round(found.distance_m))


_PLACE, _BEHIND_PLACE = b',"latitude":', b',"operator":'
"""No text of a source can hold these: JSON escapes the quotation marks in it."""


def as_feature(found: Found) -> bytes:
    """The same as a GeoJSON feature: the coordinates as its geometry, the rest as properties."""
    head, _, tail = found.body.partition(b"\0")
    before, _, rest = head.partition(_PLACE)
    place, _, facts = rest.partition(_BEHIND_PLACE)
    latitude, _, longitude = place.partition(b',"longitude":')
    public_id = before[len(b'{"id":') : before.index(b',"name":')]
    return b"".join(
        (
            b'{"type":"Feature","id":', public_id,
            b',"geometry":{"type":"Point","coordinates":[', longitude, b",", latitude,
            b']},"properties":', before, _BEHIND_PLACE, facts, found.volatile.members, tail,
            _distances(found), b"}}",
        )
    )  # fmt: skip


def csv_cells(found: Found) -> list[str]:
    """The same as cells: the address in four, connectors as ``standard:kw:count|…``.

    ``distance_m`` and ``along_m`` are last, where there are any. What is not known is empty.

    Cost: 10 µs.
    """
    item = _decode(as_json(found))
    address, connectors = item.pop("address"), item.pop("connectors")
    cells = {
        "id": item.pop("id"),
        "name": item.pop("name"),
        **address,
        **item,
    }
    names = list(cells)
    names.insert(names.index("source"), "connectors")
    cells["connectors"] = "|".join(
        f"{_cell(one['standard'])}:{_cell(one['max_power_kw'])}:{one['count']}"
        for one in connectors
    )
    return [_cell(cells[name]) for name in names]


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _distances(found: Found) -> bytes:
    if found.distance_m is None:
        return b""
    if found.along_m is None:
        return b',"distance_m":%d' % round(found.distance_m)
    return b',"distance_m":%d,"along_m":%d' % (round(found.distance_m), round(found.along_m))
