from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Iterator

import pytest

from app.utils.metrics import (
    get_metrics,
    get_openmetrics,
    operations_in_progress,
    registry,
    request_count,
    track_request,
)


def _count(operation: str) -> float:
    value = registry.get_sample_value("operation_duration_count", {"operation": operation})
    return value or 0.0


def test_a_plain_function_is_measured_also_when_it_raises() -> None:
    @track_request()
    def fails_plainly() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fails_plainly()
    assert _count("fails_plainly") == 1


def test_a_generator_is_measured_over_its_whole_run() -> None:
    @track_request()
    def counts(upto: int) -> Iterator[int]:
        yield from range(upto)

    assert list(counts(3)) == [0, 1, 2]
    assert _count("counts") == 1


@pytest.mark.anyio
async def test_an_async_generator_is_measured_over_its_whole_run() -> None:
    @track_request()
    async def counts_slowly(upto: int) -> AsyncIterator[int]:
        for number in range(upto):
            yield number

    assert [number async for number in counts_slowly(2)] == [0, 1]
    assert _count("counts_slowly") == 1


@pytest.mark.anyio
async def test_what_is_cancelled_is_no_longer_in_progress() -> None:
    begun = asyncio.Event()

    @track_request()
    async def waits_forever() -> None:
        begun.set()
        await asyncio.Event().wait()

    in_progress = operations_in_progress.labels("waits_forever")
    task = asyncio.create_task(waits_forever())
    await begun.wait()
    assert in_progress._value.get() == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert in_progress._value.get() == 0
    assert _count("waits_forever") == 1


def test_the_signature_stays() -> None:
    @track_request()
    async def named(a: int, *, b: str = "x") -> str:
        """Say so."""
        return b * a

    assert inspect.iscoroutinefunction(named)
    assert list(inspect.signature(named).parameters) == ["a", "b"]
    assert named.__doc__ == "Say so."


def test_label_values_are_escaped() -> None:
    request_count.labels("GET", 'a"b\\c\nd').inc()
    assert 'endpoint="a\\"b\\\\c\\nd"' in get_metrics()


def test_openmetrics_has_the_standards_suffix() -> None:
    request_count.labels("GET", "/openmetrics").inc(3)
    text = get_openmetrics()
    assert "# TYPE request_count counter" in text
    assert 'request_count_total{method="GET",endpoint="/openmetrics"} 3.0' in text
    assert text.endswith("# EOF\n")


def test_the_text_form_has_one_request_count_and_no_created_series() -> None:
    text = get_metrics()
    assert text.count("# TYPE request_count ") == 1
    assert "request_count_total" not in text
    assert "_created" not in text
