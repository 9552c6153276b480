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


_decoder = msgspec.json.Decoder(LogLine)


def decode_line(line: bytes | str) -> LogLine:
    """One line of a log in the default schema.

    Raises:
        msgspec.DecodeError: It is none.
    """
    return _decoder.decode(line)


def decode_lines(lines: bytes | str) -> list[LogLine]:
    """All lines of a log in the default schema, or of a part of one that ends with a line.

    Raises:
        msgspec.DecodeError: A line is none; nothing tells which, so ask ``decode_line``.

    Cost: a tenth less a line than ``decode_line``.
    """
    return _decoder.decode_lines(lines)
