"""Secrets kept out of log lines: by key at any depth, and by pattern in text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

HIDDEN = "[redacted]"
MAX_DEPTH = 8
MAX_ITEMS = 200

_SECRET_KEY = re.compile(
    r"pass(word|wd|phrase)|secret|token|api[_-]?key|apikey|authorization|cookie|credential"
    r"|private[_-]?key|session[_-]?id|^dsn$|^pwd$",
    re.IGNORECASE,
)
_SECRET_TEXT = (
    (re.compile(r"\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{4,}", re.IGNORECASE), rf"\1 {HIDDEN}"),
    (re.compile(r"(://[^/\s:@]*):[^/\s@]+@"), rf"\1:{HIDDEN}@"),
    (
        re.compile(
            r"\b((?:[\w-]*(?:password|passwd|secret|token)|api[_-]?key|authorization|cookie)"
            r"[\"']?\s*[=:]\s*[\"']?)(?!\s*(?:bearer|basic)\b)[^\s\"'&,;}]+",
            re.IGNORECASE,
        ),
        rf"\1{HIDDEN}",
    ),
)
_HINT = re.compile("earer|asic|://|pass|secret|token|key|uthoriz|cookie", re.IGNORECASE)


@lru_cache(maxsize=4096)
def is_secret(key: str) -> bool:
    """Whether a value under this key must not be logged."""
    return _SECRET_KEY.search(key) is not None


def clean_text(text: str) -> str:
    """The text with bearer tokens, URL credentials and ``password=…`` hidden."""
    if _HINT.search(text) is None:
        return text
    for pattern, replacement in _SECRET_TEXT:
        text = pattern.sub(replacement, text)
    return text


def clean(value: object, depth: int = 0) -> object:
    """A copy of any value that a JSON encoder takes, secrets hidden, depth and length bounded.

    Never raises: what cannot be shown is named by its type.
    """
    if value is None or isinstance(value, bool | int):
        return value if not isinstance(value, int) or abs(value) < 1 << 63 else str(value)
    if isinstance(value, float):
        return value if value - value == 0 else str(value)
    if isinstance(value, str):
        return clean_text(value.encode("utf-8", "backslashreplace").decode())
    if depth >= MAX_DEPTH:
        return "[too deep]"
    try:
        return _clean_compound(value, depth)
    except Exception:  # noqa: BLE001 - a value's own methods may raise anything
        return f"[unprintable {type(value).__name__}]"


def _clean_compound(value: object, depth: int) -> object:
    if isinstance(value, Mapping):
        return {
            (key := str(clean(str(name)))): HIDDEN if is_secret(key) else clean(item, depth + 1)
            for name, item in list(value.items())[:MAX_ITEMS]
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [clean(item, depth + 1) for item in list(value)[:MAX_ITEMS]]
    return clean(str(value), depth + 1)
