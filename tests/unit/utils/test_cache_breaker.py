from __future__ import annotations

from app.utils._cache_breaker import Breaker


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_one_failure_does_not_open_it_and_an_answer_forgives() -> None:
    breaker = Breaker(Clock())
    for _ in range(5):
        breaker.failed()
        assert breaker.allows()
        breaker.succeeded()


def test_after_two_failures_nobody_asks_but_one_probe_a_pause() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    breaker.failed()
    breaker.failed()
    assert breaker.is_open
    assert not breaker.allows()
    clock.now_s = 1.0
    assert [breaker.allows() for _ in range(3)] == [True, False, False]
    breaker.succeeded()
    assert not breaker.is_open
    assert all(breaker.allows() for _ in range(3))


def test_pauses_double_up_to_a_bound() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    breaker.failed()
    breaker.failed()
    probes = []
    for tenth in range(200):
        clock.now_s = tenth / 10
        if breaker.allows():
            probes.append(clock.now_s)
            breaker.failed()
    assert probes == [1.0, 3.0, 7.0, 12.0, 17.0]


def test_one_failure_leaves_a_doubt_until_an_answer_comes() -> None:
    breaker = Breaker(Clock())
    assert not breaker.is_in_doubt
    breaker.failed()
    assert breaker.is_in_doubt
    assert breaker.allows()
    breaker.succeeded()
    assert not breaker.is_in_doubt
