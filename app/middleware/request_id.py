"""Every answer carries ``X-Request-ID``: the outermost shell of the application."""

from __future__ import annotations

from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.utils.context import accepted_request_id, request_id

HEADER = b"x-request-id"


class RequestIdShell:
    """Gives each request its id, outside of everything else that may answer it.

    The id is the client's own ``X-Request-ID`` where that has 8 to 64 characters of
    ``A-Z a-z 0-9 . _ -``, a fresh one otherwise. It stands in ``scope["state"]``, in the
    context of log lines, and on the answer: preflights and failures of other layers too.

    A failure that an inner layer has answered but raised on is kept from the server, which
    would only log it a second time.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection, as ASGI has it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        current = id_of(scope)
        is_answered = False

        async def send_with_id(message: Message) -> None:
            nonlocal is_answered
            if message["type"] == "http.response.start":
                message = with_id(message, current)
            elif message["type"] == "http.response.body" and not message.get("more_body", False):
                is_answered = True
            await send(message)

        token = request_id.set(current)
        try:
            await self.app(scope, receive, send_with_id)
        except Exception:
            if not is_answered:
                raise
        finally:
            request_id.reset(token)


def id_of(scope: Scope) -> str:
    """The id of a request, made on first use and kept in ``scope["state"]``."""
    state: dict[str, Any] = scope.setdefault("state", {})
    if "request_id" not in state:
        offered = next((value for name, value in scope["headers"] if name == HEADER), None)
        state["request_id"] = accepted_request_id(
            None if offered is None else offered.decode("latin-1")
        )
    kept: str = state["request_id"]
    return kept


def with_id(message: Message, current: str) -> Message:
    """A copy of a response's start that carries the id, once."""
    headers = [pair for pair in message.get("headers", ()) if pair[0].lower() != HEADER]
    return {**message, "headers": [*headers, (HEADER, current.encode("latin-1"))]}
