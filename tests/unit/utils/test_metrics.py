"""The exposition in both forms, what runs before it, and the switch."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.openmetrics import parser as openmetrics_parser
from prometheus_client.parser import text_string_to_metric_families as read_text

from app.utils import _metrics_families, metrics
from app.utils import _metrics_text as text
from app.utils._metrics_shared import Member, SharedDirectory

read_openmetrics: Any = openmetrics_parser.text_string_to_metric_families
"""Untyped in the library."""

GOLDEN = r"""
# HELP request_count Total HTTP requests
# TYPE request_count counter
request_count{method="GET",endpoint="/a\"b\\c\nd"} 3
# HELP errors_total Errors
# TYPE errors_total counter
# HELP took Line\nand \\ back
# TYPE took histogram
took_bucket{le="0.5"} 1.0
took_bucket{le="+Inf"} 2.0
took_count 2.0
took_sum 9.25
# HELP busy Busy "now"
# TYPE busy gauge
busy{kind="x"} -1.5
""".lstrip()

GOLDEN_OPENMETRICS = r"""
# HELP request_count Total HTTP requests
# TYPE request_count counter
request_count_total{method="GET",endpoint="/a\"b\\c\nd"} 3.0
# HELP errors Errors
# TYPE errors counter
# HELP took Line\nand \\ back
# TYPE took histogram
took_bucket{le="0.5"} 1.0
took_bucket{le="+Inf"} 2.0 # {trace_id="abc"} 9.0 WHEN
took_count 2.0
took_sum 9.25
# HELP busy Busy \"now\"
# TYPE busy gauge
busy{kind="x"} -1.5
# EOF
""".lstrip()


@pytest.fixture
def registry() -> CollectorRegistry:
    registry = CollectorRegistry()
    asked = Counter(
        "request_count", "Total HTTP requests", ("method", "endpoint"), registry=registry
    )
    asked.labels("GET", '/a"b\\c\nd').inc(3)
    Counter("errors", "Errors", ("type",), registry=registry)
    took = Histogram("took", "Line\nand \\ back", buckets=(0.5,), registry=registry)
    took.observe(0.25)
    took.observe(9, {"trace_id": "abc"})
    Gauge("busy", 'Busy "now"', ("kind",), registry=registry).labels("x").set(-1.5)
    return registry


def test_the_text_form(registry: CollectorRegistry) -> None:
    assert text.render(registry.collect(), text.TEXT) == GOLDEN


def test_the_openmetrics_form(registry: CollectorRegistry) -> None:
    shown = text.render(registry.collect(), text.OPENMETRICS)
    assert re.sub(r"\d{10}\.\d+", "WHEN", shown) == GOLDEN_OPENMETRICS


label_values = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@settings(max_examples=60, deadline=None)
@given(
    label_values,
    st.floats(allow_nan=False, min_value=0, max_value=2**53),
    st.floats(allow_nan=False),
)
def test_what_is_written_is_read_back_by_the_librarys_parsers(
    label: str, counted: float, set_to: float
) -> None:
    registry = CollectorRegistry()
    Counter("asked", "Asked", ("who",), registry=registry).labels(label).inc(counted)
    Gauge("busy", "Busy", ("who",), registry=registry).labels(label).set(set_to)
    wanted = [("asked_total", {"who": label}, counted), ("busy", {"who": label}, set_to)]
    shown = text.render(registry.collect(), text.OPENMETRICS)
    found = [
        (sample.name, sample.labels, sample.value)
        for family in read_openmetrics(shown)
        for sample in family.samples
    ]
    assert found == wanted


def test_all_families_of_the_process_are_read_back_by_both_parsers() -> None:
    metrics.request_count.labels("GET", "/read/back").inc()
    as_text = {family.name: family.documentation for family in read_text(metrics.get_metrics())}
    openmetrics = {family.name for family in read_openmetrics(metrics.get_openmetrics())}
    assert set(metrics.label_names) <= set(as_text)
    assert set(as_text) == openmetrics


def test_families_without_a_series_are_told_too() -> None:
    shown = metrics.get_metrics()
    for name in metrics.label_names:
        assert re.search(rf"^# HELP {name}(_total)? \S", shown, re.MULTILINE), name
        assert re.search(rf"^# TYPE {name}(_total)? \w+$", shown, re.MULTILINE), name
    assert len(metrics.label_names) >= 10


def test_there_are_no_created_series_and_one_request_count() -> None:
    shown = metrics.get_metrics()
    assert shown.count("# TYPE request_count ") == 1
    assert "request_count_total" not in shown
    assert "_created" not in shown


@pytest.fixture
def callbacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_metrics_families, "_before_render", [])


@pytest.mark.usefixtures("callbacks")
def test_what_counts_in_integers_is_asked_before_each_rendering() -> None:
    calls: list[int] = []

    def hand_over() -> None:
        metrics.cache_size.labels("test", "memory").set(len(calls))
        calls.append(1)

    metrics.before_render(hand_over)
    metrics.before_render(hand_over)
    metrics.get_metrics()
    assert 'cache_size{cache="test",tier="memory"} 1.0' in metrics.get_openmetrics()
    assert len(calls) == 2, "it is kept once"


@pytest.mark.usefixtures("callbacks")
def test_a_callback_that_raises_is_counted_and_stops_nobody() -> None:
    calls: list[int] = []

    def breaks() -> None:
        raise RuntimeError("no")

    metrics.before_render(breaks)
    metrics.before_render(lambda: calls.append(1))
    with metrics.testing() as changed:
        assert changed("errors_total", type="metrics") == 1
    assert len(calls) == 2


def test_the_switch_is_as_it_was_after_a_test() -> None:
    assert metrics.is_enabled()
    with metrics.testing(enabled=False):
        assert not metrics.is_enabled()
        with metrics.testing():
            assert metrics.is_enabled()
        assert not metrics.is_enabled()
    assert metrics.is_enabled()


def test_of_several_processes_the_directory_is_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    directory = SharedDirectory(tmp_path_factory.mktemp("shared"))
    member = Member(directory.path)
    monkeypatch.setattr(metrics, "shared", directory)
    metrics.request_count.labels("GET", "/own").inc()
    shown = metrics.get_metrics()
    assert "# TYPE request_count counter" in shown
    assert "/own" not in shown, "it is in this process alone"
    assert "process_" not in shown
    member.leave()


@given(st.lists(st.floats(min_value=0, max_value=20) | st.sampled_from((0.001, 0.5, 10.0))))
def test_many_observations_at_once_show_as_one_by_one(amounts: list[float]) -> None:
    at_once, one_by_one = (
        Histogram("took", "Seconds", ("of",), buckets=(0.001, 0.5, 10.0), registry=None).labels("x")
        for _ in range(2)
    )
    metrics.observe_all(at_once, amounts)
    for amount in amounts:
        one_by_one.observe(amount)
    for ours, theirs in zip(_samples_of(at_once), _samples_of(one_by_one), strict=True):
        assert ours == (*theirs[:-1], pytest.approx(theirs[-1]))


def _samples_of(histogram: Histogram) -> list[tuple[Any, ...]]:
    return [
        (sample.name, sample.labels, sample.value)
        for family in histogram.collect()
        for sample in family.samples
        if not sample.name.endswith("_created")
    ]
