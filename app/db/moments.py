"""Times as both databases keep them: milliseconds since 1970."""

from __future__ import annotations

from datetime import UTC, datetime


def to_epoch_ms(moment: datetime) -> int:
    """Milliseconds since 1970 of an aware time; raises ``ValueError`` for a naive one."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone; give an aware time")
    return round(moment.timestamp() * 1000)


def from_epoch_ms(epoch_ms: int) -> datetime:
    """The aware UTC time of milliseconds since 1970."""
    return datetime.fromtimestamp(epoch_ms / 1000, UTC)


def present() -> datetime:
    """This moment, as exactly as it is kept: what is answered at once reads back the same."""
    return from_epoch_ms(to_epoch_ms(datetime.now(UTC)))
