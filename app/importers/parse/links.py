"""Web addresses that are safe to show as links."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

from app.importers.parse.text import clean_text

_MAX_LENGTH = 2_000
_BARE = re.compile(r"[\w-]+(\.[\w-]+)*\.[a-z]{2,24}(:\d+)?([/?#]\S*)?", re.IGNORECASE)


def parse_url(value: object) -> str | None:
    """An ``http`` or ``https`` address; ``None`` for other schemes and for what is no address.

    ``www.example.org/x`` gets ``https://`` in front; of several in one cell (split by ``;``
    or blanks) the first counts.
    """
    text = clean_text(value)
    return None if text is None else _parse(text)


@lru_cache(maxsize=8_192)
def _parse(text: str) -> str | None:
    text = re.split(r"[;\s]", text, maxsplit=1)[0]
    if _BARE.fullmatch(text):
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        return None
    is_link = parts.scheme.lower() in {"http", "https"} and host is not None and "." in host
    return text if is_link and len(text) <= _MAX_LENGTH else None
