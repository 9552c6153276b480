"""Unhandled errors, reported to Sentry; its library is loaded only where ``SENTRY_DSN`` is set.

The library is used as a client and nothing more: no integration, no global hub, no hook into
the framework. What is sent is what ``report`` puts together, less what must not leave.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from starlette.types import Scope

from app.errors import VoltWayError
from app.middleware.endpoints import endpoint_of, method_of
from app.middleware.request_id import identity_of
from app.utils import _redaction, metrics

if TYPE_CHECKING:
    from sentry_sdk import Client
    from sentry_sdk.types import Event, Hint

FLUSH_TIMEOUT_S = 2.0
"""How long a shutdown waits for reports that are still on their way."""

REPORTS_PER_S = 10
"""More than this tell nothing new, and putting one together costs about a millisecond."""

_QUEUE_LENGTH = 100
_CLEANED = ("exception", "contexts", "extra", "tags", "transaction")


class SentryDsnInvalid(VoltWayError):
    """``SENTRY_DSN`` is no address that errors can be reported to."""

    slug, title, exit_code = "sentry-dsn-invalid", "SENTRY_DSN cannot be used", 2

    def __init__(self) -> None:
        super().__init__("SENTRY_DSN has the form https://KEY@HOST/PROJECT.")


class ErrorReports:
    """Reports of errors with the request in which they happened.

    Args:
        client: Of Sentry's library; sends from a thread of its own.
        clock: Seconds that only grow.
    """

    def __init__(self, client: Client, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._second = -1
        self._reports_of_second = 0

    def report(self, error: Exception, scope: Scope) -> None:
        """Hand an error over for sending; never raises, never waits for the network.

        Of a request, it tells method, route template, request id and trace, and nothing that
        the client wrote. Beyond ``REPORTS_PER_S`` errors are counted as
        ``errors_total{type="sentry"}`` instead, like those that cannot be told.
        """
        try:
            is_told = self._is_within_budget() and self._send(error, scope)
        except Exception:  # noqa: BLE001 - telling of an error must not cause another
            is_told = False
        if not is_told:
            metrics.errors_total.labels("sentry").inc()

    def close(self) -> None:
        """Wait for what is on its way, ``FLUSH_TIMEOUT_S`` at most."""
        self._client.close(timeout=FLUSH_TIMEOUT_S)

    def _is_within_budget(self) -> bool:
        second = int(self._clock())
        if second != self._second:
            self._second, self._reports_of_second = second, 0
        self._reports_of_second += 1
        return self._reports_of_second <= REPORTS_PER_S

    def _send(self, error: Exception, scope: Scope) -> bool:
        from sentry_sdk.utils import event_from_exception  # noqa: PLC0415 - loaded if it is used

        event, hint = event_from_exception(
            error,
            client_options=self._client.options,
            mechanism={"type": "voltway", "handled": False},
        )
        event.update(_facts_of(scope))  # type: ignore[typeddict-item] # a dict of Any - by design
        return self._client.capture_event(event, hint) is not None


@asynccontextmanager
async def open_error_reports(
    dsn: str | None, *, release: str
) -> AsyncIterator[ErrorReports | None]:
    """Reports to this address, or ``None`` without one; flushed at the end.

    Raises:
        SentryDsnInvalid: The address has not the form of one.
    """
    if dsn is None:
        yield None
        return
    reports = ErrorReports(_connect(dsn, release))
    try:
        yield reports
    finally:
        await asyncio.to_thread(reports.close)


def _connect(dsn: str, release: str) -> Client:
    from sentry_sdk import Client  # noqa: PLC0415 - loaded if it is used
    from sentry_sdk.utils import BadDsn  # noqa: PLC0415 - as above

    try:
        return Client(
            dsn=dsn,
            release=release,
            integrations=[],
            default_integrations=False,
            auto_enabling_integrations=False,
            include_local_variables=False,
            max_request_body_size="never",
            max_breadcrumbs=0,
            auto_session_tracking=False,
            send_client_reports=False,
            enable_backpressure_handling=False,
            transport_queue_size=_QUEUE_LENGTH,
            before_send=_without_secrets,
        )
    except (BadDsn, ValueError):
        # Its own message repeats parts of the address.
        raise SentryDsnInvalid from None


def _facts_of(scope: Scope) -> dict[str, Any]:
    identity = identity_of(scope)
    method = method_of(scope) if scope["type"] == "http" else "WEBSOCKET"
    endpoint = endpoint_of(scope)
    facts: dict[str, Any] = {
        "transaction": f"{method} {endpoint}",
        "tags": {
            "request_id": identity.request_id,
            "method": method,
            "endpoint": endpoint,
        },
    }
    if identity.trace_id is not None:
        facts["contexts"] = {"trace": {"trace_id": identity.trace_id, "span_id": identity.span_id}}
    return facts


def _without_secrets(event: Event, _hint: Hint) -> Event:
    """The event under the rules of log lines: secrets hidden by key and by pattern."""
    cleaned = {name: _redaction.clean(event[name]) for name in _CLEANED if name in event}  # type: ignore[literal-required] # names - of the event's keys
    return {**event, **cleaned}  # type: ignore[typeddict-item] # as above - a copy of the event
