"""What the fields of a log line are called: by us, by Elastic, by Google Cloud."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

import msgspec

from app.utils._log_record import Told
from app.utils._redaction import clean

Line = dict[str, Any]
SchemaName = Literal["default", "ecs", "gcp"]

_ECS_VERSION: Final = "8.11.0"
_ECS_FIELD_SETS = frozenset(
    {"agent", "as", "base", "client", "cloud", "code_signature", "container", "data_stream"}
    | {"destination", "device", "dll", "dns", "ecs", "elf", "email", "error", "event", "faas"}
    | {"file", "geo", "group", "hash", "host", "http", "interface", "labels", "log", "macho"}
    | {"network", "observer", "orchestrator", "organization", "os", "package", "pe", "process"}
    | {"registry", "related", "risk", "rule", "server", "service", "source", "span", "tags"}
    | {"threat", "tls", "trace", "tracing", "transaction", "url", "user", "user_agent", "vlan"}
    | {"volume", "vulnerability", "x509"}
)
"""Objects in Elastic Common Schema: a plain value under such a name is refused by an index."""

_GCP_LABELS = "logging.googleapis.com/labels"
_GCP_FIELDS = frozenset({"httpRequest", "severity", "time", "stack_trace", "error"})
_NANOSECONDS = 1_000_000
_LONGEST_MS = 1e12
_HTTP = ("method", "endpoint", "duration_ms")


class Schema(msgspec.Struct, frozen=True):
    """Names of the fields that every line has, and how the others are arranged."""

    time: str
    level: str
    logger: str
    request_id: str
    user_id: str
    trace_id: str
    span_id: str
    levels: Mapping[str, str]
    """Level → word, where it is another one."""
    constant: Mapping[str, str]
    taken: frozenset[str]
    """Names that no extra may have."""
    tell: Callable[[Line, Told], None]
    """Put an exception into a line."""
    arrange: Callable[[Line, dict[str, Any]], None] | None
    """Move the extras that have a standard name from the extras into a line."""


def _tell_default(line: Line, told: Told) -> None:
    line["exception"] = told._asdict()


def _tell_ecs(line: Line, told: Told) -> None:
    line["error.type"] = told.type
    line["error.message"] = told.message
    line["error.stack_trace"] = told.stack


def _tell_gcp(line: Line, told: Told) -> None:
    line["error"] = {"type": told.type, "message": told.message}
    line["stack_trace"] = told.stack


_ECS_NAMES = {
    "method": "http.request.method",
    "status": "http.response.status_code",
    "path": "url.path",
    "client_ip": "client.ip",
    "request_bytes": "http.request.body.bytes",
    "response_bytes": "http.response.body.bytes",
}


def _arrange_ecs(line: Line, extras: dict[str, Any]) -> None:
    if "user_id" in extras and "user.id" not in line:
        line["user.id"] = clean(extras.pop("user_id"))
    if not _is_of_a_request(extras):
        return
    for ours, theirs in _ECS_NAMES.items():
        if ours in extras:
            line[theirs] = clean(extras.pop(ours))
    line["event.duration"] = round(extras.pop("duration_ms") * _NANOSECONDS)


def _arrange_gcp(line: Line, extras: dict[str, Any]) -> None:
    labels = {
        name: line.pop(name) for name in ("request_id", "user_id") if line.get(name) is not None
    }
    if labels:
        line[_GCP_LABELS] = labels
    if not _is_of_a_request(extras) or "status" not in extras:
        return
    request = {
        "requestMethod": clean(extras.pop("method")),
        "status": clean(extras.pop("status")),
        "latency": f"{extras.pop('duration_ms') / 1000:.6f}s",
    }
    for ours, theirs in (
        ("path", "requestUrl"),
        ("client_ip", "remoteIp"),
        ("request_bytes", "requestSize"),
        ("response_bytes", "responseSize"),
    ):
        if (value := extras.pop(ours, None)) is not None:
            request[theirs] = str(clean(value))
    line["httpRequest"] = request


def _is_of_a_request(extras: Mapping[str, Any]) -> bool:
    if not all(name in extras for name in _HTTP):
        return False
    duration_ms = extras["duration_ms"]
    return isinstance(duration_ms, int | float) and 0 <= duration_ms < _LONGEST_MS


SCHEMAS: Mapping[SchemaName, Schema] = {
    "default": Schema(
        time="timestamp",
        level="level",
        logger="logger",
        request_id="request_id",
        user_id="user_id",
        trace_id="trace_id",
        span_id="span_id",
        levels={},
        constant={},
        taken=frozenset({"timestamp", "level", "logger", "message", "exception", "stack"}),
        tell=_tell_default,
        arrange=None,
    ),
    "ecs": Schema(
        time="@timestamp",
        level="log.level",
        logger="log.logger",
        request_id="http.request.id",
        user_id="user.id",
        trace_id="trace.id",
        span_id="span.id",
        levels={name: name.lower() for name in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")},
        constant={"ecs.version": _ECS_VERSION},
        taken=_ECS_FIELD_SETS | {"@timestamp", "message", "stack"},
        tell=_tell_ecs,
        arrange=_arrange_ecs,
    ),
    "gcp": Schema(
        time="time",
        level="severity",
        logger="logger",
        request_id="request_id",
        user_id="user_id",
        trace_id="logging.googleapis.com/trace",
        span_id="logging.googleapis.com/spanId",
        levels={},
        constant={},
        taken=_GCP_FIELDS | {"logger", "message", "stack"},
        tell=_tell_gcp,
        arrange=_arrange_gcp,
    ),
}
