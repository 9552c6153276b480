"""What readers of ``/metrics`` rely on, told by a process in which nothing happened yet."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from app.utils import metrics
from tests.fixtures.services import missing

FAMILIES = """\
request_count counter method,endpoint
request_duration histogram method,endpoint
requests_in_progress gauge
responses_total counter status
slow_requests_total counter
streams_in_progress gauge kind
streams_opened_total counter kind
errors_total counter type
operation_duration histogram operation
operations_in_progress gauge operation
db_query_duration histogram operation,table
active_connections gauge
batch_rows histogram operation
cache_hits_total counter cache,tier
cache_misses_total counter cache,tier
cache_size gauge cache,tier
cache_bytes gauge cache,tier
log_records_dropped_total counter level
memory_rss_bytes gauge
memory_limit_bytes gauge
""".splitlines()


@pytest.fixture(scope="module")
def fresh() -> str:
    """The exposition of a process that has just begun."""
    program = "from app.utils.metrics import get_metrics; print(get_metrics(), end='')"
    ended = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    return ended.stdout


def test_every_family_is_told_before_the_first_request(fresh: str) -> None:
    lines = fresh.splitlines()
    told = {line.split()[2]: line.split()[3] for line in lines if line.startswith("# TYPE ")}
    explained = [line.split()[2] for line in lines if line.startswith("# HELP ")]
    wanted = {line.split()[0]: line.split()[1] for line in FAMILIES}
    assert {name: kind for name, kind in told.items() if not name.startswith("process_")} == wanted
    assert explained == list(told)


def test_labels_are_these_and_no_others() -> None:
    wanted = {line.split()[0].removesuffix("_total"): line.split()[2:] for line in FAMILIES}
    found = {
        name: [",".join(labels)] if labels else [] for name, labels in metrics.label_names.items()
    }
    assert found == wanted


def test_the_literal_lines(fresh: str) -> None:
    assert fresh.startswith(
        "# HELP request_count Total HTTP requests\n# TYPE request_count counter\n"
    )
    assert "\nactive_connections 0.0\n" in fresh
    metrics.request_count.labels("GET", "/api/v1/literally").inc(1234)
    lines = metrics.get_metrics().splitlines()
    assert 'request_count{method="GET",endpoint="/api/v1/literally"} 1234' in lines


def test_promtool_can_read_it_and_dislikes_one_name_that_was_promised() -> None:
    metrics.request_count.labels("GET", "/promtool").inc()
    if shutil.which("promtool") is None:
        missing("there is no promtool", "apt-get install -y --no-install-recommends prometheus")
    ended = subprocess.run(
        ["promtool", "check", "metrics"],
        input=metrics.get_metrics(),
        capture_output=True,
        text=True,
        check=False,
    )
    told = set(ended.stderr.splitlines())
    assert ended.returncode in {0, 3}, ended.stderr
    assert told == {
        'request_count counter metrics should have "_total" suffix',
        'request_count non-histogram and non-summary metrics should not have "_count" suffix',
    }
