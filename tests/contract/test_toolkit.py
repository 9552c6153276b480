"""The usages of the toolkit that its users copy from the documentation, as written there."""

from __future__ import annotations

import json

import pytest

from app.utils.advanced_logging import setup_logging
from app.utils.metrics import get_metrics, request_count, testing, track_request


def test_a_logger_puts_extras_beside_the_message(capsys: pytest.CaptureFixture[str]) -> None:
    logger = setup_logging(__name__)
    logger.info("Message", extra={"user_id": 123, "action": "login"})
    line = json.loads(capsys.readouterr().err)
    assert line["message"] == "Message"
    assert line["level"] == "INFO"
    assert line["user_id"] == 123
    assert line["action"] == "login"


@pytest.mark.anyio
async def test_a_tracked_operation_is_measured_under_its_name() -> None:
    @track_request()
    async def expensive_operation() -> int:
        return 7

    with testing() as changed:
        assert await expensive_operation() == 7
        metrics_text = get_metrics()
        assert changed("operation_duration_count", operation="expensive_operation") == 1
    assert 'operation_duration_count{operation="expensive_operation"} ' in metrics_text


def test_request_count_has_the_promised_form() -> None:
    series = request_count.labels("GET", "/contract/example")
    series.inc(1234)
    lines = get_metrics().splitlines()
    start = lines.index("# HELP request_count Total HTTP requests")
    assert lines[start + 1] == "# TYPE request_count counter"
    assert 'request_count{method="GET",endpoint="/contract/example"} 1234' in lines


def test_every_family_is_announced_and_there_are_ten_or_more() -> None:
    announced = {
        line.split()[2]
        for line in get_metrics().splitlines()
        if line.startswith("# TYPE ") and not line.split()[2].startswith(("python_", "process_"))
    }
    assert {
        "request_count",
        "request_duration",
        "errors_total",
        "db_query_duration",
        "active_connections",
        "cache_hits_total",
        "cache_misses_total",
        "cache_size",
    } <= announced
    assert len(announced) >= 10
