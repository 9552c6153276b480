"""Less memory, and knowing how much: pools, lazy values, streams, a monitor, write buffers.

>>> pool = MemoryPool(lambda: dict(), max_size=100)
>>> obj = await pool.acquire(); await pool.release(obj)
>>> lazy_data = LazyLoader(lambda: expensive_operation()); value = lazy_data.value
>>> async for item in StreamingProcessor.stream_process(large_list, chunk_size=100): ...
>>> monitor = MemoryMonitor(threshold_mb=500); monitor.log_memory_usage()
"""

from app.utils._memory_buffer import BulkInsertBuffer
from app.utils._memory_failures import FailedBatch
from app.utils._memory_lazy import LazyLoader
from app.utils._memory_monitor import MemoryMonitor, MemoryUsage
from app.utils._memory_pool import Loan, MemoryPool, PoolStats, keep_as_is
from app.utils._memory_reading import read_limit_bytes, read_peak_bytes, read_rss_bytes, trim_heap
from app.utils._memory_stream import StreamingProcessor

__all__ = [
    "BulkInsertBuffer",
    "FailedBatch",
    "LazyLoader",
    "Loan",
    "MemoryMonitor",
    "MemoryPool",
    "MemoryUsage",
    "PoolStats",
    "StreamingProcessor",
    "keep_as_is",
    "read_limit_bytes",
    "read_peak_bytes",
    "read_rss_bytes",
    "trim_heap",
]
