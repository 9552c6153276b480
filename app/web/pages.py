"""``Link`` headers: where the next page is."""

from __future__ import annotations

from urllib.parse import quote, unquote_to_bytes

from starlette.types import Scope

_SAFE = "!$'()*+,-./:;=?@_~%&[]"


def next_link(scope: Scope, cursor: str) -> str:
    """The value of ``Link`` for the page behind ``cursor``: this request's URL, relative.

    Relative to the host, so that it holds behind any proxy.
    """
    kept = [part for part in scope["query_string"].split(b"&") if part and not _is_cursor(part)]
    kept.append(b"cursor=" + quote(cursor, safe="").encode())
    path = quote(scope["path"], safe="/:~")
    return f'<{path}?{quote(b"&".join(kept), safe=_SAFE)}>; rel="next"'


def _is_cursor(part: bytes) -> bool:
    name = part.partition(b"=")[0]
    return (unquote_to_bytes(name) if b"%" in name else name) == b"cursor"
