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
from datetime import datetime
from itertools import groupby, islice
from operator import itemgetter
from typing import IO, NamedTuple, Self

import msgspec

from app.stations.draft import EvseDraft, StationContent, StationDraft, StatusDraft

MAX_HELD_BYTES = 4 << 20
"""Packed drafts in memory, with what Python adds to each; beyond it they are spilled."""

MAX_GROUP_ROWS = 5_000
"""More rows with one key are no station: the key is a placeholder."""

MAX_RUNS = 256
"""Temporary files open at a time that were not merged yet; then they become one."""

_OVERHEAD_BYTES = 250
_RECORDS_AT_ONCE = 1_000
_length = struct.Struct("<I")


class Packed(NamedTuple):
    """A row's draft as it is held: what rows have in common apart, so that they may share it."""

    key: str
    station: bytes
    beside: bytes


class _Beside(msgspec.Struct, array_like=True, gc=False):
    """What a draft has beside the content of the station."""

    source_updated_at: datetime | None
    statuses: tuple[StatusDraft, ...] = ()
    evse: EvseDraft | None = None
    """The only one; ``None`` where the content has its own."""


_Entry = tuple[str, int, bytes, bytes]
"""Key, row number, station, beside: they sort by themselves, since no two numbers are equal."""

_pack = msgspec.msgpack.Encoder().encode
_unpack_station = msgspec.msgpack.Decoder(StationContent).decode
_unpack_beside = msgspec.msgpack.Decoder(_Beside).decode
_unpack_entry = msgspec.msgpack.Decoder(_Entry).decode


def pack(
    content: StationContent,
    source_updated_at: datetime | None = None,
    statuses: tuple[StatusDraft, ...] = (),
) -> Packed:
    """The parts of a draft whose content has its EVSEs, if any: 3 µs."""
    return Packed(content.key, _pack(content), _pack(_Beside(source_updated_at, statuses)))


def pack_bay(station: Packed, evse: EvseDraft, source_updated_at: datetime | None) -> Packed:
    """A draft of a station that is packed without EVSEs, and of one EVSE: 1 µs."""
    return Packed(station.key, station.station, _pack(_Beside(source_updated_at, (), evse)))


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

    Cost: 3 µs a row; beyond the bound as many bytes of temporary disk as the drafts have.
    """

    def __init__(self, max_held_bytes: int = MAX_HELD_BYTES) -> None:
        self._max_held_bytes = max_held_bytes
        self._entries: list[_Entry] = []
        self._held_bytes = 0
        self._runs: list[IO[bytes]] = []
        self._merged_runs: list[IO[bytes]] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._stack.close()

    def add(self, row_number: int, packed: Packed) -> None:
        """Take the draft of a row."""
        key, station, beside = packed
        self._entries.append((key, row_number, station, beside))
        self._held_bytes += len(station) + len(beside) + _OVERHEAD_BYTES
        if self._held_bytes > self._max_held_bytes:
            self._spill()

    def _spill(self) -> None:
        self._entries.sort()
        self._runs.append(self._write_run(self._entries))
        self._entries = []
        self._held_bytes = 0
        if len(self._runs) >= MAX_RUNS:
            self._merged_runs.append(self._write_run(heapq.merge(*map(_read_run, self._runs))))
            for run in self._runs:
                run.close()
            self._runs = []

    def _write_run(self, entries: Iterable[_Entry]) -> IO[bytes]:
        run = tempfile.TemporaryFile(prefix="voltway-import-")  # noqa: SIM115 - the stack closes it
        self._stack.enter_context(run)
        records = map(_record, entries)
        while block := b"".join(islice(records, _RECORDS_AT_ONCE)):
            run.write(block)
        return run

    def groups(self) -> Iterator[Group]:
        """Every station once, ordered by key."""
        self._entries.sort()
        runs: list[Iterable[_Entry]] = [*map(_read_run, [*self._merged_runs, *self._runs])]
        merged = heapq.merge(*runs, self._entries)
        for key, entries in groupby(merged, key=itemgetter(0)):
            numbers: list[int] = []
            packed: list[tuple[bytes, bytes]] = []
            for _, number, station, beside in entries:
                numbers.append(number)
                if len(packed) <= MAX_GROUP_ROWS:
                    packed.append((station, beside))
            is_station = len(numbers) <= MAX_GROUP_ROWS
            yield Group(key, numbers, list(_unpack(packed)) if is_station else [])


def _unpack(packed: Iterable[tuple[bytes, bytes]]) -> Iterator[StationDraft]:
    """Drafts; rows that say the same of the station are read as one."""
    content, its_bytes = None, b""
    for station, beside in packed:
        if content is None or station != its_bytes:
            content, its_bytes = _unpack_station(station), station
        rest = _unpack_beside(beside)
        whole = content
        if rest.evse is not None:
            whole = msgspec.structs.replace(content, evses=(rest.evse,))
        yield StationDraft(whole, rest.source_updated_at, rest.statuses)


def _record(entry: _Entry) -> bytes:
    packed = _pack(entry)
    return _length.pack(len(packed)) + packed


def _read_run(run: IO[bytes]) -> Iterator[_Entry]:
    run.seek(0)
    while head := run.read(_length.size):
        yield _unpack_entry(run.read(*_length.unpack(head)))
