"""What is asked of Redis, step by step; no Redis needed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from app.utils import _cache_second as second
from app.utils import metrics
from app.utils._cache_driving import drive, drive_blocking
from app.utils._cache_redis import AWAY, RedisLink
from app.utils._cache_second import Found, Pause, Stored


class Script:
    """Answers the commands of some steps in turn, and notes what was asked."""

    def __init__(self, *answers: Any, shards: int = 1) -> None:
        self.shards = shards
        self.answers = list(answers)
        self.asked: list[Any] = []
        self.paused_s = 0.0

    def run(self, steps: second.Steps[Any]) -> Any:
        answer: Any = None
        while True:
            try:
                step = steps.send(answer)
            except StopIteration as end:
                return end.value
            if isinstance(step, Pause):
                self.paused_s += step.seconds
                answer = None
            elif isinstance(step, second.Shards):
                answer = [RedisLink("redis://nobody")] * self.shards
            elif isinstance(step, second.At):
                self.asked.append(step.command[0])
                answer = self.answers.pop(0)
            else:
                assert isinstance(step, tuple)
                self.asked.append(step[0])
                answer = self.answers.pop(0) if self.answers else None


def written(stored: Stored) -> Any:
    steps = second.store("k", stored, kept_s=float("inf"))
    command: Any = next(steps)
    assert command[:2] == ("SET", "k")
    assert len(command) == 3
    return command[2]


FRESH = Stored(b"value", 100.0)


def test_a_fresh_value_needs_one_question() -> None:
    script = Script(written(FRESH))
    assert script.run(second.find("k", now=99.0)) == Found(FRESH, is_fresh=True)
    assert script.asked == ["GET"]


def test_a_miss_asks_for_the_right_to_compute() -> None:
    script = Script(None, True)
    found = script.run(second.find("k", now=0.0))
    assert (found.stored, found.is_fresh, bool(found.lock)) == (None, False, True)
    assert Script(1).run(second.unlock("k", found)) is None


def test_a_stale_value_comes_with_the_right_to_compute_a_fresh_one() -> None:
    found = Script(written(FRESH), True).run(second.find("k", now=101.0))
    assert (found.stored, found.is_fresh, bool(found.lock)) == (FRESH, False, True)


def test_the_value_of_another_is_waited_for() -> None:
    script = Script(None, None, None, None, written(FRESH))
    assert script.run(second.find("k", now=0.0)) == Found(FRESH, is_fresh=True)
    assert script.asked == ["GET", "SET", "GET", "SET", "GET"]
    assert script.paused_s == pytest.approx(0.06)


def test_nobody_waits_for_ever() -> None:
    script = Script()
    assert script.run(second.find("k", now=0.0)) == Found()
    assert script.paused_s == pytest.approx(5.0, abs=0.2)
    assert Script().run(second.unlock("k", Found())) is None


@pytest.mark.parametrize("answers", [(AWAY,), (None, AWAY)])
def test_a_redis_that_goes_away_is_asked_nothing_more(answers: tuple[Any, ...]) -> None:
    script = Script(*answers)
    assert script.run(second.find("k", now=0.0)).is_away
    assert len(script.asked) == len(answers)


@pytest.mark.parametrize("content", [b"", b"short", bytes(8) + b"\x09bad"])
def test_corrupt_values_are_dropped(content: bytes) -> None:
    script = Script(content, 1, True)
    with metrics.testing() as changed:
        assert script.run(second.find("k", now=0.0)).lock
        assert changed("errors_total", type="cache") == 1
    assert script.asked == ["GET", "UNLINK", "SET"]


def test_a_lifetime_is_at_least_a_millisecond() -> None:
    command: Any = next(second.store("k", FRESH, kept_s=0.0))
    assert command[3:] == ("PX", 1)


def test_clearing_walks_over_the_keys_and_escapes_signs() -> None:
    script = Script([b"7", [b"a", b"b"]], 1, 1, [b"0", []], 0)
    script.run(second.remove_all("odd[1]*:", "channel", b"news"))
    assert script.asked == ["SCAN", "UNLINK", "UNLINK", "SCAN", "PUBLISH"]
    steps = second.remove_all("odd[1]*:", "channel", b"news")
    next(steps)
    scan: Any = steps.send([RedisLink("redis://nobody")])
    assert scan.command[3] == r"odd\[1\]\*:*"


def test_clearing_goes_on_where_one_of_several_servers_is_away() -> None:
    script = Script(AWAY, [b"0", [b"a"]], 1, 0, shards=2)
    script.run(second.remove_all("x", "channel", b"news"))
    assert script.asked == ["SCAN", "SCAN", "UNLINK", "PUBLISH"]


def test_steps_that_call_nothing_must_not_call() -> None:
    def steps() -> second.Steps[None]:
        yield second.CALL

    with pytest.raises(AssertionError):
        drive_blocking(steps(), None)


def some_steps() -> second.Steps[list[Any]]:
    answers = []
    for step in (("GET", "k"), Pause(0.0), second.CALL):
        try:
            answers.append((yield step))
        except ValueError as error:
            answers.append(str(error))
    return answers


def failing() -> None:
    raise ValueError("no")


async def failing_later() -> None:
    failing()


def test_both_drivers_answer_pause_and_hand_over_errors() -> None:
    assert drive_blocking(some_steps(), None, failing) == [AWAY, None, "no"]
    assert asyncio.run(drive(some_steps(), None, failing_later)) == [AWAY, None, "no"]
