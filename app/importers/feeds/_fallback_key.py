"""A station's key where its registry gives it no id: name, address and coordinate cell."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from app.stations.words import MAX_TOKEN_LENGTH, fold, split

CELL_DECIMALS = 3
"""Of a degree: a cell is 111 m high, so that two digits more or less change no key."""

_MAX_SLUG_LENGTH = 60


def fallback_key(*texts: str | None, latitude: float, longitude: float) -> str:
    """A readable key such as ``enbw-ag~karlstr-45-89129-langenau~48.500_10.117``.

    Equal for rows whose texts differ in case, accents and punctuation only. A text that is
    too long is cut and gets a digest of the whole.
    """
    cell = f"{latitude + 0.0:.{CELL_DECIMALS}f}_{longitude + 0.0:.{CELL_DECIMALS}f}"
    return "~".join((*(_slug(text) for text in texts if text), cell))


@lru_cache(maxsize=8_192)
def _slug(text: str) -> str:
    words = split(text)
    slug = "-".join(words)
    if len(slug) <= _MAX_SLUG_LENGTH and all(len(word) < MAX_TOKEN_LENGTH for word in words):
        return slug
    whole = fold(text).encode("utf-8", "surrogatepass")
    digest = hashlib.blake2b(whole, digest_size=4).hexdigest()
    return f"{slug[:_MAX_SLUG_LENGTH]}-{digest}"
