from __future__ import annotations

import os

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from app.utils import _cache_packing as packing
from app.utils._cache_packing import Corrupt, pack, unpack


@given(st.binary(max_size=5000) | st.binary(max_size=20).map(lambda part: part * 300))
def test_unpacking_undoes_packing(content: bytes) -> None:
    assert unpack(pack(content)) == content


def test_only_what_gets_smaller_is_compressed() -> None:
    assert len(pack(bytes(5000))) < 100
    noise = os.urandom(5000)
    assert pack(noise) == packing.PLAIN + noise
    assert pack(bytes(100)) == packing.PLAIN + bytes(100)


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"\x07anything",
        packing.ZSTD + b"no frame",
        packing.ZSTD + zstandard.compress(bytes(5000))[:-3],
        packing.ZSTD + zstandard.ZstdCompressor(write_content_size=False).compress(bytes(5000)),
        packing.ZSTD + zstandard.compress(bytes(packing.MAX_BYTES + 1)),
    ],
    ids=["empty", "other form", "no frame", "cut off", "no size", "a bomb"],
)
def test_other_bytes_are_told_from_ours(stored: bytes) -> None:
    with pytest.raises(Corrupt):
        unpack(stored)
