"""Less memory, and knowing how much: pools, lazy values, streams, a monitor, write buffers.

>>> pool = MemoryPool(lambda: dict(), max_size=100)
"""

from app.utils._memory_pool import Loan, MemoryPool, PoolStats, keep_as_is

__all__ = [
    "Loan",
    "MemoryPool",
    "PoolStats",
    "keep_as_is",
]
