"""Less memory, and knowing how much: pools, lazy values, streams, a monitor, write buffers.

>>> pool = MemoryPool(lambda: dict(), max_size=100)
>>> obj = await pool.acquire(); await pool.release(obj)
>>> lazy_data = LazyLoader(lambda: expensive_operation()); value = lazy_data.value
>>> async for item in StreamingProcessor.stream_process(large_list, chunk_size=100): ...
"""

from app.utils._memory_lazy import LazyLoader
from app.utils._memory_pool import Loan, MemoryPool, PoolStats, keep_as_is
from app.utils._memory_stream import StreamingProcessor

__all__ = [
    "LazyLoader",
    "Loan",
    "MemoryPool",
    "PoolStats",
    "StreamingProcessor",
    "keep_as_is",
]
