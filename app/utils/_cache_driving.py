"""Takes the steps of the second tier, in coroutines and in threads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

from app.utils._cache_link import Link
from app.utils._cache_redis import AWAY, Command
from app.utils._cache_second import At, Call, Pause, Shards, Step, Steps

T = TypeVar("T")


def _no_call() -> Any:
    """Steps that do not call the function are driven without one."""
    raise AssertionError("these steps call nothing")


async def drive(
    steps: Steps[T], link: Link | None, call: Callable[[], Awaitable[Any]] = _no_call
) -> T:
    """Run the steps, awaiting each answer; without a link it is ``AWAY``."""
    proceed: Callable[[], Step] = partial(next, steps)
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
                answer = AWAY if link is None else await _ask(link, step)
        except Exception as error:  # noqa: BLE001 - the steps decide what an error means
            proceed = partial(steps.throw, error)
        else:
            proceed = partial(steps.send, answer)


def drive_blocking(steps: Steps[T], link: Link | None, call: Callable[[], Any] = _no_call) -> T:
    """Run the steps, waiting for each answer; without a link it is ``AWAY``."""
    proceed: Callable[[], Step] = partial(next, steps)
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
                answer = AWAY if link is None else _ask_blocking(link, step)
        except Exception as error:  # noqa: BLE001 - the steps decide what an error means
            proceed = partial(steps.throw, error)
        else:
            proceed = partial(steps.send, answer)


async def _ask(link: Link, step: Command | Shards | At) -> Any:
    if isinstance(step, Shards):
        return await link.shards()
    if isinstance(step, At):
        return await step.shard.run(*step.command)
    return await link.run(*step)


def _ask_blocking(link: Link, step: Command | Shards | At) -> Any:
    if isinstance(step, Shards):
        return link.shards_blocking()
    if isinstance(step, At):
        return step.shard.run_blocking(*step.command)
    return link.run_blocking(*step)
