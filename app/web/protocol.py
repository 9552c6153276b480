"""HTTP/1.1 as uvicorn speaks it, but for unknown methods, heads, and its own end.

The parser gives up at a method that nobody knows, and uvicorn would answer 400 by itself:
without an id, uncounted, unlogged. It gets a 501. A head that does not end would be kept in
memory however long it grows; from ``MAX_HEAD_BYTES`` on it gets a 431, or a 414 where it is the
address that grows.

When the server ends, uvicorn would close every connection that has no request under way, and
so fail the request that is just coming in. Such a connection is kept for ``LINGER_S`` more;
what arrives by then is answered with ``Connection: close``.

Heads of answers leave with their bodies: see ``GatheringTransport``.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Mapping
from typing import Any, Final, cast

import httptools
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from app.errors import VoltWayError
from app.middleware.logging import PerformanceMiddleware, RequestLoggingMiddleware
from app.middleware.request_id import RequestIdShell
from app.web.errors import AddressTooLong, HeadersTooLong, MethodUnknown
from app.web.problems import answer_to

LINGER_S = 0.5
"""How long a quiet connection stays open once the server ends; more than a round trip."""

MAX_HEAD_BYTES = 128 * 1024
"""Of a request's line and headers, give or take a bite; a query may have half."""

BITE_BYTES = 16 * 1024
"""What the parser gets at once: of more, nobody could tell how much belongs to the next head."""

SPOKEN: Final[Mapping[str, Any]] = {
    "access_log": False,
    "log_config": None,
    "server_header": False,
    "proxy_headers": False,
}
"""How uvicorn is set up besides: our layers log requests and read the headers of proxies."""

_CLOSE = (b"connection", b"close")
_LONGEST_TOLD = 1024
_REQUEST_LINE = re.compile(
    rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}) (/[!-~]{0,1024}) HTTP/1\.[01]\r?\n"
)


class GatheringTransport:
    """A transport that sends the head of an answer together with what follows.

    uvicorn writes the head, then the body: two calls of the system, each of which wakes the
    reader. A head that nothing follows at once leaves with the next turn of the loop.
    """

    def __init__(self, plain: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self.plain = plain
        self._loop = loop
        self._is_head = False
        self._held: bytes | None = None

    def begin_answer(self) -> None:
        """What is written next is a head."""
        self._is_head = True

    def write(self, data: bytes) -> None:
        """Write, or hold a head until there is more."""
        if self._held is not None:
            held, self._held = self._held, None
            self.plain.writelines((held, data))
        elif self._is_head:
            self._is_head, self._held = False, data
            self._loop.call_soon(self._let_go)
        else:
            self.plain.write(data)

    def _let_go(self) -> None:
        held, self._held = self._held, None
        if held is not None and not self.plain.is_closing():
            self.plain.write(held)

    def close(self) -> None:
        """Write what is held, then close."""
        self._let_go()
        self.plain.close()

    def is_closing(self) -> bool:
        """As of every transport."""
        return self.plain.is_closing()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.plain, name)


class HttpProtocol(HttpToolsProtocol):
    """A connection; one whose request cannot be read ends with the answer to it."""

    _bite = b""
    _is_over = False
    _is_in_head = False
    _head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Answers leave through a transport that keeps heads for their bodies."""
        super().connection_made(transport)
        self._gathering = GatheringTransport(transport, self.loop)
        self.transport = cast(asyncio.Transport, self._gathering)

    def handle_websocket_upgrade(self) -> None:
        """From here on the connection is another protocol's."""
        self._is_over = True
        self.transport = self._gathering.plain
        super().handle_websocket_upgrade()

    def data_received(self, data: bytes) -> None:
        """Read on, unless the last that can be read was read."""
        for start in range(0, len(data), BITE_BYTES):
            if self._is_over:
                return
            self._bite = data[start : start + BITE_BYTES]
            self._head_bytes += len(self._bite)
            super().data_received(self._bite)
            if self._is_in_head and self._head_bytes > MAX_HEAD_BYTES and not self._is_over:
                self._refuse_head()

    def on_message_begin(self) -> None:
        """A head begins, in the middle of a bite or at its begin."""
        super().on_message_begin()
        self._is_in_head, self._head_bytes = True, len(self._bite)

    def on_headers_complete(self) -> None:
        """It is over: what comes is the body, which layers bound."""
        self._is_in_head = False
        self._gathering.begin_answer()
        super().on_headers_complete()

    def shutdown(self) -> None:
        """The server ends: answer what is under way or on its way, and nothing after it."""
        headers = self.server_state.default_headers
        if _CLOSE not in headers:
            # In place: answers that are under way, but have not begun, hold the same list.
            headers.append(_CLOSE)
        if self._is_quiet():
            self.loop.call_later(LINGER_S, self._close_if_quiet)
        else:
            super().shutdown()

    def _is_quiet(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # none before the first request
        return cycle is None or cycle.response_complete

    def _close_if_quiet(self) -> None:
        if self._is_quiet():
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Called while the parser's error is being handled."""
        self._is_over = True
        is_about_method = isinstance(sys.exc_info()[1], httptools.HttpParserInvalidMethodError)
        line = _REQUEST_LINE.match(self._bite) if is_about_method else None
        if line is None or not self._is_quiet():
            super().send_400_response(msg)
            return
        self._answer(_UNKNOWN_METHOD, line[1], line[2])

    def _refuse_head(self) -> None:
        """The parser waits for the end of a head that is too long by now."""
        if not self._is_quiet():
            self._is_over = True
            self.transport.close()
            return
        is_address = len(self.url) > MAX_HEAD_BYTES // 2
        # As much of the address as is logged; the parser knows the method before it.
        target = self.url[:_LONGEST_TOLD].decode("latin-1").encode("ascii", "replace") or b"/"
        self._answer(_LONG_ADDRESS if is_address else _LONG_HEAD, self.parser.get_method(), target)

    def _answer(self, app: ASGIApp, method: bytes, target: bytes) -> None:
        """Answer what uvicorn would not have made a request of, and end the connection."""
        self._is_over = True
        self.scope["method"] = method.decode()
        self.scope["raw_path"], _, self.scope["query_string"] = target.partition(b"?")
        self.scope["path"] = self.scope["raw_path"].decode()
        self.cycle = RequestResponseCycle(
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=False,
            on_response=self.on_response_complete,
        )
        self.cycle.more_body = False
        self._start_asgi_task(self.cycle, app)  # type: ignore[arg-type] # an ASGI 3 application - by another library's types


def _refusing(error: VoltWayError) -> ASGIApp:
    """An application that answers everything with one problem, named, logged and counted."""

    async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
        await answer_to(scope, error)(scope, receive, send)

    return RequestIdShell(PerformanceMiddleware(RequestLoggingMiddleware(refuse)))


_UNKNOWN_METHOD = _refusing(MethodUnknown())
_LONG_ADDRESS = _refusing(AddressTooLong(MAX_HEAD_BYTES // 2))
_LONG_HEAD = _refusing(HeadersTooLong(MAX_HEAD_BYTES))
