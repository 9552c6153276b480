"""What a request cost: two layers of pure ASGI that never read or hold a body.

Outside in: CORS → ``PerformanceMiddleware`` → ``RequestLoggingMiddleware`` → route.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from prometheus_client import Counter, Histogram
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.middleware.client_address import client_address, read_networks
from app.middleware.request_id import id_of, with_id
from app.utils import metrics
from app.utils.advanced_logging import setup_logging
from app.utils.context import request_id

UNMATCHED = "<unmatched>"
"""The one ``endpoint`` of all paths that no route has, so that scanners add no series."""

CLIENT_CLOSED_REQUEST = 499
"""The status that is logged when a client leaves before its answer is complete."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_logger = setup_logging("app.requests")


class PerformanceMiddleware:
    """``X-Process-Time`` and ``X-Request-ID`` on every answer; slow requests are told.

    ``X-Process-Time`` is the seconds until the answer began, since headers leave before the
    body. A request is slow when its whole answer took more than the threshold.

    Args:
        slow_request_threshold: In seconds.
    """

    def __init__(self, app: ASGIApp, *, slow_request_threshold: float = 1.0) -> None:
        self.app = app
        self.slow_request_threshold_s = slow_request_threshold

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection, as ASGI has it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        current = id_of(scope)

        async def send_timed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = with_id(message, current)
                elapsed_s = time.perf_counter() - started
                message["headers"].append((b"x-process-time", b"%.6f" % elapsed_s))
            await send(message)

        token = request_id.set(current)
        try:
            await self.app(scope, receive, send_timed)
        finally:
            self._tell_if_slow(scope, time.perf_counter() - started)
            request_id.reset(token)

    def _tell_if_slow(self, scope: Scope, elapsed_s: float) -> None:
        if elapsed_s > self.slow_request_threshold_s:
            metrics.slow_requests_total.inc()
            _logger.warning(
                "slow request",
                extra={
                    "method": scope["method"],
                    "endpoint": endpoint_of(scope),
                    "duration_ms": round(elapsed_s * 1000, 3),
                    "threshold_ms": round(self.slow_request_threshold_s * 1000, 3),
                },
            )


class RequestLoggingMiddleware:
    """One log line and one count for each request, also when it fails or the client leaves.

    Args:
        trusted_proxies: Networks whose ``X-Forwarded-For`` is believed.
        quiet_endpoints: Counted, but logged only when they fail: what monitors ask for
            every few seconds.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        trusted_proxies: Sequence[str] = (),
        quiet_endpoints: Sequence[str] = ("/health", "/metrics"),
    ) -> None:
        self.app = app
        self.trusted = read_networks(trusted_proxies)
        self.quiet = frozenset(quiet_endpoints)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection, as ASGI has it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = _Exchange(receive, send)
        metrics.requests_in_progress.inc()
        try:
            await self.app(scope, exchange.receive, exchange.send)
        except ClientDisconnect:
            raise
        except Exception:
            exchange.has_failed = True
            raise
        finally:
            metrics.requests_in_progress.dec()
            self._record(scope, exchange)

    def _record(self, scope: Scope, exchange: _Exchange) -> None:
        status = exchange.final_status
        elapsed_s = time.perf_counter() - exchange.started
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        endpoint = endpoint_of(scope)
        series = _series(method, endpoint)
        series.requests.inc()
        series.duration.observe(elapsed_s)
        _responses(f"{status // 100}xx").inc()
        if endpoint in self.quiet and status < 400:  # noqa: PLR2004 - the first error status
            return
        level = logging.ERROR if status >= 500 else logging.INFO  # noqa: PLR2004 - as above
        if not _logger.isEnabledFor(level):
            return
        extra = {
            "method": method,
            "endpoint": endpoint,
            "path": scope["path"],
            "status": status,
            "duration_ms": round(elapsed_s * 1000, 3),
            "client_ip": client_address(scope, self.trusted),
            "request_bytes": exchange.request_bytes,
            "response_bytes": exchange.response_bytes,
        }
        # Made here, since finding the caller's line costs more than the rest of the record.
        target = _logger.logger
        message = f"{method} {endpoint} {status}"
        target.handle(
            target.makeRecord(target.name, level, __file__, 0, message, (), None, extra=extra)
        )


class _Exchange:
    """Counts what passes by, and remembers how far the answer came."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self.started = time.perf_counter()
        self.status: int | None = None
        self.request_bytes = 0
        self.response_bytes = 0
        self.is_complete = False
        self.has_failed = False
        self._receive = receive
        self._send = send

    async def receive(self) -> Message:
        message = await self._receive()
        self.request_bytes += len(message.get("body", b""))
        return message

    async def send(self, message: Message) -> None:
        await self._send(message)
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif message["type"] == "http.response.body":
            self.response_bytes += len(message.get("body", b""))
            self.is_complete = not message.get("more_body", False)

    @property
    def final_status(self) -> int:
        """The status for log and metrics; 499 where the client did not wait for the end."""
        if self.has_failed:
            return 500
        if self.is_complete and self.status is not None:
            return self.status
        return CLIENT_CLOSED_REQUEST


class _Series(NamedTuple):
    requests: Counter
    duration: Histogram


@lru_cache(maxsize=1024)
def _series(method: str, endpoint: str) -> _Series:
    return _Series(
        metrics.request_count.labels(method, endpoint),
        metrics.request_duration.labels(method, endpoint),
    )


@lru_cache(maxsize=16)
def _responses(status_class: str) -> Counter:
    return metrics.responses_total.labels(status_class)


def endpoint_of(scope: Scope) -> str:
    """The full template of the route that answered, as ``/api/v1/stations/{station_id}``.

    Read from the private key under which FastAPI keeps the route with its router's prefix;
    a test pins it, since a new version of FastAPI may move it.
    """
    context = (scope.get("fastapi") or {}).get("effective_route_context")
    route = context if context is not None else scope.get("route")
    template: str | None = getattr(route, "path_format", None) or getattr(route, "path", None)
    if "app_root_path" in scope:
        mount: str = scope["root_path"].removeprefix(scope["app_root_path"])
        return mount + (template or "/{path}")
    return UNMATCHED if template is None else template
