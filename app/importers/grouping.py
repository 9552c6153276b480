"""Rows of one station brought together, however far apart they stand in the input.

Drafts are kept packed (some 400 bytes each) up to a bound, then sorted by key and spilled
to temporary files, which are merged at the end: memory stays bounded for any input.
"""

from __future__ import annotations

import heapq
import struct
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import groupby
from operator import itemgetter
from typing import IO, NamedTuple, Self

import msgspec

from app.stations.draft import StationDraft

MAX_HELD_BYTES = 4 << 20
"""Packed drafts in memory, with what Python adds to each; beyond it they are spilled."""

MAX_GROUP_ROWS = 5_000
"""More rows with one key are no station: the key is a placeholder."""

_OVERHEAD_BYTES = 250
_length = struct.Struct("<I")

_Entry = tuple[str, int, bytes]
"""Key, row number, packed draft: they sort by themselves, since no two numbers are equal."""

_pack_draft = msgspec.msgpack.Encoder().encode
_unpack_draft = msgspec.msgpack.Decoder(StationDraft).decode
_pack_entry = msgspec.msgpack.Encoder().encode
_unpack_entry = msgspec.msgpack.Decoder(tuple[str, int, bytes]).decode


class Group(NamedTuple):
    """The rows that describe one station, in file order."""

    key: str
    row_numbers: list[int]
    drafts: list[StationDraft]
    """Empty where there are more than ``MAX_GROUP_ROWS``."""


class Grouping:
    """Takes drafts one by one, gives them back by station; use it as a context.

    Args:
        max_held_bytes: Bound of what is held in memory.

    Cost: 5 µs a row; beyond the bound as many bytes of temporary disk as the drafts have.
    """

    def __init__(self, max_held_bytes: int = MAX_HELD_BYTES) -> None:
        self._max_held_bytes = max_held_bytes
        self._entries: list[_Entry] = []
        self._held_bytes = 0
        self._runs: list[IO[bytes]] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._stack.close()

    def add(self, row_number: int, draft: StationDraft) -> None:
        """Take the draft of a row."""
        packed = _pack_draft(draft)
        self._entries.append((draft.content.key, row_number, packed))
        self._held_bytes += len(packed) + _OVERHEAD_BYTES
        if self._held_bytes > self._max_held_bytes:
            self._spill()

    def _spill(self) -> None:
        self._entries.sort()
        run = tempfile.TemporaryFile(prefix="voltway-import-")  # noqa: SIM115 - the stack closes it
        self._stack.enter_context(run)
        for entry in self._entries:
            packed = _pack_entry(entry)
            run.write(_length.pack(len(packed)) + packed)
        self._runs.append(run)
        self._entries = []
        self._held_bytes = 0

    def groups(self) -> Iterator[Group]:
        """Every station once, ordered by key."""
        self._entries.sort()
        runs: list[Iterable[_Entry]] = [_read_run(run) for run in self._runs]
        merged = heapq.merge(*runs, self._entries)
        for key, entries in groupby(merged, key=itemgetter(0)):
            numbers: list[int] = []
            packed: list[bytes] = []
            for _, number, draft in entries:
                numbers.append(number)
                if len(packed) <= MAX_GROUP_ROWS:
                    packed.append(draft)
            is_station = len(numbers) <= MAX_GROUP_ROWS
            yield Group(key, numbers, [_unpack_draft(one) for one in packed] if is_station else [])


def _read_run(run: IO[bytes]) -> Iterator[_Entry]:
    run.seek(0)
    while head := run.read(_length.size):
        yield _unpack_entry(run.read(*_length.unpack(head)))
