"""The second tier of a cached function: values in Redis, computed by one process at a time.

What to ask Redis is written once, as generators that yield commands and pauses; whether the
answers are awaited or waited for is the matter of who drives them.
"""

from __future__ import annotations

import secrets
import struct
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from app.utils import metrics
from app.utils._cache_packing import Corrupt, pack, unpack
from app.utils._cache_redis import AWAY, Command, RedisLink

T = TypeVar("T")

_UNLOCK = "if redis.call('GET',KEYS[1])==ARGV[1] then return redis.call('DEL',KEYS[1]) end return 0"
_LOCK_S = 10.0
_LONGEST_WAIT_S = 5.0
_FIRST_PAUSE_S = 0.02
_LONGEST_PAUSE_S = 0.2
_FRESH_UNTIL = struct.Struct(">d")
_SCANNED_AT_ONCE = 1000


@dataclass(frozen=True)
class Pause:
    """Wait a little before the next command."""

    seconds: float


class Call:
    """Call the function itself; what it raises is raised where this was yielded."""


CALL = Call()


class Shards:
    """Tell which servers share the keys."""


SHARDS = Shards()


@dataclass(frozen=True)
class At:
    """Ask this server of them."""

    shard: RedisLink
    command: Command


Step: TypeAlias = Command | Pause | Call | Shards | At
Steps: TypeAlias = Generator[Step, Any, T]


@dataclass(frozen=True)
class Stored:
    """A value as Redis holds it, and until when it is fresh (seconds of the wall clock)."""

    content: bytes
    fresh_until: float


@dataclass(frozen=True)
class Found:
    """What Redis says about a key.

    ``lock`` is this caller's right to compute, to be handed back; empty: nobody was asked
    for it, or it took too long to come. ``is_away``: storing is not worth trying either.
    """

    stored: Stored | None = None
    is_fresh: bool = False
    lock: str = ""
    is_away: bool = False


def find(name: str, *, now: float) -> Steps[Found]:
    """A fresh value, or the right to compute one, whichever comes first.

    Where another process computes, its value is waited for, for at most five seconds; a
    process that dies over it loses the right after ten.
    """
    lock = secrets.token_hex(8)
    waited_s, pause_s = 0.0, _FIRST_PAUSE_S
    stale: Stored | None = None
    while True:
        answer = yield ("GET", name)
        if answer is AWAY:
            return Found(stale, is_away=True)
        if answer is not None:
            try:
                stored = _read(answer)
            except Corrupt:
                metrics.errors_total.labels("cache").inc()
                yield ("UNLINK", name)
            else:
                if now + waited_s < stored.fresh_until:
                    return Found(stored, is_fresh=True)
                stale = stored
        got = yield ("SET", _lock_of(name), lock, "NX", "PX", round(1000 * _LOCK_S))
        if got is AWAY:
            return Found(stale, is_away=True)
        if got:
            return Found(stale, lock=lock)
        if waited_s >= _LONGEST_WAIT_S:
            return Found(stale)
        yield Pause(pause_s)
        waited_s += pause_s
        pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)


def store(name: str, stored: Stored, *, kept_s: float) -> Steps[None]:
    """Hold a value in Redis."""
    content = _FRESH_UNTIL.pack(stored.fresh_until) + pack(stored.content)
    lifetime = () if kept_s == float("inf") else ("PX", max(1, round(1000 * kept_s)))
    yield ("SET", name, content, *lifetime)


def unlock(name: str, found: Found) -> Steps[None]:
    """Hand back the right to compute, if it was had and did not run out."""
    if found.lock:
        yield ("EVAL", _UNLOCK, 1, _lock_of(name), found.lock)


def remove(name: str, channel: str, news: bytes) -> Steps[None]:
    """Drop one value, and tell the other processes."""
    yield ("UNLINK", name)
    yield ("PUBLISH", channel, news)


def remove_all(prefix: str, channel: str, news: bytes) -> Steps[None]:
    """Drop every value whose name begins so, walking over the keys without blocking Redis."""
    pattern = "".join(f"\\{sign}" if sign in "*?[]\\^" else sign for sign in prefix) + "*"
    for shard in (yield SHARDS):
        cursor: Any = 0
        while True:
            scan = ("SCAN", cursor, "MATCH", pattern, "COUNT", _SCANNED_AT_ONCE)
            answer = yield At(shard, scan)
            if answer is AWAY:
                break
            cursor, names = answer
            for name in names:
                yield ("UNLINK", name)
            if int(cursor) == 0:
                break
    yield ("PUBLISH", channel, news)


def _read(answer: bytes) -> Stored:
    if len(answer) <= _FRESH_UNTIL.size:
        raise Corrupt("a stored value that is cut off")
    (fresh_until,) = _FRESH_UNTIL.unpack_from(answer)
    return Stored(unpack(answer[_FRESH_UNTIL.size :]), fresh_until)


def _lock_of(name: str) -> str:
    return f"{name}:lock"
