"""The second tier of a cached function: values in Redis, computed by one process at a time.

What to ask Redis is written once, as generators that yield commands and pauses; whether the
answers are awaited or waited for is the driver's matter.
"""

from __future__ import annotations

import asyncio
import secrets
import struct
import threading
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass
from functools import partial
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
Steps: TypeAlias = Generator[Command | Pause | Call, Any, T]


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
    cursor: Any = 0
    while True:
        answer = yield ("SCAN", cursor, "MATCH", pattern, "COUNT", _SCANNED_AT_ONCE)
        if answer is AWAY:
            return
        cursor, names = answer
        for name in names:
            yield ("UNLINK", name)
        if int(cursor) == 0:
            break
    yield ("PUBLISH", channel, news)


def _no_call() -> Any:
    """Steps that do not call the function are driven without one."""
    raise AssertionError("these steps call nothing")


async def drive(
    steps: Steps[T], link: RedisLink | None, call: Callable[[], Awaitable[Any]] = _no_call
) -> T:
    """Run the steps, awaiting each answer."""
    proceed: Callable[[], Command | Pause | Call] = partial(next, steps)
    while True:
        try:
            step = proceed()
        except StopIteration as end:
            result: T = end.value
            return result
        try:
            answer = None
            if isinstance(step, Call):
                answer = await call()
            elif isinstance(step, Pause):
                await asyncio.sleep(step.seconds)
            else:
                answer = AWAY if link is None else await link.run(*step)
        except Exception as error:  # noqa: BLE001 - the steps decide what an error means
            proceed = partial(steps.throw, error)
        else:
            proceed = partial(steps.send, answer)


def drive_blocking(
    steps: Steps[T], link: RedisLink | None, call: Callable[[], Any] = _no_call
) -> T:
    """Run the steps, waiting for each answer."""
    proceed: Callable[[], Command | Pause | Call] = partial(next, steps)
    while True:
        try:
            step = proceed()
        except StopIteration as end:
            result: T = end.value
            return result
        try:
            answer = None
            if isinstance(step, Call):
                answer = call()
            elif isinstance(step, Pause):
                threading.Event().wait(step.seconds)
            else:
                answer = AWAY if link is None else link.run_blocking(*step)
        except Exception as error:  # noqa: BLE001 - the steps decide what an error means
            proceed = partial(steps.throw, error)
        else:
            proceed = partial(steps.send, answer)


def _read(answer: bytes) -> Stored:
    if len(answer) <= _FRESH_UNTIL.size:
        raise Corrupt("a stored value that is cut off")
    (fresh_until,) = _FRESH_UNTIL.unpack_from(answer)
    return Stored(unpack(answer[_FRESH_UNTIL.size :]), fresh_until)


def _lock_of(name: str) -> str:
    return f"{name}:lock"
