"""What the reading half of an import says to the storing half, and how it travels.

The same messages are handed over within a process, and between two as frames: four bytes
of length, then MessagePack.
"""

from __future__ import annotations

import struct
from typing import Any

import msgspec

from app.importers.row import Notes, RejectedRow
from app.stations.offers import Offer
from app.stations.records import FeedRow

length = struct.Struct("<I")


class Order(msgspec.Struct):
    """What is to be read, and how."""

    source: str | None
    """The format; ``None`` to recognise it."""
    origin: str
    """Names the input in errors."""
    allow_non_open: bool


class Destination(msgspec.Struct):
    """Where the stations go."""

    feed: FeedRow
    is_empty: bool
    """Nothing of the feed is stored, so every station is new."""


class Recognised(msgspec.Struct, tag=True, array_like=True):
    """The first message: the input can be read, as this format."""

    source: str


class Sifted(msgspec.Struct, tag=True, array_like=True):
    """Some rows were read; of those since the last such message, which became no station."""

    rows_read: int
    """By now."""
    skipped: dict[str, int]
    """Rows by reason."""
    rejects: list[RejectedRow]


class Ready(msgspec.Struct, array_like=True):
    """A station that can be stored, and the rows that it is made of, in file order."""

    offer: Offer
    row_numbers: list[int]
    row_uids: list[list[str]]
    """The EVSEs that each of them describes."""


class Chunk(msgspec.Struct, tag=True, array_like=True):
    """Stations of one transaction."""

    stations: list[Ready]
    now_ms: int
    """The moment that becomes their ``updated_at``."""


class Learnt(msgspec.Struct, tag=True, array_like=True):
    """What is known of the whole input by now; sent when it was read, and at the end."""

    unknown_words: dict[str, dict[str, int]]
    remarks: dict[str, str]
    unmapped_columns: tuple[str, ...]
    flags: dict[str, int]

    @classmethod
    def of(cls, notes: Notes) -> Learnt:
        """A copy of a translator's notes."""
        return cls(
            {kind: dict(words) for kind, words in notes.unknown_words.items()},
            dict(notes.remarks),
            notes.unmapped_columns,
            dict(notes.flags),
        )


class Failed(msgspec.Struct, tag=True, array_like=True):
    """The last message, where the input could not be read."""

    slug: str
    """Of the error; empty for one that nobody expected."""
    detail: str
    extra: dict[str, Any]


Message = Recognised | Sifted | Chunk | Learnt
"""In this order, but that ``Learnt`` stands before the chunks and behind them, and rows that
are rejected late make a ``Sifted`` behind the chunks, too."""

encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(Message | Failed).decode
decode_order = msgspec.msgpack.Decoder(Order).decode
decode_destination = msgspec.msgpack.Decoder(Destination).decode


def frame(message: Any) -> bytes:
    """A message with its length in front."""
    body = encode(message)
    return length.pack(len(body)) + body
