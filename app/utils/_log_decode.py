"""Log lines read back, with the types of their fields."""

from __future__ import annotations

import msgspec


class LogLine(msgspec.Struct, frozen=True, gc=False):
    """A line in the default schema, as its readers want it; other extras are passed over."""

    timestamp: str
    level: str
    logger: str
    message: str
    request_id: str | None = None
    method: str | None = None
    endpoint: str | None = None
    path: str | None = None
    status: int | None = None
    duration_ms: float | None = None
    client_ip: str | None = None
    request_bytes: int | None = None
    response_bytes: int | None = None
    exception: dict[str, str] | None = None


_decode = msgspec.json.Decoder(LogLine).decode


def decode_line(line: bytes | str) -> LogLine:
    """One line of a log in the default schema.

    Raises:
        msgspec.DecodeError: It is none.
    """
    return _decode(line)
