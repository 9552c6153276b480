"""How ``/metrics`` is served: rendered off the event loop, and on a port of its own if wanted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, nullcontext, suppress
from typing import NamedTuple

from app.utils import metrics
from app.utils.advanced_logging import setup_logging

_HEAD_MAX_BYTES = 16 * 1024
_HEAD_TIMEOUT_S = 5.0
_FLUSH_EVERY_S = 1.0
"""How far the caches of other workers may lag behind in what one worker shows."""

_logger = setup_logging("app.metrics")


class Exposed(NamedTuple):
    """A rendering."""

    content_type: str
    body: bytes


class Exposition:
    """Renderings for all who ask, in a thread, one at a time for each format.

    Who asks while one is being made waits for the next, together with all others who do: a
    storm of scrapes costs no more than one scrape after the other, and each shows all that
    was counted before it was asked for.
    """

    def __init__(self) -> None:
        self._text = _Shared(metrics.TEXT_TYPE, metrics.get_metrics)
        self._openmetrics = _Shared(metrics.OPENMETRICS_TYPE, metrics.get_openmetrics)

    async def render(self, accept: str) -> Exposed:
        """The metrics in the format that an ``Accept`` header asks for."""
        is_openmetrics = "application/openmetrics-text" in accept
        return await (self._openmetrics if is_openmetrics else self._text).get()


class _Shared:
    def __init__(self, content_type: str, render: Callable[[], str]) -> None:
        self._content_type = content_type
        self._render = render
        self._running: asyncio.Task[Exposed] | None = None
        self._next: asyncio.Task[Exposed] | None = None

    async def get(self) -> Exposed:
        if self._next is None:
            self._next = asyncio.create_task(self._render_after(self._running))
        return await asyncio.shield(self._next)

    async def _render_after(self, running: asyncio.Task[Exposed] | None) -> Exposed:
        if running is not None and not running.done():
            await asyncio.wait([running])
        self._running, self._next = self._next, None
        text = await asyncio.to_thread(self._render)
        return Exposed(self._content_type, text.encode())


@asynccontextmanager
async def exposing(
    exposition: Exposition, *, is_enabled: bool, host: str, port: int | None
) -> AsyncIterator[None]:
    """Measure while the application runs, and serve the metrics on a second port.

    Args:
        exposition: What is served there.
        is_enabled: False: nothing is measured and nothing opened.
        host: Address of the second port.
        port: None: no second port. Of several workers the first serves it for all. Where
            something else has it, an error is logged and the application goes on without.
    """
    was_enabled = metrics.is_enabled()
    metrics.set_enabled(is_enabled)
    try:
        if not is_enabled:
            yield
            return
        second = nullcontext() if port is None else _second_port(exposition, host, port)
        async with _flushing(), second:
            yield
    finally:
        metrics.set_enabled(was_enabled)


@asynccontextmanager
async def _flushing() -> AsyncIterator[None]:
    """Let other workers see what this one counts in plain integers, as they cannot ask it."""
    if metrics.shared is None:
        yield
        return
    flusher = asyncio.create_task(_flush_forever(_FLUSH_EVERY_S))
    try:
        yield
    finally:
        flusher.cancel()
        metrics.flush()


async def _flush_forever(every_s: float) -> None:
    while True:
        await asyncio.sleep(every_s)
        await asyncio.to_thread(metrics.flush)


@asynccontextmanager
async def _second_port(exposition: Exposition, host: str, port: int) -> AsyncIterator[None]:
    claimed = metrics.shared.claim(f"port-{port}") if metrics.shared else None
    if metrics.shared and claimed is None:
        _logger.info("another worker serves the metrics", extra={"port": port})
        yield
        return
    with closing(claimed) if claimed else nullcontext():
        try:
            server = await asyncio.start_server(
                _Listener(exposition).answer, host, port, limit=_HEAD_MAX_BYTES
            )
        except OSError as error:
            _logger.error(  # noqa: TRY400 - one line says it all
                "PROMETHEUS_PORT cannot be listened on; /metrics is on the own port alone",
                extra={"port": port, "reason": error.strerror or str(error)},
            )
            yield
            return
        async with server:
            yield


class _Listener:
    """Just enough HTTP/1.1 for ``GET /metrics``: one answer for each connection."""

    def __init__(self, exposition: Exposition) -> None:
        self._exposition = exposition

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection; one that sends no request in time is closed."""
        with closing(writer), suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
            try:
                async with asyncio.timeout(_HEAD_TIMEOUT_S):
                    head = await reader.readuntil(b"\r\n\r\n")
            except asyncio.LimitOverrunError:
                head = b""
            writer.write(await self._response(head.decode("latin-1")))
            await writer.drain()

    async def _response(self, head: str) -> bytes:
        request_line, *lines = head.split("\r\n")
        method, _, rest = request_line.partition(" ")
        path = rest.partition(" ")[0].partition("?")[0]
        if path != "/metrics":
            return _message("404 Not Found", Exposed("text/plain", b"Only /metrics is here.\n"))
        if method not in {"GET", "HEAD"}:
            return _message("405 Method Not Allowed", Exposed("text/plain", b"Only GET.\n"))
        headers = (line.partition(":") for line in lines)
        accept = ",".join(value for name, _, value in headers if name.lower() == "accept")
        exposed = await self._exposition.render(accept)
        return _message("200 OK", exposed, with_body=method == "GET")


def _message(status: str, exposed: Exposed, *, with_body: bool = True) -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\n"
        f"Content-Type: {exposed.content_type}\r\n"
        f"Content-Length: {len(exposed.body)}\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + (exposed.body if with_body else b"")
