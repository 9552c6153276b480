"""Errors as ``application/problem+json`` (RFC 9457), whatever raised them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from app.errors import VoltWayError
from app.middleware.request_id import id_of, note_failure
from app.utils import metrics
from app.utils.advanced_logging import setup_logging
from app.web.errors import BodyInvalid

MEDIA_TYPE = "application/problem+json"
TYPE_BASE = "/docs/problems#"
"""In front of the slug in a problem's ``type``; relative, so that it names no host."""

_INTERNAL_ERROR = 1011
"""The close code of a WebSocket whose server failed (RFC 6455, 7.4.1)."""

_MOST_FAULTS = 50
_LONGEST_NAME = 300
_logger = setup_logging("app.problems")
_encode = msgspec.json.Encoder(enc_hook=str).encode


def problem_answer(
    scope: Scope,
    *,
    slug: str,
    title: str,
    status: int,
    detail: str,
    extra: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """One problem document; ``extra`` members never replace the standard ones."""
    document = {
        **(extra or {}),
        "type": f"{TYPE_BASE}{slug}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": scope["path"],
        "request_id": id_of(scope),
    }
    return Response(
        _encode(document),
        status_code=status,
        headers=dict(headers or {}),
        media_type=MEDIA_TYPE,
    )


def answer_to(scope: Scope, error: VoltWayError) -> Response:
    """The problem document of an expected problem."""
    return problem_answer(
        scope,
        slug=error.slug,
        title=error.title,
        status=error.status,
        detail=error.public_detail or error.detail,
        extra=error.extra,
        headers=getattr(error, "headers", None),
    )


def install(app: FastAPI) -> None:
    """Make every error of an application a problem, those of its own layers included."""
    app.exception_handler(VoltWayError)(_answer_expected)
    app.exception_handler(HTTPException)(_answer_http)
    app.exception_handler(RequestValidationError)(_answer_invalid)
    app.exception_handler(Exception)(_answer_unhandled)


def answer_expected(scope: Scope, error: VoltWayError) -> Response:
    """The same, counted and logged as a route's own."""
    if error.status == HTTPStatus.UNPROCESSABLE_ENTITY:
        metrics.errors_total.labels("validation").inc()
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _logger.error("problem", extra={"slug": error.slug, "detail": error.detail})
    return answer_to(scope, error)


async def _answer_expected(request: Request, error: VoltWayError) -> Response:
    return answer_expected(request.scope, error)


async def _answer_http(request: Request, error: HTTPException) -> Response:
    if error.status_code == HTTPStatus.BAD_REQUEST and isinstance(error.__cause__, ValueError):
        # What the framework's reader of JSON choked on: no UTF-8, or a number of too many digits.
        unreadable = BodyInvalid(
            "/body", "It is not UTF-8, or holds a number that nobody can read."
        )
        return answer_expected(request.scope, unreadable)
    phrase = HTTPStatus(error.status_code).phrase
    detail = error.detail
    if error.status_code == HTTPStatus.NOT_FOUND and detail == phrase:
        detail = f"There is nothing at {request.scope['path']!r}; /docs lists what there is."
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = (error.headers or {}).get("Allow", "")
        detail = f"{request.method} is not allowed here; allowed: {allowed}."
    return problem_answer(
        request.scope,
        slug=phrase.lower().replace(" ", "-"),
        title=phrase,
        status=error.status_code,
        detail=detail,
        headers=error.headers,
    )


async def _answer_invalid(request: Request, error: RequestValidationError) -> Response:
    metrics.errors_total.labels("validation").inc()
    faults = [_told(fault) for fault in error.errors()[:_MOST_FAULTS]]
    return problem_answer(
        request.scope,
        slug="invalid-request",
        title="The request is not valid",
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        detail="; ".join(f"{fault['pointer']}: {fault['detail']}" for fault in faults),
        extra={"errors": faults},
    )


def _told(fault: Mapping[str, Any]) -> dict[str, str]:
    """One entry of ``errors``, out of the framework's words."""
    where, what = fault["loc"], _printable(fault["msg"]).removeprefix("Value error, ")
    if fault["type"] == "json_invalid":
        # The place is one in the text, which no pointer can name.
        *where, place = where
        what = f"This is no JSON from character {place} on: {fault['ctx']['error']}."
    return {
        "parameter": _printable(where[-1]),
        "pointer": "".join(f"/{_escaped(part)}" for part in where),
        "detail": what,
        "bounds": "",
        "example": "",
    }


def _escaped(part: object) -> str:
    """A step of a JSON pointer (RFC 6901)."""
    return _printable(part).replace("~", "~0").replace("/", "~1")


def _printable(text: object) -> str:
    """Names in a body are the client's, and may be long, or not even be Unicode."""
    return str(text).encode("utf-8", "replace").decode()[:_LONGEST_NAME]


class UnhandledErrors:
    """The innermost layer: an error that nothing foresaw is logged here, once, and answered.

    The answer tells no detail but the request id under which the log has them all. Answering
    inside the other layers leaves the 500 its CORS headers, its timing and its log line. A
    WebSocket that is open is closed with 1011. What a client's leaving raises is no error.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection, as ASGI has it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        has_started = has_left = False

        async def send_and_see(message: Message) -> None:
            nonlocal has_started, has_left
            has_started = True
            try:
                await send(message)
            except OSError:
                has_left = True
                raise

        try:
            await self.app(scope, receive, send_and_see)
        except (ClientDisconnect, WebSocketDisconnect):
            raise
        except Exception as error:
            if has_left:
                raise ClientDisconnect from error
            log_unhandled(scope, error)
            if scope["type"] == "websocket" and has_started:
                with suppress(OSError):
                    await send({"type": "websocket.close", "code": _INTERNAL_ERROR})
            elif scope["type"] == "websocket" or has_started:
                raise
            else:
                await unhandled_answer(scope)(scope, receive, send)


def log_unhandled(scope: Scope, error: Exception) -> None:
    """Log and count an error that nothing foresaw, once, wherever it is seen."""
    if note_failure(scope, error):
        metrics.errors_total.labels("unhandled").inc()
        _logger.error("unhandled error", exc_info=error, extra={"error": type(error).__name__})


async def _answer_unhandled(request: Request, error: Exception) -> Response:
    """What failed outside of ``UnhandledErrors``: in a layer."""
    if not isinstance(error, ClientDisconnect):
        log_unhandled(request.scope, error)
    return unhandled_answer(request.scope)


def unhandled_answer(scope: Scope) -> Response:
    """The 500 for an error that nothing foresaw."""
    return problem_answer(
        scope,
        slug="internal-error",
        title=VoltWayError.title,
        status=500,
        detail="An error that is not yours. It was logged under this request_id.",
    )
