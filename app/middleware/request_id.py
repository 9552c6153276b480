"""Who a request is, for its answer and its log lines; the outermost shell."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from contextvars import Token
from typing import Any

import msgspec
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from app.middleware.trace_context import read_traceparent
from app.utils.context import (
    accepted_request_id,
    current_request_id,
    current_span_id,
    current_trace_id,
    current_user_id,
    request_id,
    span_id,
    trace_id,
    user_id,
)

HEADER = b"x-request-id"
TIME_HEADER = b"x-process-time"
_TRACE_HEADER = b"traceparent"
_NO_TRACE = (None, None)
_OURS = frozenset({HEADER, TIME_HEADER})
_ACCEPT = "websocket.accept"
_BEGINNINGS = frozenset({_ACCEPT, "http.response.start", "websocket.http.response.start"})
_ANSWER = "voltway.answer"

OnFailure = Callable[[Exception, Scope], None]
_Before = Token[str | None]
Entered = tuple[_Before, tuple[_Before, _Before] | None]


class Identity(msgspec.Struct, frozen=True, gc=False):
    """What names a request."""

    request_id: str
    trace_id: str | None
    span_id: str | None
    """The caller's span, under which the trace continues here."""


class RequestIdShell:
    """Gives each request its id, outside of everything else that may answer it.

    The id is the client's own ``X-Request-ID`` where it sent one, of 8 to 64 characters of
    ``A-Z a-z 0-9 . _ -``, and a fresh one otherwise. It stands in ``scope["state"]``, in the
    context of log lines, and on the answer, preflights and failures of other layers
    included; so does ``X-Process-Time``.

    A failure that an inner layer has answered but raised on is kept from the server, which
    would only log it a second time; so is the leaving of a client.

    Args:
        on_failure: Called with each failure, also one that ``note_failure`` tells of, once
            the answer has left.
    """

    def __init__(self, app: ASGIApp, *, on_failure: OnFailure | None = None) -> None:
        self.app = app
        self.on_failure = on_failure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection, as ASGI has it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        answer = scope[_ANSWER] = Answer(scope, send)
        failure: Exception | None = None
        entered = enter_names(answer.identity)
        try:
            await self.app(scope, receive, answer.send)
        except (ClientDisconnect, WebSocketDisconnect):
            return
        except Exception as error:
            failure = error
            if not answer.is_complete:
                raise
        finally:
            failure = failure or scope["state"].get("failure")
            if failure is not None and self.on_failure is not None:
                self.on_failure(failure, scope)
            leave_names(entered)


class Answer:
    """An answer on its way out, which gets id and time as it begins."""

    start: Message | None = None
    """The message that it began with."""
    is_complete = False

    def __init__(self, scope: Scope, send: Send) -> None:
        self.started = time.perf_counter()
        self.identity = identity_of(scope)
        self._send = send

    def send(self, message: Message) -> Awaitable[None]:
        """Send a message of it, or of a WebSocket."""
        if message["type"] == "http.response.body":
            self.is_complete = not message.get("more_body", False)
        else:
            if message["type"] == "http.response.start":
                self.start = message
            elapsed_s = time.perf_counter() - self.started
            message = stamped(message, self.identity.request_id, elapsed_s)
        return self._send(message)


def note_failure(scope: Scope, error: Exception) -> bool:
    """Tell the shell of a failure that is answered further inside; whether it is news."""
    state: dict[str, Any] = scope.setdefault("state", {})
    is_news = state.get("failure") is not error
    state["failure"] = error
    return is_news


def identity_of(scope: Scope) -> Identity:
    """The names of a request, found on first use and kept in the scope.

    Several ``X-Request-ID`` headers name nothing: proxies may each believe another one.
    """
    kept: Identity | None = scope.get("voltway.identity")
    if kept is not None:
        return kept
    offered: bytes | None = None
    offers = 0
    traces: list[bytes] = []
    for name, value in scope["headers"]:
        if name == HEADER:
            offered, offers = value, offers + 1
        elif name == _TRACE_HEADER:
            traces.append(value)
    state: dict[str, Any] = scope.setdefault("state", {})
    if "request_id" not in state:
        one = offered.decode("latin-1") if offered is not None and offers == 1 else None
        state["request_id"] = accepted_request_id(one)
    trace = read_traceparent(traces) if traces else None
    identity = Identity(state["request_id"], *(trace or _NO_TRACE))
    scope["voltway.identity"] = identity
    return identity


def answer_outside(scope: Scope) -> Answer | None:
    """The answer as a shell outside sees it, which puts id and time on it; where there is one."""
    answer: Answer | None = scope.get(_ANSWER)
    return answer


def id_of(scope: Scope) -> str:
    """The id of a request."""
    return identity_of(scope).request_id


def enter_names(identity: Identity) -> Entered | None:
    """Log lines carry these names from here on; ``None`` where they do already.

    What is given is for ``leave_names``. A context manager would take half as long again, and
    there are two of these around each request.
    """
    if current_request_id() == identity.request_id:
        return None
    of_request = request_id.set(identity.request_id)
    if current_user_id() is not None:
        user_id.set(None)  # of the request before, where a task answers several
    # Seldom: most requests have none.
    if current_trace_id() != identity.trace_id or current_span_id() != identity.span_id:
        return of_request, (trace_id.set(identity.trace_id), span_id.set(identity.span_id))
    return of_request, None


def leave_names(entered: Entered | None) -> None:
    """Log lines carry again what they did before."""
    if entered is None:
        return
    of_request, of_trace = entered
    request_id.reset(of_request)
    if of_trace is not None:
        trace_id.reset(of_trace[0])
        span_id.reset(of_trace[1])


def stamped(message: Message, current: str, elapsed_s: float) -> Message:
    """A copy of an answer's start that carries id and time, each once; others as they are."""
    kind = message["type"]
    if kind not in _BEGINNINGS:
        return message
    headers = [pair for pair in message.get("headers", ()) if pair[0].lower() not in _OURS]
    headers.append((HEADER, current.encode()))
    if kind != _ACCEPT:
        headers.append((TIME_HEADER, b"%.6f" % elapsed_s))
    return {**message, "headers": headers}
