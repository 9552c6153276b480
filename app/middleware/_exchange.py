"""What passes between a client and a route, counted without being held."""

from __future__ import annotations

import time

from starlette.types import Message, Receive, Scope, Send

from app.middleware._counts import Counts
from app.middleware.request_id import Identity, identity_of

CLIENT_CLOSED_REQUEST = 499
"""The status that is logged when a client leaves before its answer is complete."""

LOOK_AFTER_S = 0.1
"""An answer that took this long to begin may find that its client has left."""

_FAILED = 500
_INTERNAL_ERROR = 1011
"""The close code of a server that failed (RFC 6455, 7.4.1)."""

_BODILESS = frozenset({"GET", "HEAD"})
_EVENT_STREAM = b"text/event-stream"


class Exchange:
    """A request and its answer: bytes, status, and how it came to an end."""

    __slots__ = (
        "_counts",
        "_early",
        "_has_read_all",
        "_method",
        "_receive",
        "_send",
        "has_failed",
        "has_left",
        "identity",
        "is_complete",
        "is_event_stream",
        "request_bytes",
        "response_bytes",
        "sent_status",
        "started",
    )

    def __init__(self, scope: Scope, receive: Receive, send: Send, counts: Counts) -> None:
        self.started = time.perf_counter()
        self.identity: Identity = identity_of(scope)
        self._method = scope["method"]
        self._receive = receive
        self._send = send
        self._counts = counts
        self._early: Message | None = None
        self._has_read_all = False
        self.sent_status: int | None = None
        self.request_bytes = self.response_bytes = 0
        self.is_complete = self.is_event_stream = False
        self.has_failed = self.has_left = False
        counts.begin(self)

    async def receive(self) -> Message:
        """Count the bytes of the request; see a client that leaves."""
        message, self._early = self._early, None
        if message is None:
            message = await self._receive()
        if message["type"] == "http.disconnect":
            self.has_left = self.has_left or not self.is_complete
        else:
            self.request_bytes += len(message.get("body", b""))
            self._has_read_all = not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        """Count the bytes of the answer; see where it begins and ends."""
        kind = message["type"]
        if kind == "http.response.start":
            self._begin(message)
        try:
            await self._send(message)
        except OSError:
            self.has_left = True
            raise
        if kind == "http.response.body":
            if self._method != "HEAD":
                self.response_bytes += len(message.get("body", b""))
            self.is_complete = not message.get("more_body", False)
        elif kind == "http.response.pathsend":
            self.is_complete = True

    def _begin(self, message: Message) -> None:
        self.sent_status = message["status"]
        if is_event_stream(message):
            self.is_event_stream = True
            self._counts.end(self)
            self._counts.open_stream("sse")
        elif time.perf_counter() - self.started > LOOK_AFTER_S:
            self._look_whether_the_client_left()

    def _look_whether_the_client_left(self) -> None:
        """Servers tell who asks; nobody asks while a route is busy. Asks without waiting.

        Only where no body can be on its way, which asking might call for.
        """
        if not self._has_read_all and self._method not in _BODILESS:
            return
        step = self._receive().__await__()
        try:
            next(step)
        except StopIteration as told:
            message: Message = told.value
            if message["type"] == "http.disconnect":
                self.has_left = True
            else:
                self._early = message
        else:
            step.close()

    def end(self, method: str, endpoint: str, status: int, elapsed_s: float) -> None:
        """It is over: the gauges go down, and it counts; only what has an end has a duration."""
        if self.is_event_stream:
            self._counts.close_stream("sse")
            self._counts.answered(method, endpoint, status, None, self.identity)
        else:
            self._counts.end(self)
            self._counts.answered(method, endpoint, status, elapsed_s, self.identity)

    @property
    def status(self) -> int:
        """The status for log and metrics.

        500 where the route failed, also half way, or ended without an answer; 499 where the
        client did not wait for the end. An event stream has no end: its client leaves when
        it has heard enough.
        """
        if self.has_failed and not self.is_complete:
            return _FAILED
        if self.has_left and not self.is_event_stream:
            return CLIENT_CLOSED_REQUEST
        if self.sent_status is None or not (self.is_complete or self.is_event_stream):
            return _FAILED
        return self.sent_status

    @property
    def is_aborted(self) -> bool:
        """Whether an answer had begun that will never be complete, by our fault."""
        has_ended = self.is_complete or self.has_left or self.is_event_stream
        is_cut = not self.is_complete and (self.has_failed or not has_ended)
        return self.sent_status is not None and is_cut


class Conversation:
    """A WebSocket: messages and bytes in both directions, and how it was closed."""

    def __init__(self, receive: Receive, send: Send, counts: Counts) -> None:
        self.started = time.perf_counter()
        self.is_open = False
        self.has_failed = False
        self.close_code: int | None = None
        self.refused_with: int | None = None
        self.request_bytes = 0
        self.response_bytes = 0
        self.messages_in = 0
        self.messages_out = 0
        self._receive = receive
        self._send = send
        self._counts = counts

    async def receive(self) -> Message:
        """Count what comes in."""
        message = await self._receive()
        if message["type"] == "websocket.receive":
            self.messages_in += 1
            self.request_bytes += _size_of(message)
        elif message["type"] == "websocket.disconnect" and self.close_code is None:
            self.close_code = message.get("code", 1005)
        return message

    async def send(self, message: Message) -> None:
        """Count what goes out; see it opened, refused or closed."""
        await self._send(message)
        kind = message["type"]
        if kind == "websocket.send":
            self.messages_out += 1
            self.response_bytes += _size_of(message)
        elif kind == "websocket.accept":
            self.is_open = True
            self._counts.open_stream("websocket")
        elif kind == "websocket.http.response.start":
            self.refused_with = message["status"]
        elif kind == "websocket.close" and self.is_open:
            self.close_code = message.get("code", 1000)
            self.has_failed = self.close_code == _INTERNAL_ERROR
        elif kind == "websocket.close":
            self.refused_with = 403

    def end(self) -> None:
        """It is over: the gauge goes down."""
        if self.is_open:
            self._counts.close_stream("websocket")

    @property
    def status(self) -> int:
        """That of the handshake: 101, what refused it, or 500 where the route failed."""
        if self.is_open:
            return 101
        if self.has_failed:
            return _FAILED
        return self.refused_with or CLIENT_CLOSED_REQUEST


def is_event_stream(message: Message) -> bool:
    """Whether an answer's start announces server-sent events."""
    for name, value in message.get("headers", ()):
        if value.startswith(_EVENT_STREAM) and name.lower() == b"content-type":
            return True
    return False


def _size_of(message: Message) -> int:
    text = message.get("text")
    return len(text.encode()) if text is not None else len(message.get("bytes") or b"")
