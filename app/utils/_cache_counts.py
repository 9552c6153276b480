"""What caches count: plain numbers, carried over into the metrics when those are read."""

from __future__ import annotations

import threading
import weakref
from collections import defaultdict
from typing import Protocol

from app.utils import metrics


class Counted(Protocol):
    """What a tier of a cache can tell about itself."""

    name: str
    tier: str
    misses: int

    @property
    def hits(self) -> float:
        """Whole, and of whichever type is counted on fastest."""

    def held(self) -> tuple[int, int] | None:
        """Entries and bytes held now; None where they are another's."""


_lock = threading.Lock()
_tiers: weakref.WeakSet[Counted] = weakref.WeakSet()
_told: weakref.WeakKeyDictionary[Counted, tuple[float, int]] = weakref.WeakKeyDictionary()


def watch(tier: Counted) -> None:
    """Show this tier in the metrics for as long as it lives.

    Counting in a number and telling later costs a hit a few nanoseconds; a call of the
    metrics library would cost more than the hit itself.
    """
    with _lock:
        _tiers.add(tier)


def flush() -> None:
    """Bring the metrics up to date."""
    held: defaultdict[tuple[str, str], tuple[int, int]] = defaultdict(lambda: (0, 0))
    with _lock:
        for tier in tuple(_tiers):
            labels = (tier.name, tier.tier)
            hits, misses = tier.hits, tier.misses
            hits_told, misses_told = _told.get(tier, (0, 0))
            metrics.cache_hits.labels(*labels).inc(max(0, hits - hits_told))
            metrics.cache_misses.labels(*labels).inc(max(0, misses - misses_told))
            _told[tier] = (hits, misses)
            if (sizes := tier.held()) is not None:
                held[labels] = (held[labels][0] + sizes[0], held[labels][1] + sizes[1])
    for labels, (entries, held_bytes) in held.items():
        metrics.cache_size.labels(*labels).set(entries)
        metrics.cache_bytes.labels(*labels).set(held_bytes)


metrics.before_render(flush)
