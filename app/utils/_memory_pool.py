"""Objects that are lent out, taken back and lent out again."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, Generic, NamedTuple, TypeVar, cast

T = TypeVar("T")

_ZEROS: Final = bytes(1 << 16)


class PoolStats(NamedTuple):
    """What a pool did since it was made, and what it holds."""

    created: int
    """Objects that the factory made."""
    reused: int
    """Times that an object was lent again."""
    dropped: int
    """Objects that came back to a full pool, or whose reset failed."""
    idle: int
    """Objects that wait to be lent."""
    in_use: int
    """Objects that are lent; those that were forgotten by their borrowers count."""


def keep_as_is(_item: object) -> None:
    """A ``reset`` for what may keep its content: every borrower overwrites it, or it has none."""


def _clear(item: Any) -> None:
    item.clear()


def _zero(buffer: bytearray) -> None:
    with memoryview(buffer) as view:
        for start in range(0, len(view), len(_ZEROS)):
            part = view[start : start + len(_ZEROS)]
            part[:] = _ZEROS[: len(part)]


_RESETS: Final[dict[type, Callable[[Any], object]]] = {
    **dict.fromkeys((dict, list, set, deque, OrderedDict, defaultdict, Counter), _clear),
    bytearray: _zero,
    object: keep_as_is,
}


class MemoryPool(Generic[T]):
    """Keeps objects that are dear to make, for the next who needs one.

    It pays for buffers from 64 KB on, compressors and connections. For a small dict it does
    not: making one is cheaper than fetching it from any pool.

    Objects are made when none is idle, without bound; ``max_size`` bounds those that wait.
    The one that came back last is lent first. Any thread or task may lend and return; nothing
    waits and nothing locks.

    Args:
        factory: Makes an object; may be called by several threads at once.
        max_size: Most objects that wait, 0 or more.
        reset: Called with an object that comes back, so that no borrower sees what another
            left. Without one, dicts, lists, sets and deques are cleared, a bytearray is
            zeroed (its length stays), and what has no state is left alone; other types need
            it. ``keep_as_is`` says on purpose that content may stay.
        dispose: Called with an object that the pool does not keep, such as ``Connection.close``.

    Raises:
        ValueError: ``max_size`` is negative.

    >>> pool = MemoryPool(lambda: bytearray(1 << 20), max_size=8)
    >>> with pool.item() as buffer:
    ...     buffer[:5] = b"bytes"
    """

    def __init__(
        self,
        factory: Callable[[], T],
        max_size: int = 100,
        *,
        reset: Callable[[T], object] | None = None,
        dispose: Callable[[T], object] = keep_as_is,
    ) -> None:
        if max_size < 0:
            raise ValueError(f"max_size is 0 or more, not {max_size}")
        self.max_size = max_size
        self._factory = factory
        self._reset = reset
        self._dispose = dispose
        self._idle: deque[T] = deque()
        # Ids and not the objects: a borrower that forgets to return one must not keep it alive.
        self._lent: set[int] = set()
        self._created = self._reused = self._dropped = 0

    async def acquire(self) -> T:
        """An idle object or a new one; as ``acquire_nowait``, which it never differs from."""
        return self.acquire_nowait()

    async def release(self, item: T) -> None:
        """Give an object back; as ``release_nowait``."""
        self.release_nowait(item)

    def acquire_nowait(self) -> T:
        """An idle object or a new one.

        Raises:
            TypeError: The factory made something that the pool cannot clear, and there is no
                ``reset``.
        """
        try:
            item = self._idle.pop()
            self._reused += 1
        except IndexError:
            item = self._make()
        self._lent.add(id(item))
        return item

    def release_nowait(self, item: T) -> None:
        """Give an object back, cleared; do not touch it afterwards.

        Raises:
            ValueError: The pool did not lend it, or it was given back already.
        """
        try:
            # One step: of two that return the same object at once, one is refused.
            self._lent.remove(id(item))
        except KeyError:
            raise ValueError(
                f"this {type(item).__name__} is not on loan: another's, or given back before"
            ) from None
        if len(self._idle) >= self.max_size:
            self._drop(item)
            return
        try:
            (self._reset or _RESETS[type(item)])(item)
        except BaseException:
            self._drop(item)
            raise
        self._idle.append(item)
        if len(self._idle) > self.max_size:
            self._drop_one()

    def item(self) -> Loan[T]:
        """An object for a block: ``with pool.item() as buffer``, also ``async with``."""
        return Loan(self)

    def clear(self) -> None:
        """Dispose of the objects that wait; those on loan may still come back."""
        while self._drop_one():
            pass

    def stats(self) -> PoolStats:
        """Counts so far; threads that lend at this moment may be counted or not."""
        return PoolStats(
            self._created, self._reused, self._dropped, len(self._idle), len(self._lent)
        )

    def _make(self) -> T:
        item = self._factory()
        if self._reset is None and type(item) not in _RESETS:
            raise TypeError(
                f"a pool cannot clear {type(item).__name__}; give it reset=, "
                "or reset=keep_as_is if content may stay"
            )
        self._created += 1
        return item

    def _drop_one(self) -> bool:
        try:
            item = self._idle.popleft()
        except IndexError:
            return False
        self._drop(item)
        return True

    def _drop(self, item: T) -> None:
        self._dropped += 1
        self._dispose(item)


class Loan(Generic[T]):
    """An object of a pool for the time of a block, given back however that ends."""

    __slots__ = ("_item", "_pool")

    def __init__(self, pool: MemoryPool[T]) -> None:
        self._pool = pool
        self._item: T | None = None

    def __enter__(self) -> T:
        self._item = item = self._pool.acquire_nowait()
        return item

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        item, self._item = cast("T", self._item), None
        self._pool.release_nowait(item)

    async def __aenter__(self) -> T:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, trace)
