"""The first tier of a cached function: entries with a lifetime, within two bounds."""

from __future__ import annotations

import threading
from typing import Any

from app.utils import _cache_counts as counts

_ENTRY_BYTES = 300
"""What an entry, its key and its place in the dictionary take beside the value."""


class Entry:
    """A value that is kept, or its bytes; times are seconds of the clock of the caches.

    Until ``quick_until``, of the computer's clock, it may be given out without another look.
    """

    __slots__ = (
        "fresh_until",
        "is_packed",
        "kept_until",
        "quick_until",
        "refreshed_from",
        "size",
        "value",
        "was_used",
    )

    def __init__(
        self,
        value: Any,
        *,
        is_packed: bool,
        size: int,
        refreshed_from: float,
        fresh_until: float,
        kept_until: float,
        quick_until: float,
    ) -> None:
        self.value = value
        self.is_packed = is_packed
        self.size = size + _ENTRY_BYTES
        self.refreshed_from = refreshed_from
        self.fresh_until = fresh_until
        self.kept_until = kept_until
        self.quick_until = quick_until
        self.was_used = False


class EntryStore:
    """Entries by key; where there is no room, those that were not read since go first.

    Reading takes no lock and moves nothing: it marks the entry. Storing walks over the
    oldest entries, gives marked ones another round, and drops the others (the *clock*
    algorithm, which comes close to dropping the least recently used).
    """

    tier = "memory"

    def __init__(self, name: str, *, max_entries: int, max_bytes: int) -> None:
        self.name = name
        self.hits = 0.0
        """A float, since the interpreter takes less time to count on in one; exact to 2**53."""
        self.misses = 0
        self.evicted = 0
        self.revoked = 0
        """Grows whenever something is taken back: what was computed before is then not kept."""
        self.entries: dict[bytes, Entry] = {}
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._bytes = 0
        self._lock = threading.Lock()
        counts.watch(self)

    def put(self, key: bytes, entry: Entry, *, now: float, as_of: int) -> None:
        """Keep it, unless something was revoked since ``as_of`` or it is larger than the room."""
        with self._lock:
            if as_of != self.revoked:
                return
            self._drop(key)
            if entry.size > self._max_bytes:
                return
            self.entries[key] = entry
            self._bytes += entry.size
            while len(self.entries) > self._max_entries or self._bytes > self._max_bytes:
                self._make_room(key, now)

    def revoke(self, key: bytes | None = None) -> None:
        """Drop one entry, or all; what is being computed at the moment will not be kept."""
        with self._lock:
            self.revoked += 1
            if key is not None:
                self._drop(key)
            else:
                self.entries.clear()
                self._bytes = 0

    def reset_counts(self) -> None:
        """Count from zero again, for tests."""
        self.hits = 0.0
        self.misses = self.evicted = 0

    def held(self) -> tuple[int, int]:
        """Entries and bytes held now, expired ones that nobody asked for since included."""
        return len(self.entries), self._bytes

    def _make_room(self, newest: bytes, now: float) -> None:
        oldest = next(iter(self.entries))
        entry = self.entries[oldest]
        if oldest == newest or (entry.was_used and now < entry.kept_until):
            entry.was_used = False
            self.entries[oldest] = self.entries.pop(oldest)
            return
        self._drop(oldest)
        self.evicted += 1

    def _drop(self, key: bytes) -> None:
        entry = self.entries.pop(key, None)
        if entry is not None:
            self._bytes -= entry.size
