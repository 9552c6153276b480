"""Checks of what a service stands on: side by side, each within its deadline, shared by askers.

>>> checks = HealthChecks([Check("redis", ask_redis, is_required=False)])
>>> findings = await checks.look()
>>> worst(findings.values())
'ok'
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

Status = Literal["ok", "degraded", "down"]
"""``degraded``: it works, less well. ``down``: it does not."""

DEADLINE_S = 1.0
SHARED_S = 1.0

_ORDER: tuple[Status, ...] = ("ok", "degraded", "down")


class Finding(NamedTuple):
    """What a check saw."""

    status: Status
    detail: str
    """A sentence for operators; shown to anyone who asks, so without secrets."""
    facts: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at.

    Attributes:
        name: Under which its finding is told.
        look: Asks; may raise, may hang.
        is_required: Whether the service is down without it, rather than degraded.
        deadline_s: After which no answer is an answer too.
    """

    name: str
    look: Callable[[], Awaitable[Finding]]
    is_required: bool = True
    deadline_s: float = DEADLINE_S


@dataclass
class HealthChecks:
    """Looks at everything at once; whoever asks within ``shared_s`` gets the same answer.

    A check that hangs is left alone: it is told as such by its deadline, even if it cannot
    be cancelled, and is not begun again before it has ended. So however many ask, each
    dependency is asked by one at a time, and at most once in ``shared_s``.

    Args:
        checks: Their names differ.
        shared_s: How long findings hold, in seconds.
        clock: Seconds that only grow.
    """

    checks: Sequence[Check]
    shared_s: float = SHARED_S
    clock: Callable[[], float] = time.monotonic
    _round: asyncio.Task[dict[str, Finding]] | None = field(default=None, init=False)
    _looked_at: float = field(default=0.0, init=False)
    _hanging: dict[str, asyncio.Future[Finding]] = field(default_factory=dict, init=False)

    async def look(self) -> dict[str, Finding]:
        """Findings by name of check; never raises, and takes the longest deadline at most.

        Cost: nothing within ``shared_s`` of the last round; else what the checks cost.
        """
        is_old = self.clock() - self._looked_at >= self.shared_s
        if self._round is None or (self._round.done() and is_old):
            self._round = asyncio.create_task(self._look_at_all())
        # One asker who leaves must not take the answer away from the others.
        return await asyncio.shield(self._round)

    def close(self) -> None:
        """Give up what still hangs."""
        for task in (self._round, *self._hanging.values()):
            if task is not None:
                task.cancel()

    async def _look_at_all(self) -> dict[str, Finding]:
        findings = await asyncio.gather(*(self._look_at(check) for check in self.checks))
        self._looked_at = self.clock()
        return {check.name: finding for check, finding in zip(self.checks, findings, strict=True)}

    async def _look_at(self, check: Check) -> Finding:
        task = self._hanging.pop(check.name, None)
        if task is None or task.done():
            task = asyncio.ensure_future(check.look())
        await asyncio.wait((task,), timeout=check.deadline_s)
        if not task.done():
            task.cancel()
            task.add_done_callback(_error_of)
            self._hanging[check.name] = task
            return _failed(check, f"No answer within {check.deadline_s:g} s.")
        error = _error_of(task)
        if error is not None:
            # Its message may hold addresses and passwords.
            return _failed(check, f"It fails: {type(error).__name__}.")
        return task.result()


def worst(findings: Iterable[Finding]) -> Status:
    """The status of a whole: that of its worst part; ``ok`` where there is none."""
    return max((finding.status for finding in findings), key=_ORDER.index, default="ok")


def _failed(check: Check, detail: str) -> Finding:
    return Finding("down" if check.is_required else "degraded", detail)


def _error_of(ended: asyncio.Future[Finding]) -> BaseException | None:
    """Asked for, so that nobody complains that it never was."""
    return asyncio.CancelledError() if ended.cancelled() else ended.exception()
