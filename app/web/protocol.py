"""HTTP/1.1 as uvicorn speaks it, but for unknown methods and for the end of the server.

The parser gives up at a method that nobody knows, and uvicorn would answer 400 by itself:
without an id, uncounted, unlogged. It gets a 501.

When the server ends, uvicorn would close every connection that has no request under way, and
so fail the request that is just coming in. Such a connection is kept for ``LINGER_S`` more;
what arrives by then is answered with ``Connection: close``.
"""

from __future__ import annotations

import asyncio
import re
import sys

import httptools
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from app.middleware.logging import PerformanceMiddleware, RequestLoggingMiddleware
from app.middleware.request_id import RequestIdShell
from app.web.problems import problem_answer

LINGER_S = 0.5
"""How long a quiet connection stays open once the server ends; more than a round trip."""

_CLOSE = (b"connection", b"close")
_REQUEST_LINE = re.compile(
    rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}) (/[!-~]{0,1024}) HTTP/1\.[01]\r?\n"
)


class HttpProtocol(HttpToolsProtocol):
    """A connection; one whose request cannot be read ends with the answer to it."""

    _chunk = b""
    _has_refused = False

    def data_received(self, data: bytes) -> None:
        """Read on, unless the last that can be read was read."""
        if not self._has_refused:
            self._chunk = data
            super().data_received(data)

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
        is_about_method = isinstance(sys.exc_info()[1], httptools.HttpParserInvalidMethodError)
        line = _REQUEST_LINE.match(self._chunk) if is_about_method else None
        cycle: RequestResponseCycle | None = self.cycle  # none before the first request
        is_answering = cycle is not None and not cycle.response_complete
        if line is None or is_answering:
            super().send_400_response(msg)
            return
        self._has_refused = True
        self.scope["method"] = line[1].decode()
        self.scope["raw_path"], _, self.scope["query_string"] = line[2].partition(b"?")
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
        self._start_asgi_task(self.cycle, _REFUSING)  # type: ignore[arg-type] # an ASGI 3 application - by another library's types


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    answer = problem_answer(
        scope,
        slug="not-implemented",
        title="Not Implemented",
        status=501,
        detail="This server does not know the method.",
    )
    await answer(scope, receive, send)


_REFUSING: ASGIApp = RequestIdShell(PerformanceMiddleware(RequestLoggingMiddleware(_refuse)))
