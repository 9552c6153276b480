"""``voltway bench toolkit``: every part in turn, and the claims in one table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from app.bench.child import Run, run_child
from app.bench.machine import describe_run
from app.bench.report import Result, Table
from app.bench.toolkit import batches, caches, logs, memory, requests, scrapes
from app.bench.toolkit.section import CLAIM_COLUMNS, Section

Say = Callable[[str], None]

NOTES = (
    "A factor is baseline over ours in the same run: of rates and times alike, more is better.",
    "Both sides share the cores with whatever else runs: compare factors, not absolute numbers.",
)


class Effort(NamedTuple):
    """How much is done."""

    calls: int
    """Of something that takes microseconds."""
    rows: int
    """Of something that takes a database row."""
    slow_rows: int
    """Of something that takes a transaction."""
    big_rows: int
    """Of a result that is held or streamed."""
    rounds: int
    """Turns; their median counts."""


FULL = Effort(calls=20_000, rows=20_000, slow_rows=500, big_rows=1_000_000, rounds=5)
QUICK = Effort(calls=2_000, rows=2_000, slow_rows=50, big_rows=50_000, rounds=2)


async def measure_toolkit(
    effort: Effort,
    *,
    folder: Path,
    say: Say,
    redis_url: str | None = None,
    postgresql_url: str | None = None,
    run_task: Run = run_child,
) -> Result:
    """Measure every part beside its baselines.

    Args:
        effort: How much is done.
        folder: For logs and databases; the caller removes it.
        say: Told what is being done.
        redis_url: A Redis for the second cache tier; keys are made under a prefix and removed.
        postgresql_url: A database where a table may be made and dropped.
        run_task: Runs a task of ``bench.child``; in a process of its own, unless tested.

    Raises:
        MeasurementFailed: A process of the benchmark failed.
    """
    run = describe_run(seed=None)
    common = {"rounds": effort.rounds, "folder": str(folder)}
    findings: dict[str, dict[str, Any]] = {}
    say("log lines")
    findings["logs"] = await run_task("toolkit-logs", calls=effort.calls, **common)
    say("requests through the layers")
    findings["requests"] = await run_task("toolkit-requests", calls=effort.calls // 4, **common)
    say("caches")
    findings["caches"] = await run_task(
        "toolkit-caches",
        calls=effort.calls,
        redis_url=redis_url,
        postgresql_url=postgresql_url,
        **common,
    )
    say("bulk writes")
    findings["batches"] = await run_task(
        "toolkit-batches",
        rows=effort.rows,
        slow_rows=effort.slow_rows,
        postgresql_url=postgresql_url,
        **common,
    )
    say("memory")
    findings["memory"] = {
        "rows": effort.big_rows,
        "peak_above_start_mb": {
            name: (await run_task(task, rows=effort.big_rows, **arguments))["peak_mb"]
            for name, (task, arguments) in memory.PEAKS.items()
        },
        "pools_us": await run_task("toolkit-pools", calls=effort.calls, rounds=effort.rounds),
    }
    say("metrics")
    findings["scrapes"] = await run_task("toolkit-scrapes", rounds=effort.rounds)
    return _result(run, effort, findings)


def _result(run: dict[str, Any], effort: Effort, findings: dict[str, dict[str, Any]]) -> Result:
    parts = (logs, requests, caches, batches, memory, scrapes)
    sections: list[Section] = [
        part.describe(found) for part, found in zip(parts, findings.values(), strict=True)
    ]
    claims = [claim for section in sections for claim in section.claims]
    return Result(
        name="toolkit",
        run=run,
        data=effort._asdict(),
        findings={**findings, "claims": [claim.as_json() for claim in claims]},
        tables=(
            *(table for section in sections for table in section.tables),
            Table("Claims", CLAIM_COLUMNS, tuple(claim.as_row() for claim in claims)),
        ),
        aims=tuple(aim for section in sections for aim in section.aims),
        notes=(*(note for section in sections for note in section.notes), *NOTES),
    )
