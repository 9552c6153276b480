"""What was found of capacity: tables and aims."""

from __future__ import annotations

from typing import Any

from app.bench.report import Aim, Result, Table

RATE_AIM = 0.9
"""PostgreSQL's rate over HTTP with warm cards, of SQLite's."""

_MIX = (
    "One mix: the nearest 50 with connector and power, cards warm. The load comes from the same"
    " machine and takes a core of its own: cores are those of the service alone."
)
_FIT = (
    "The model is fitted to the smallest and the largest service of one worker on SQLite, and"
    " what another worker adds to the smallest; all else is predicted. Sockets are kept-alive"
    " connections that wait."
)


def described(run: dict[str, Any], data: dict[str, Any], findings: dict[str, Any]) -> Result:
    """The result with its tables; ``findings`` as ``run.measure_capacity`` gathers them."""
    services = findings["services"]
    findings["postgresql_to_sqlite"] = _ratios(services)
    return Result(
        name="capacity",
        run=run,
        data=data,
        findings=findings,
        tables=(_services_table(services), _check_table(services)),
        aims=tuple(
            Aim(
                f"rate on PostgreSQL to SQLite, {ratio['stations']:,} stations,"
                f" {ratio['workers']} worker{'s' * (ratio['workers'] > 1)}",
                "×",
                RATE_AIM,
                ratio["rate"],
                at_least=True,
            )
            for ratio in findings["postgresql_to_sqlite"]
        ),
        notes=(_MIX, _FIT),
    )


def _ratios(services: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Services on PostgreSQL beside the same on SQLite."""
    by_place = {(each["stations"], each["workers"], each["database"]): each for each in services}
    return [
        {
            "stations": stations,
            "workers": workers,
            "rate": round(on_postgresql["requests_per_s"] / on_sqlite["requests_per_s"], 3),
            "cpu": round(on_postgresql["cpu_us_per_request"] / on_sqlite["cpu_us_per_request"], 3),
        }
        for (stations, workers, database), on_postgresql in by_place.items()
        if database == "PostgreSQL"
        for on_sqlite in [by_place[stations, workers, "SQLite"]]
    ]


def _services_table(services: list[dict[str, Any]]) -> Table:
    columns = {
        "requests_per_s": "requests per s",
        "p99_ms": "p99 (ms)",
        "cpu_us_per_request": "CPU a request (µs)",
        "cores": "cores",
        "memory_mb_per_worker": "MB a worker",
        "bytes_per_socket": "bytes a socket",
        "connections": "connections",
        "failures": "failures",
    }
    return Table(
        "Whole services under load",
        ("", *columns.values()),
        tuple((_name(each), *(each.get(key) for key in columns)) for each in services),
    )


def _check_table(services: list[dict[str, Any]]) -> Table:
    return Table(
        "The model held against them",
        ("", "cores", "model", "off by (%)", "MB a worker", "model", "off by (%)"),
        tuple(
            (
                _name(each),
                each["cores"],
                each["model_cores"],
                off_percent(each["model_cores"], each["cores"]),
                each["memory_mb_per_worker"],
                each["model_memory_mb_per_worker"],
                off_percent(each["model_memory_mb_per_worker"], each["memory_mb_per_worker"]),
            )
            for each in services
        ),
    )


def off_percent(predicted: float, measured: float) -> float:
    """How far a prediction is from what was measured, in per cent of it."""
    return round((predicted / measured - 1) * 100, 1)


def _name(service: dict[str, Any]) -> str:
    workers = service["workers"]
    return (
        f"{service['stations']:,} stations, {service['database']},"
        f" {workers} worker{'s' * (workers > 1)}"
    )
