"""Cursors: where a page ended, by key rather than by number, so that changes move nothing.

A cursor is MessagePack in base64url: the digest of its search, the key and the integer id
of the last station shown. It never expires, and it does not depend on any process.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import math

import msgspec

from app.stations.criteria import Criteria, Sort
from app.stations.errors import CursorMalformed, CursorMismatch
from app.stations.index.search import After, Key

MAX_CURSOR_LENGTH = 3_000
"""Longer ones were not made here: a folded name of 500 letters is the longest key."""

_DIGEST_BYTES = 8
_MAX_ID = 1 << 63


class _Wire(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    digest: bytes
    key: float | int | bytes
    station_id: int


_decode = msgspec.msgpack.Decoder(_Wire).decode
_encode = msgspec.msgpack.Encoder().encode
_canonical = msgspec.json.Encoder(order="deterministic").encode


def write(criteria: Criteria, key: Key, station_id: int) -> str:
    """The cursor behind a station."""
    wire = _encode(_Wire(digest(criteria), key, station_id))
    return base64.urlsafe_b64encode(wire).rstrip(b"=").decode("ascii")


def read(cursor: str, criteria: Criteria) -> After:
    """Where the page before ended.

    Raises:
        CursorMalformed: It is not one that ``write`` made.
        CursorMismatch: It was made for another search.
    """
    if len(cursor) > MAX_CURSOR_LENGTH:
        raise CursorMalformed
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        wire = _decode(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, msgspec.MsgspecError) as error:
        raise CursorMalformed from error
    if wire.digest != digest(criteria):
        raise CursorMismatch
    is_name = isinstance(wire.key, bytes)
    if is_name != (criteria.order is Sort.NAME) or not 0 <= wire.station_id < _MAX_ID:
        raise CursorMalformed
    if isinstance(wire.key, int | float) and not (math.isfinite(wire.key) and wire.key >= 0):
        raise CursorMalformed
    return After(wire.key, wire.station_id)


def digest(criteria: Criteria) -> bytes:
    """The same for equal searches on every machine.

    The moment of ``open_at`` takes no part: it is another with every page.
    """
    filters = criteria.filters
    if filters.open_at is not None:
        filters = msgspec.structs.replace(filters, open_at=filters.open_at.min)
    asked = (type(criteria.area).__name__, criteria.area, filters, criteria.order)
    return hashlib.blake2b(_canonical(asked), digest_size=_DIGEST_BYTES).digest()
