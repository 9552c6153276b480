from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from app.utils.health import Check, Finding, HealthChecks, worst

pytestmark = pytest.mark.anyio

_SOON_S = 0.02


class _Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


class _Dependency:
    """Counts who asks; answers once it is let."""

    def __init__(self) -> None:
        self.asked = 0
        self.was_asked = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def __call__(self) -> Finding:
        self.asked += 1
        self.was_asked.set()
        await self.may_answer.wait()
        return Finding("ok", "It answers.")


class _Stubborn(_Dependency):
    """Cannot be cancelled, like a thread that waits for a socket."""

    async def __call__(self) -> Finding:
        self.asked += 1
        self.was_asked.set()
        while not self.may_answer.is_set():
            try:
                await self.may_answer.wait()
            except asyncio.CancelledError:
                continue
        raise OSError("postgresql://user:password@host is away")


def _failing(error: BaseException) -> Callable[[], Awaitable[Finding]]:
    async def look() -> Finding:
        raise error

    return look


def _checks(*checks: Check, clock: Callable[[], float] | None = None) -> HealthChecks:
    return HealthChecks(checks, clock=clock or _Clock())


async def test_what_each_check_saw_is_told_by_name() -> None:
    checks = _checks(Check("one", _Dependency()), Check("two", _Dependency()))
    found = await checks.look()
    assert found == {"one": Finding("ok", "It answers."), "two": Finding("ok", "It answers.")}


async def test_checks_run_side_by_side() -> None:
    first, second = _Dependency(), _Dependency()
    first.may_answer.clear()

    async def second_lets_first_answer() -> Finding:
        first.may_answer.set()
        return await second()

    found = await _checks(Check("first", first), Check("second", second_lets_first_answer)).look()
    assert found["first"].status == "ok"


@pytest.mark.parametrize(("is_required", "status"), [(True, "down"), (False, "degraded")])
async def test_only_what_is_required_takes_the_service_down(
    *, is_required: bool, status: str
) -> None:
    look = _failing(OSError("redis://:secret@host is away"))
    found = await _checks(Check("one", look, is_required=is_required)).look()
    assert found["one"].status == status
    assert found["one"].detail == "It fails: OSError."


async def test_a_check_that_is_cancelled_from_inside_has_failed() -> None:
    found = await _checks(Check("one", _failing(asyncio.CancelledError()))).look()
    assert found["one"].status == "down"


async def test_no_answer_is_told_by_the_deadline() -> None:
    hanging = _Dependency()
    hanging.may_answer.clear()
    found = await _checks(Check("one", hanging, deadline_s=_SOON_S)).look()
    assert found["one"] == Finding("down", "No answer within 0.02 s.")


async def test_what_cannot_be_cancelled_is_asked_once_until_it_ends() -> None:
    clock, stubborn = _Clock(), _Stubborn()
    stubborn.may_answer.clear()
    checks = _checks(Check("one", stubborn, deadline_s=_SOON_S), clock=clock)
    told = []
    for _ in range(3):
        clock.now_s += 2
        told.append((await checks.look())["one"].status)
    asked = stubborn.asked
    stubborn.may_answer.set()  # before anything can fail: it would keep the test from ending
    assert (told, asked) == (["down"] * 3, 1)
    await asyncio.wait(checks._hanging.values())
    clock.now_s += 2
    assert (await checks.look())["one"].detail == "It fails: OSError."
    assert stubborn.asked == 2


async def test_many_askers_are_one_question() -> None:
    clock, dependency = _Clock(), _Dependency()
    checks = _checks(Check("one", dependency), clock=clock)
    await asyncio.gather(*(checks.look() for _ in range(50)))
    clock.now_s += 0.9
    await checks.look()
    assert dependency.asked == 1
    clock.now_s += 0.2
    await checks.look()
    assert dependency.asked == 2


async def test_an_asker_who_leaves_takes_nothing_away_from_the_others() -> None:
    dependency = _Dependency()
    dependency.may_answer.clear()
    checks = _checks(Check("one", dependency))
    leaving = asyncio.create_task(checks.look())
    staying = asyncio.create_task(checks.look())
    await dependency.was_asked.wait()
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    dependency.may_answer.set()
    assert (await staying)["one"].status == "ok"
    assert dependency.asked == 1


async def test_closing_gives_up_what_hangs() -> None:
    hanging = _Dependency()
    hanging.may_answer.clear()
    checks = _checks(Check("one", hanging))
    asking = asyncio.create_task(checks.look())
    await hanging.was_asked.wait()
    checks.close()
    with pytest.raises(asyncio.CancelledError):
        await asking
    _checks(Check("one", hanging)).close()


def test_the_worst_part_decides() -> None:
    findings = [Finding(status, "") for status in ("ok", "down", "degraded")]
    assert worst(findings) == "down"
    assert worst(findings[::2]) == "degraded"
    assert worst([]) == "ok"
