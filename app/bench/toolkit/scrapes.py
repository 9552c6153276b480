"""How soon metrics are seen: rendering them at growing numbers of endpoints."""

from __future__ import annotations

import time
from statistics import median
from typing import Any

from app.bench.report import Aim, Table
from app.bench.toolkit.section import Section
from app.utils import metrics

ENDPOINTS = (10, 100, 200)
_AIMED = 200
_AIM_MS = 100.0


async def measure(*, rounds: int) -> dict[str, Any]:
    """Milliseconds of one rendering with so many endpoints counted and timed."""
    rendering_ms: dict[str, float] = {}
    sizes: dict[str, int] = {}
    known = 0
    for endpoints in ENDPOINTS:
        for number in range(known, endpoints):
            metrics.request_count.labels("GET", f"/bench/{number}").inc()
            metrics.request_duration.labels("GET", f"/bench/{number}").observe(0.01)
        known = endpoints
        times_s = []
        for _ in range(rounds):
            began_s = time.perf_counter()
            sizes[str(endpoints)] = len(metrics.get_metrics())
            times_s.append(time.perf_counter() - began_s)
        rendering_ms[str(endpoints)] = median(times_s) * 1000
    return {"rendering_ms": rendering_ms, "bytes": sizes}


def describe(findings: dict[str, Any]) -> Section:
    """The table and the aim of what was measured."""
    rendering_ms, sizes = findings["rendering_ms"], findings["bytes"]
    return Section(
        tables=(
            Table(
                "Metrics: one rendering",
                ("endpoints", "ms", "bytes"),
                tuple((name, ms, sizes[name]) for name, ms in rendering_ms.items()),
            ),
        ),
        aims=(Aim(f"metrics of {_AIMED} endpoints", "ms", _AIM_MS, rendering_ms[str(_AIMED)]),),
    )
