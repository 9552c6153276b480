"""Documents made of counts over the whole index: made once, until a station changes."""

from __future__ import annotations

from collections.abc import Callable

from app.stations.index.overlay import StationIndex
from app.utils.caching import MemoryTier

MAX_BYTES = 8 * 1024 * 1024


class KeptDocuments:
    """Documents that depend on nothing but the index, in memory.

    Their key names the state of the index, so what is given is never older than a search's
    answer. It means nothing to other processes, so Redis takes no part.

    Args:
        index: What the documents are made of.
    """

    def __init__(self, index: StationIndex) -> None:
        self._index = index
        self._memory: MemoryTier[tuple[str, str, int]] = MemoryTier(
            "reference", max_bytes=MAX_BYTES
        )

    def kept(self, name: str, make: Callable[[], bytes]) -> bytes:
        """A document of the present state; made where none is held.

        Args:
            name: Tells documents apart; of a fixed set.
            make: Makes it, on the event loop.
        """
        key = (name, self._index.uuid, self._index.revision)
        (held,) = self._memory.get_many([key])
        if held is None:
            held = make()
            self._memory.set_many({key: held})
        return held
