"""ETags and 304: an answer that the client has already is not sent again."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from starlette.requests import Request
from starlette.responses import Response

REVALIDATE = "no-cache"
"""``Cache-Control`` of what may be kept but must be asked for again each time."""


def etag_of(*parts: bytes | str) -> str:
    """A weak ETag over parts, weak since compression changes bytes but not meaning.

    Each part keeps its own place in the tag, so that a client can tell which one moved.
    """
    digests = (
        hashlib.blake2b(part if isinstance(part, bytes) else part.encode(), digest_size=9)
        for part in parts
    )
    return 'W/"' + ".".join(digest.hexdigest() for digest in digests) + '"'


def conditional_answer(
    request: Request,
    body: bytes,
    *,
    etag: str,
    last_modified: datetime | None = None,
    media_type: str = "application/json",
) -> Response:
    """The body, or 304 where the client's copy is still good (RFC 9110, 13.2.2).

    ``If-None-Match`` wins over ``If-Modified-Since``; a header that cannot be read is ignored.
    """
    headers = {"ETag": etag, "Cache-Control": REVALIDATE}
    if last_modified is not None:
        headers["Last-Modified"] = format_datetime(last_modified.astimezone(UTC), usegmt=True)
    if _is_current(request, etag, last_modified):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=media_type)


def _is_current(request: Request, etag: str, last_modified: datetime | None) -> bool:
    known = request.headers.get("if-none-match")
    if known is not None:
        tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
        return "*" in tags or etag.removeprefix("W/") in tags
    since = request.headers.get("if-modified-since")
    if since is None or last_modified is None:
        return False
    try:
        moment = parsedate_to_datetime(since)
    except ValueError:
        return False
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return last_modified.replace(microsecond=0) <= moment
