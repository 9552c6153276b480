"""Which kind of body a route reads; any other is refused before it is looked into."""

from __future__ import annotations

from typing import Any, Final

from fastapi import Depends, Request

from app.web.errors import BodyKindUnknown

JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"


def media_type_of(content_type: str | None) -> str:
    """A ``Content-Type`` in small letters and without its parameters; empty where there is none."""
    return (content_type or "").partition(";")[0].strip().lower()


def reads(kind: str) -> Any:
    """A dependency of a route whose body is of this kind, or, of JSON, one that is made of it.

    A request without a body is let through: what is missing from it is told by its names.

    Raises:
        BodyKindUnknown: On a request with a body of another kind, or of none.
    """

    async def require(request: Request) -> None:
        told = media_type_of(request.headers.get("content-type"))
        if told == kind or (kind == JSON and _is_made_of_json(told)):
            return
        if told or _has_body(request):
            raise BodyKindUnknown(told, [kind])

    return Depends(require)


def _is_made_of_json(media_type: str) -> bool:
    return media_type.startswith("application/") and media_type.endswith("+json")


def _has_body(request: Request) -> bool:
    headers = request.headers
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
