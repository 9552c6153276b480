"""What a source claims about one station: frozen, source-tagged, in canonical words."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from urllib.parse import quote

import msgspec

from app.stations.vocabulary import (
    Access,
    ConnectorFormat,
    ConnectorStandard,
    EvseStatus,
    Payment,
    PowerLevel,
    PowerType,
)

MAX_POWER_W = 5_000_000
"""Above this a power is a mistake of the source; MCS is specified up to 3.75 MW."""

POWER_STEP_W = 100
"""Power is kept to 0.1 kW, everywhere: stored, shown and searched alike."""

MAX_EVSES = 1_000
"""More bays than this at one place is a mistake of the source."""


class ConnectorDraft(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One plug. ``standard`` is ``None`` where the source's word is not in the vocabulary."""

    standard: ConnectorStandard | None = None
    standard_word: str | None = None
    """The source's own word, kept only where ``standard`` is ``None``."""
    format: ConnectorFormat | None = None
    power_type: PowerType | None = None
    max_power_w: int | None = None
    """In W, a multiple of ``POWER_STEP_W``, 100 to ``MAX_POWER_W``."""
    max_voltage_v: int | None = None
    max_amperage_a: int | None = None


class EvseDraft(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One bay that charges one car at a time. ``uid`` is unique within its station."""

    uid: str
    evse_id: str | None = None
    """The public eMI3 id, where there is one."""
    power_level: PowerLevel | None = None
    connectors: tuple[ConnectorDraft, ...] = ()


class StatusDraft(msgspec.Struct, frozen=True, gc=False):
    """A status that came with a row. Volatile: no part of the content."""

    evse_uid: str
    status: EvseStatus
    observed_at: datetime | None
    """Aware, UTC; ``None`` where the source does not say."""


class StationContent(msgspec.Struct, frozen=True, omit_defaults=True, cache_hash=True, gc=False):
    """All that takes part in change detection. Unknown is ``None``, never an empty string."""

    key: str
    """The source's own id of the station, or the fallback that its page states."""
    latitude: float
    longitude: float
    """WGS 84 degrees, rounded to 7 decimals (1 cm)."""
    licence: str
    attribution: str
    evses: tuple[EvseDraft, ...] = ()
    name: str | None = None
    street: str | None = None
    postal_code: str | None = None
    city: str | None = None
    state: str | None = None
    country: str | None = None
    """ISO 3166-1 alpha-2."""
    operator: str | None = None
    access: Access | None = None
    open_24_7: bool | None = None
    opening_hours: str | None = None
    """In OSM ``opening_hours`` syntax, where the source's hours could be read."""
    opening_text: str | None = None
    """The source's own words, where they say more or could not be read."""
    phone: str | None = None
    """E.164, or the source's text where it is no valid number."""
    url: str | None = None
    price_text: str | None = None
    payments: tuple[Payment, ...] = ()
    """Sorted, without repeats."""
    source_url: str | None = None


class StationDraft(msgspec.Struct, frozen=True, gc=False):
    """One station as a source claims it, with what is not content beside it."""

    content: StationContent
    source_updated_at: datetime | None = None
    """When the source says it changed; aware, UTC."""
    statuses: tuple[StatusDraft, ...] = ()


_encode_content = msgspec.msgpack.Encoder(decimal_format="string").encode


def content_hash(content: StationContent | EvseDraft) -> bytes:
    """Digest of a content (16 bytes): equal content, equal digest, on every machine."""
    return hashlib.blake2b(_encode_content(content), digest_size=16).digest()


_is_plain = re.compile(r"[A-Za-z0-9._~-]*").fullmatch


def public_id(source: str, feed: str, key: str) -> str:
    """The station's id for the world: ``source:key``, or ``source:feed:key`` for another feed.

    Characters other than ``A-Z a-z 0-9 . _ ~ -`` are percent-encoded as UTF-8, so that
    the id is stable, readable, and safe in a URL path.
    """
    parts = (source, key) if feed == source else (source, feed, key)
    return ":".join(
        part if _is_plain(part) else quote(part, safe="", errors="surrogatepass") for part in parts
    )
