"""Bytes for storage: a byte that tells the form, and zstd where it pays."""

from __future__ import annotations

import zstandard

from app.utils._memory_pool import MemoryPool, keep_as_is

PLAIN, ZSTD = b"\x01", b"\x02"
WORTH_COMPRESSING_BYTES = 1024
MAX_BYTES = 64 * 1024 * 1024
"""Most that a stored value may unpack to: a few bytes must not fill the memory."""

# A context must not be used by two threads at once; one for each thread would stay for good.
_compressors = MemoryPool(lambda: zstandard.ZstdCompressor(level=1), 8, reset=keep_as_is)
_decompressors = MemoryPool(zstandard.ZstdDecompressor, 8, reset=keep_as_is)


class Corrupt(ValueError):
    """Stored bytes that are not what this version writes."""


def pack(content: bytes) -> bytes:
    """Bytes as they are stored; compressed from 1 KiB on, if that makes them smaller."""
    if len(content) >= WORTH_COMPRESSING_BYTES:
        with _compressors.item() as compressor:
            compressed = compressor.compress(content)
        if len(compressed) < len(content):
            return ZSTD + compressed
    return PLAIN + content


def unpack(stored: bytes) -> bytes:
    """What ``pack`` was given.

    Raises:
        Corrupt: These bytes were not written by ``pack``, or unpack to more than 64 MiB.
    """
    if stored[:1] == PLAIN:
        return stored[1:]
    if stored[:1] != ZSTD:
        raise Corrupt("unknown form of a stored value")
    try:
        if not 0 <= zstandard.frame_content_size(stored[1:]) <= MAX_BYTES:
            raise Corrupt("a stored value that says no size, or too large a one")
        with _decompressors.item() as decompressor:
            return decompressor.decompress(stored[1:])
    except zstandard.ZstdError as error:
        raise Corrupt("a stored value that does not unpack") from error
