"""Stations as they are offered to the catalogue, and what became of them.

An offer is made without a database, so another process may make it: it is compared by its
digest, and written as rows that lack nothing but the ids that only the database knows.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from app.stations import cards, records
from app.stations.draft import StationDraft, StatusDraft, content_hash, public_id
from app.stations.records import FeedRow

_PLACE, _OPERATOR, _WORDS, _VERSION = map(
    records.STATION_COLUMNS.index, ("place_id", "operator_id", "search_tokens", "card_version")
)
_EVSE_UID, _EVSE_DIGEST = map(records.EVSE_COLUMNS.index, ("uid", "content_hash"))

_pack_draft = msgspec.msgpack.Encoder().encode
_unpack_draft = msgspec.msgpack.Decoder(StationDraft).decode


class Outcome(StrEnum):
    """What storing a station came to."""

    STORED = "stored"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    OLDER = "older"
    """The source dates it before what is stored, so it was left out."""


class Kept(NamedTuple):
    """The outcome of one station, and which of its EVSEs a change moved, by uid."""

    outcome: Outcome
    new_uids: frozenset[str] = frozenset()
    changed_uids: frozenset[str] = frozenset()
    statuses_applied: int = 0
    """Statuses newer than the stored ones; they change no content."""
    is_back: bool = False
    """It had been marked gone."""


class Rows(msgspec.Struct, array_like=True, gc=False):
    """A station as the tables take it; ids are ``None`` until a writer sets them.

    Attributes:
        station: ``STATION_COLUMNS``.
        operator: Its operator's name.
        card: The answer bytes.
        evses: ``EVSE_COLUMNS`` of each.
        connectors: ``CONNECTOR_COLUMNS`` of each, by EVSE.
    """

    station: list[Any]
    operator: str | None
    card: bytes
    evses: list[list[Any]]
    connectors: list[list[list[Any]]]

    @property
    def words(self) -> str:
        """What a text search finds the station by."""
        words: str = self.station[_WORDS]
        return words

    def evse_uids(self) -> list[str]:
        """What tells its EVSEs apart."""
        return [evse[_EVSE_UID] for evse in self.evses]

    def place(self, station_id: int, operator_id: int | None, card_version: int) -> None:
        """Set what only the database knows; once more where it was rolled back."""
        self.station[0] = self.station[_PLACE] = station_id
        self.station[_OPERATOR] = operator_id
        self.station[_VERSION] = card_version

    def content(self) -> list[Any]:
        """Values of ``CONTENT_COLUMNS``."""
        return [*self.station[len(records.IDENTITY_COLUMNS) : -2], self.station[-1]]


class Offer(msgspec.Struct, array_like=True):
    """A station that may be stored.

    Attributes:
        key: Tells it from others of its feed.
        digest: Of its content; equal contents have equal digests.
        source_updated_at_ms: When the source says that it changed, in ms since 1970.
        statuses: Volatile facts, no part of the content.
        packed_draft: The draft, where there are no rows.
        rows: Made ahead for a station that is most likely new.
    """

    key: str
    digest: bytes
    source_updated_at_ms: int | None
    statuses: tuple[StatusDraft, ...]
    packed_draft: bytes
    rows: Rows | None = None

    @classmethod
    def of(cls, draft: StationDraft) -> Offer:
        """For a station that may well be stored already: 5 µs.

        Raises:
            ValueError: The draft has a time without a zone.
        """
        return cls(
            draft.content.key,
            content_hash(draft.content),
            records.epoch_ms(draft.source_updated_at),
            draft.statuses,
            _pack_draft(draft),
        )

    @classmethod
    def of_new(cls, draft: StationDraft, feed: FeedRow, now_ms: int) -> Offer:
        """For a station that is most likely new: with its rows, 40 µs.

        Raises:
            ValueError: The draft has a time without a zone.
        """
        digest = content_hash(draft.content)
        return cls(
            draft.content.key,
            digest,
            records.epoch_ms(draft.source_updated_at),
            draft.statuses,
            b"",
            _make_rows(draft, digest, feed, now_ms),
        )

    def ready(self, feed: FeedRow, now_ms: int) -> Rows:
        """Its rows, made now if they were not before."""
        if self.rows is None:
            self.rows = _make_rows(_unpack_draft(self.packed_draft), self.digest, feed, now_ms)
        return self.rows

    def evse_digests(self) -> dict[str, bytes]:
        """Digests of its EVSEs by uid."""
        if self.rows is not None:
            return {evse[_EVSE_UID]: evse[_EVSE_DIGEST] for evse in self.rows.evses}
        content = _unpack_draft(self.packed_draft).content
        return {evse.uid: content_hash(evse) for evse in content.evses}


def whole_seconds_ms(moment: datetime) -> int:
    """What becomes ``updated_at``: ms since 1970, cut to whole seconds as cards show it."""
    return int(moment.timestamp()) * 1000


def _make_rows(draft: StationDraft, digest: bytes, feed: FeedRow, now_ms: int) -> Rows:
    content = draft.content
    station_id = public_id(feed.source, feed.name, content.key)
    statuses = {status.evse_uid: status for status in draft.statuses}
    *values, updated_at_ms = records.content_values(content, digest=digest, updated_at_ms=now_ms)
    return Rows(
        [
            None, station_id, feed.id, content.key, None, True, None,
            *values, now_ms, updated_at_ms,
        ],
        content.operator,
        cards.render(
            content,
            public_id=station_id,
            source=feed.source,
            updated_at=datetime.fromtimestamp(now_ms / 1000, UTC),
            is_synthetic=feed.is_synthetic,
        ),
        [
            records.evse_values(evse, statuses.get(evse.uid), content_hash(evse))
            for evse in content.evses
        ],
        [list(map(records.connector_values, evse.connectors)) for evse in content.evses],
    )  # fmt: skip
