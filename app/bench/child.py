"""Measuring in a fresh process: its memory and its caches are its own.

``python -m app.bench.child TASK`` reads one JSON object of arguments on standard input
and writes one JSON object.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from app.bench.errors import MeasurementFailed

Run = Callable[..., Awaitable[dict[str, Any]]]
"""``run_child``, or in tests ``run_here``."""

Task = Callable[..., Coroutine[Any, Any, dict[str, Any]]]

TASKS = {
    "import": "app.bench.import_tasks:import_once_or_twice",
    "floor": "app.bench.import_tasks:floor",
    "seed": "app.bench.seed_task:seed_catalogue",
    "hold-rows": "app.bench.toolkit.memory:hold_rows",
    "export-rows": "app.bench.toolkit.memory:export_rows",
    "toolkit-logs": "app.bench.toolkit.logs:measure",
    "toolkit-requests": "app.bench.toolkit.requests:measure",
    "toolkit-caches": "app.bench.toolkit.caches:measure",
    "toolkit-batches": "app.bench.toolkit.batches:measure",
    "toolkit-pools": "app.bench.toolkit.memory:time_pools",
    "toolkit-scrapes": "app.bench.toolkit.scrapes:measure",
}
"""Where each task is: imported by its own process alone, whose memory is then its own."""


def _find(task: str) -> Task:
    module, _, function = TASKS[task].partition(":")
    found: Task = getattr(importlib.import_module(module), function)
    return found


async def run_here(task: str, **arguments: Any) -> dict[str, Any]:
    """The same in this process: quick, but its memory is not its own."""
    return await _find(task)(**arguments)


async def run_child(task: str, **arguments: Any) -> dict[str, Any]:
    """The result of a task of ``TASKS`` in a process of its own.

    Raises:
        MeasurementFailed: It ended with an error; its last words are in the message.
    """
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "app.bench.child", task),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, complaint = await child.communicate(json.dumps(arguments).encode())
    if child.returncode != 0:
        raise MeasurementFailed(task, complaint.decode(errors="replace"))
    result: dict[str, Any] = json.loads(output)
    return result


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_find(sys.argv[1])(**json.load(sys.stdin)))))  # noqa: T201 - the answer
