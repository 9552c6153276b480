"""The metrics of several processes that answer on one port, as one.

Each process keeps its numbers in memory-mapped files of its own (the client library's), so
that they outlive it however it ends. Beside them lies a file that it holds locked for as long
as it lives: the lock, unlike a process id, is never taken for that of a later process.

The counts of processes that ended are folded into one file, so that a scrape never costs more
than the processes that live. ``archive.json`` is replaced in one step and names the processes
that it holds; whoever reads looks at it before and after, and begins anew where it changed.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import IO, NamedTuple

from prometheus_client import values
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector

from app.utils._metrics_merge import Numbers

_ARCHIVE = "archive.json"
_LOOKS = 10
_FAULTS = (OSError, ValueError, RuntimeError, struct.error)
"""What reading a file raises that was cut off, or is gone."""


class Member:
    """This process in a shared directory: its name, and the lock that tells it lives."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock: int | None = None
        self.name = ""
        self.rejoin()

    def rejoin(self) -> None:
        """Take a new name: at first, and in the child of a fork."""
        self.leave()
        self.name = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._lock = os.open(self._directory / f"{self.name}.alive", os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def leave(self) -> None:
        """Count as ended from now on; in the child of a fork, the parent does not."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


class _File(NamedTuple):
    """``counter_<member>.db``, ``histogram_<member>.db`` or ``gauge_<mode>_<member>.db``."""

    path: Path
    kind: str
    mode: str
    member: str


class _Archive(NamedTuple):
    members: frozenset[str]
    """Who is held, as long as files of theirs may be there as well."""
    counts: dict[str, float]
    generation: int


class SharedDirectory:
    """Where the processes of one service keep their numbers.

    Raises:
        ValueError: There is no such directory.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_dir():
            raise ValueError(f"There is no directory {path} for the metrics of the processes.")
        self.path = path

    def read(self) -> Numbers:
        """The numbers of all processes.

        Counters and histograms are summed over all that ever lived, gauges over those that
        do now. Files that cannot be read count for nothing.

        Cost: a look at each file of a living process, and about 2 µs for each number.
        """
        self._fold_the_dead()
        for _ in range(_LOOKS):
            archive = self._archive()
            numbers = Numbers(archive.counts)
            for file in self._files():
                if file.member in archive.members:
                    continue
                if file.kind != "gauge":
                    numbers.add_counts(_entries(file.path))
                elif self._is_alive(file.member):
                    numbers.add_gauges(_entries(file.path), mode=file.mode)
            if self._archive().generation == archive.generation:
                break
        return numbers

    def claim(self, what: str) -> IO[str] | None:
        """Have something that one process alone may have, until the file is closed.

        Returns:
            None while another process has it; it is free again once that one ends.
        """
        claimed = (self.path / f"{what}.lock").open("w")
        try:
            fcntl.flock(claimed, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            claimed.close()
            return None
        return claimed

    def _fold_the_dead(self) -> None:
        """Move the counts of those who ended into the archive; their gauges end with them."""
        claimed = self.claim("fold")
        if claimed is None:
            return
        with claimed:
            archive = self._archive()
            files = list(self._files())
            present = {file.member for file in files}
            dead = {name for name in present - archive.members if not self._is_alive(name)}
            if dead:
                self._archive_counts(archive, present, dead)
            for file in files:
                if file.member in dead or file.member in archive.members:
                    file.path.unlink(missing_ok=True)
            for name in dead:
                (self.path / f"{name}.alive").unlink(missing_ok=True)

    def _archive_counts(self, archive: _Archive, present: set[str], dead: set[str]) -> None:
        numbers = Numbers(archive.counts)
        for file in self._files():
            if file.member in dead and file.kind != "gauge":
                numbers.add_counts(_entries(file.path))
        members = (archive.members & present) | dead
        self._replace(_Archive(members, numbers.counts, archive.generation + 1))

    def _files(self) -> Iterable[_File]:
        for path in sorted(self.path.glob("*_*.db")):
            kind, *mode, member = path.stem.split("_")
            yield _File(path, kind, "".join(mode), member)

    def _is_alive(self, member: str) -> bool:
        """Whether its lock is held; one that never took a lock is not ours to judge."""
        try:
            with (self.path / f"{member}.alive").open() as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except (BlockingIOError, FileNotFoundError):
            return True
        return False

    def _archive(self) -> _Archive:
        try:
            kept = json.loads((self.path / _ARCHIVE).read_bytes())
        except FileNotFoundError:
            return _Archive(frozenset(), {}, 0)
        return _Archive(frozenset(kept["members"]), kept["counts"], kept["generation"])

    def _replace(self, archive: _Archive) -> None:
        kept = {**archive._asdict(), "members": sorted(archive.members)}
        unfinished = self.path / f"{_ARCHIVE}.part"
        unfinished.write_text(json.dumps(kept))
        unfinished.replace(self.path / _ARCHIVE)


def _entries(path: Path) -> list[tuple[str, float]]:
    """Key → number of a file, as far as it can be read."""
    found: list[tuple[str, float]] = []
    try:
        entries = MmapedDict.read_all_values_from_file(path)  # type: ignore[no-untyped-call] # - there
        for key, value, _when, _position in entries:
            found.append((key, value))
    except _FAULTS:
        return found
    return found


class _Configured(MultiProcessCollector):
    """Knows the directory that ``PROMETHEUS_MULTIPROC_DIR`` names."""

    @property
    def directory(self) -> SharedDirectory:
        return SharedDirectory(Path(self._path))


def join() -> SharedDirectory | None:
    """Keep the numbers made from now on beside those of other processes, if so configured.

    That is where ``PROMETHEUS_MULTIPROC_DIR`` was in the environment when the client library
    was imported. Called once, before the first family is made.

    Raises:
        ValueError: The directory is not there.
    """
    if not values.ValueClass._multiprocess:  # noqa: SLF001 - it tells which way was taken
        return None
    directory = _Configured(None).directory  # type: ignore[no-untyped-call] # - in the library
    member = Member(directory.path)
    os.register_at_fork(after_in_child=member.rejoin)
    values.ValueClass = values.MultiProcessValue(  # type: ignore[no-untyped-call] # - in the library
        lambda: member.name
    )
    return directory
