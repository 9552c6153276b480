"""Measuring in a fresh process: its memory and its caches are its own.

``python -m app.bench.child TASK`` reads one JSON object of arguments on standard input
and writes one JSON object.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from app.bench import import_tasks, seed_task
from app.bench.errors import MeasurementFailed

Run = Callable[..., Awaitable[dict[str, Any]]]
"""``run_child``, or in tests ``run_here``."""

Task = Callable[..., Coroutine[Any, Any, dict[str, Any]]]

TASKS: dict[str, Task] = {
    "import": import_tasks.import_once_or_twice,
    "floor": import_tasks.floor,
    "seed": seed_task.seed_catalogue,
}


async def run_here(task: str, **arguments: Any) -> dict[str, Any]:
    """The same in this process: quick, but its memory is not its own."""
    return await TASKS[task](**arguments)


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
    print(json.dumps(asyncio.run(TASKS[sys.argv[1]](**json.load(sys.stdin)))))  # noqa: T201 - the answer
