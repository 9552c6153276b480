"""What a request cost: two layers of pure ASGI that never read or hold a body.

Outside in: CORS → ``PerformanceMiddleware`` → ``RequestLoggingMiddleware`` → route.
Each also works alone, on any ASGI application: ``app.add_middleware(PerformanceMiddleware)``.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence

import msgspec
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from app.middleware._counts import current_counts
from app.middleware._exchange import Conversation, Exchange, is_event_stream
from app.middleware.client_address import client_address, read_networks
from app.middleware.endpoints import endpoint_of, method_of
from app.middleware.request_id import (
    Answer,
    answer_outside,
    enter_names,
    identity_of,
    leave_names,
)
from app.utils.advanced_logging import setup_logging

MAX_PATH_LENGTH = 1024
"""Paths are logged up to this many characters."""

_FIRST_FAILURE = 500
_FIRST_ERROR = 400
_logger = setup_logging("app.requests")


class PerformanceMiddleware:
    """``X-Process-Time`` and ``X-Request-ID`` on every answer; slow requests are told.

    ``X-Process-Time`` is the seconds until the answer began, since headers leave before the
    body. A request is slow when its whole answer took more than the threshold; WebSockets
    and event streams last as long as they like.

    An error that leaves the application unanswered is answered here with a bare 500, so that
    it has the headers too, and raised on; an application that has its own handler for such
    errors, or shows tracebacks (``debug``), answers by itself.

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
        outside = answer_outside(scope)
        answer = outside or Answer(scope, send)
        started = time.perf_counter()
        entered = enter_names(answer.identity)
        try:
            await self.app(scope, receive, send if outside else answer.send)
        except ClientDisconnect:
            raise
        except Exception:
            if answer.start is None and not _answers_failures_itself(scope):
                plain = PlainTextResponse("Internal Server Error", _FIRST_FAILURE)
                await plain(scope, receive, send if outside else answer.send)
            raise
        finally:
            elapsed_s = time.perf_counter() - started
            if elapsed_s > self.slow_request_threshold_s and not (
                answer.start is not None and is_event_stream(answer.start)
            ):
                self._tell_slow(scope, elapsed_s)
            leave_names(entered)

    def _tell_slow(self, scope: Scope, elapsed_s: float) -> None:
        current_counts().slow()
        _logger.warning(
            "slow request",
            extra={
                "method": method_of(scope),
                "endpoint": endpoint_of(scope),
                "duration_ms": _in_ms(elapsed_s),
                "threshold_ms": _in_ms(self.slow_request_threshold_s),
            },
        )


class RequestLoggingMiddleware:
    """One log line and one count for each request, also when it fails or the client leaves.

    WebSockets and event streams are counted apart, and logged when they end. Their duration
    stays out of ``request_duration``.

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
            follow = self._follow_socket if scope["type"] == "websocket" else self.app
            await follow(scope, receive, send)
            return
        exchange = Exchange(scope, receive, send, current_counts())
        entered = enter_names(exchange.identity)
        try:
            await self.app(scope, exchange.receive, exchange.send)
        except (ClientDisconnect, asyncio.CancelledError):
            exchange.has_left = True
            raise
        except Exception:
            exchange.has_failed = not exchange.has_left
            raise
        finally:
            self._record_request(scope, exchange)
            leave_names(entered)

    async def _follow_socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        talk = Conversation(receive, send, current_counts())
        entered = enter_names(identity_of(scope))
        try:
            await self.app(scope, talk.receive, talk.send)
        except WebSocketDisconnect:
            raise
        except Exception:
            talk.has_failed = True
            raise
        finally:
            talk.end()
            self._record_socket(scope, talk)
            leave_names(entered)

    def _record_request(self, scope: Scope, exchange: Exchange) -> None:
        elapsed_s = time.perf_counter() - exchange.started
        status, method, endpoint = exchange.status, method_of(scope), endpoint_of(scope)
        exchange.end(method, endpoint, status, elapsed_s)
        if endpoint in self.quiet and status < _FIRST_ERROR:
            return
        is_failure = status >= _FIRST_FAILURE or exchange.has_failed
        level = logging.ERROR if is_failure else logging.INFO
        if not _logger.logger.isEnabledFor(level):
            return
        over = self._over(scope, method, endpoint, status, elapsed_s, exchange)
        if exchange.is_complete and not exchange.is_event_stream:
            _logger.write_later(level, over.told)
        else:
            message, facts = over.told()
            _logger.write(level, message, facts | _of_an_answer(exchange))

    def _record_socket(self, scope: Scope, talk: Conversation) -> None:
        endpoint, elapsed_s = endpoint_of(scope), time.perf_counter() - talk.started
        over = self._over(scope, "WEBSOCKET", endpoint, talk.status, elapsed_s, talk)
        message, facts = over.told()
        facts |= {
            "messages_in": talk.messages_in,
            "messages_out": talk.messages_out,
            "close_code": talk.close_code,
            "stream": "websocket",
        }
        level = logging.ERROR if talk.has_failed else logging.INFO
        _logger.write(level, message, facts)

    def _over(
        self,
        scope: Scope,
        method: str,
        endpoint: str,
        status: int,
        elapsed_s: float,
        passed: Exchange | Conversation,
    ) -> _Over:
        return _Over(
            method,
            endpoint,
            scope["path"],
            status,
            elapsed_s,
            client_address(scope, self.trusted),
            passed.request_bytes,
            passed.response_bytes,
        )


class _Over(msgspec.Struct, frozen=True, gc=False):
    """A request or a WebSocket that is over."""

    method: str
    endpoint: str
    path: str
    status: int
    elapsed_s: float
    client_ip: str | None
    request_bytes: int
    response_bytes: int

    def told(self) -> tuple[str, dict[str, object]]:
        """In short, and the extras of its line."""
        facts: dict[str, object] = {
            "method": self.method,
            "endpoint": self.endpoint,
            "path": self.path[:MAX_PATH_LENGTH],
            "status": self.status,
            "duration_ms": _in_ms(self.elapsed_s),
            "client_ip": self.client_ip,
            "request_bytes": self.request_bytes,
            "response_bytes": self.response_bytes,
        }
        return f"{self.method} {self.endpoint} {self.status}", facts


def _in_ms(seconds: float) -> float:
    """Milliseconds with three digits; to round to digits takes three times as long."""
    return round(seconds * 1e6) / 1000


def _of_an_answer(exchange: Exchange) -> dict[str, object]:
    """More extras, of an event stream or an answer that was cut off."""
    facts: dict[str, object] = {"stream": "sse"} if exchange.is_event_stream else {}
    if exchange.is_aborted:
        facts |= {"aborted": True, "sent_status": exchange.sent_status}
    return facts


def _answers_failures_itself(scope: Scope) -> bool:
    app = scope.get("app")
    handlers: Mapping[object, object] = getattr(app, "exception_handlers", {})
    return getattr(app, "debug", False) or Exception in handlers or _FIRST_FAILURE in handlers
