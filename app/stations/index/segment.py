"""Columns as files: written aside, made durable, renamed; opened by mapping into memory.

A segment lives in ``{directory}/{catalogue uuid}/{schema}-{seq}/`` as ``columns.bin`` (all
columns, one behind the other) and ``meta.json``. Processes share the mapped pages; only
the columns that are patched in place are copied. A segment that is torn, damaged, of
another catalogue or of another layout is never used.
"""

from __future__ import annotations

import json
import mmap
import os
import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from app.stations.index.columns import COLUMN_TYPES, PATCHED, Columns
from app.stations.index.registry import Opening, Registry

SCHEMA = 2
"""Grows with every change of what the columns hold; older segments are then rebuilt."""

SEGMENTS_KEPT = 2

_ALIGNMENT = 64
_COLUMNS, _META = "columns.bin", "meta.json"


class Segment(NamedTuple):
    """Columns with what their numbers mean, as new as a ``change`` row or newer."""

    columns: Columns
    registry: Registry
    seq: int


def save(directory: Path, uuid: str, segment: Segment) -> Path:
    """Write a segment; what a crash leaves of it is never opened.

    Args:
        directory: Of all catalogues' segments; made where missing.
        uuid: The catalogue's.
        segment: What to write.

    Returns:
        The segment's own directory.

    Raises:
        OSError: The disk is full, or the directory cannot be written.
    """
    final = directory / uuid / f"{SCHEMA}-{segment.seq}"
    aside = final.with_name(f".{final.name}.{os.getpid()}.new")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    try:
        _write(aside, uuid, segment)
        if final.exists():
            shutil.rmtree(final)
        aside.rename(final)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    _sync(final.parent)
    for old in list(_segments(directory / uuid))[SEGMENTS_KEPT:]:
        shutil.rmtree(old.path, ignore_errors=True)
    for other_layout in set((directory / uuid).glob("[0-9]*-[0-9]*")) - {
        named.path for named in _segments(directory / uuid)
    }:
        shutil.rmtree(other_layout, ignore_errors=True)
    return final


def open_newest(directory: Path, uuid: str, *, between: tuple[int, int]) -> Segment | None:
    """The newest sound segment of a catalogue; ``None`` where there is none of use.

    Args:
        directory: As in ``save``.
        uuid: The catalogue's.
        between: First and last ``seq`` that a segment may have: later changes must still
            be on record, and the catalogue must not have been set back.

    Cost: reading the file once for its checksum: 0.1 s for 1,000,000 stations.
    """
    for candidate in _segments(directory / uuid):
        if between[0] <= candidate.seq <= between[1]:
            segment = _open(candidate.path, uuid, candidate.seq)
            if segment is not None:
                return segment
    return None


def forget_after(directory: Path, uuid: str, seq: int) -> None:
    """Remove segments newer than the catalogue itself: it was set back to an older state."""
    for candidate in _segments(directory / uuid):
        if candidate.seq > seq:
            shutil.rmtree(candidate.path, ignore_errors=True)


class _Named(NamedTuple):
    seq: int
    path: Path


def _segments(directory: Path) -> Iterator[_Named]:
    """Segments of this layout, newest first."""
    named = []
    for path in directory.glob(f"{SCHEMA}-*"):
        _, _, seq = path.name.partition("-")
        if seq.isdecimal():
            named.append(_Named(int(seq), path))
    yield from sorted(named, reverse=True)


def _write(directory: Path, uuid: str, segment: Segment) -> None:
    places: dict[str, list[Any]] = {}
    checksum = 0
    with (directory / _COLUMNS).open("wb") as file:
        for name in COLUMN_TYPES:
            column = np.ascontiguousarray(getattr(segment.columns, name))
            padding = b"\0" * (-file.tell() % _ALIGNMENT)
            places[name] = [column.dtype.str, column.shape, file.tell() + len(padding)]
            for part in (padding, column.reshape(-1).view(np.uint8).data):
                file.write(part)
                checksum = zlib.crc32(part, checksum)
        size_bytes = file.tell()
        file.flush()
        os.fsync(file.fileno())
    meta = {
        "schema": SCHEMA,
        "catalogue": uuid,
        "seq": segment.seq,
        "stations": segment.columns.size,
        "bytes": size_bytes,
        "crc32": checksum,
        "columns": places,
        "openings": segment.registry.openings,
    }
    with (directory / _META).open("w", encoding="utf-8") as file:
        json.dump(meta, file)
        file.flush()
        os.fsync(file.fileno())
    _sync(directory)


def _open(path: Path, uuid: str, seq: int) -> Segment | None:
    try:
        meta = json.loads((path / _META).read_bytes())
        with (path / _COLUMNS).open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        is_sound = (
            (meta["schema"], meta["catalogue"], meta["seq"]) == (SCHEMA, uuid, seq)
            and meta["bytes"] == len(mapped)
            and meta["crc32"] == zlib.crc32(mapped)
        )
        if not is_sound:
            return None
        columns = {name: _column(mapped, name, *meta["columns"][name]) for name in COLUMN_TYPES}
        openings = [Opening(*opening) for opening in meta["openings"]]
    except (OSError, ValueError, KeyError, TypeError):
        # Missing, unreadable or not what this layout holds: rebuilt, whatever it was.
        return None
    return Segment(Columns(**columns), Registry(openings), seq)


def _column(mapped: mmap.mmap, name: str, kind: str, shape: list[int], offset: int) -> Any:
    count = int(np.prod(shape))
    column = np.frombuffer(mapped, np.dtype(kind), count, offset).reshape(shape)
    return column.copy() if name in PATCHED else column


def _sync(directory: Path) -> None:
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
