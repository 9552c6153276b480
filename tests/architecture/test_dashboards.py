"""Dashboards and alerts ask for metrics that there are, in words that Prometheus knows."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.utils import metrics
from tests.fixtures.tools import DEPLOY, run_tool

DASHBOARDS = sorted((DEPLOY / "grafana" / "dashboards").glob("*.json"))
ALERTS = DEPLOY / "prometheus" / "alerts.yml"
ALERTS_TEST = DEPLOY.parent / "tests" / "fixtures" / "prometheus" / "alerts_test.yml"
SAMPLES = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum"), "gauge": ("",)}
TELLING = (
    *("request_count_total", "request_duration_bucket", "responses_total", "errors_total"),
    *("db_query_duration_bucket", "active_connections", "cache_hits_total", "cache_misses_total"),
    *("memory_rss_bytes", "log_records_dropped_total"),
)
OF_EVERY_SERIES = {"job", "instance"}


def stored() -> dict[str, set[str]]:
    """Names as Prometheus stores them, with their labels."""
    names = {"up": OF_EVERY_SERIES}
    for family in metrics.registry.collect():
        labels = metrics.label_names.get(family.name, ())
        for suffix in SAMPLES[family.type]:
            more = {"le"} if suffix == "_bucket" else set()
            names[family.name + suffix] = {*labels, *OF_EVERY_SERIES, *more}
    return names


def alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load(ALERTS.read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["panels"]
    return found


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in alerts())
    for path in DASHBOARDS:
        yield from (target["expr"] for panel in panels(path) for target in panel["targets"])


@pytest.mark.parametrize("expression", list(expressions()))
def test_metrics_and_labels_are_there(expression: str) -> None:
    names = stored()
    selected = re.findall(r"([a-z_]+)\{([^}]*)\}", expression)
    assert selected != []
    for name, matchers in selected:
        assert name in names
        assert set(re.findall(r"(\w+)=", matchers)) <= names[name], name
    grouped = {
        label.strip()
        for group in re.findall(r"by \(([^)]*)\)", expression)
        for label in group.split(",")
    }
    for name, _ in selected:
        assert grouped <= names[name], name


def test_every_kind_of_metric_that_tells_of_trouble_is_shown() -> None:
    shown = " ".join(expressions())
    for name in TELLING:
        assert f"{name}{{" in shown


def test_prometheus_can_read_every_expression(tmp_path: Path) -> None:
    rules = [
        {"record": f"rule:{number}", "expr": _filled_in(expression)}
        for number, expression in enumerate(expressions())
    ]
    path = tmp_path / "rules.yml"
    path.write_text(json.dumps({"groups": [{"name": "all", "rules": rules}]}))
    assert f"{len(rules)} rules found" in run_tool("promtool", "check", "rules", path)


def _filled_in(expression: str) -> str:
    return expression.replace("$instance", ".*").replace("$__rate_interval", "1m")


def test_prometheus_can_read_the_configurations() -> None:
    run_tool("promtool", "check", "config", DEPLOY / "prometheus" / "prometheus.yml")


def test_each_alert_fires_on_what_it_is_about_and_on_nothing_else(tmp_path: Path) -> None:
    shutil.copy(ALERTS, tmp_path)
    shutil.copy(ALERTS_TEST, tmp_path)
    run_tool("promtool", "test", "rules", tmp_path / ALERTS_TEST.name)
    tried = ALERTS_TEST.read_text("utf-8")
    assert [rule["alert"] for rule in alerts() if tried.count(rule["alert"]) < 2] == []


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: str(rule["alert"]))
def test_an_alert_says_what_is_wrong_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert set(rule["annotations"]) == {"summary", "description"}


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_panels_have_their_place_and_their_source(path: Path) -> None:
    (source,) = yaml.safe_load(
        (DEPLOY / "grafana" / "provisioning" / "datasources" / "voltway.yml").read_text("utf-8")
    )["datasources"]
    found = panels(path)
    assert {panel["datasource"]["uid"] for panel in found} == {source["uid"]}
    assert len({panel["id"] for panel in found}) == len(found)
    assert [
        (one["title"], other["title"])
        for one, other in combinations(found, 2)
        if _overlap(one["gridPos"], other["gridPos"])
    ] == []


def _overlap(one: dict[str, int], other: dict[str, int]) -> bool:
    return (
        one["x"] < other["x"] + other["w"]
        and other["x"] < one["x"] + one["w"]
        and one["y"] < other["y"] + other["h"]
        and other["y"] < one["y"] + one["h"]
    )
