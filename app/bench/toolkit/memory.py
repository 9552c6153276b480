"""Memory: rows held and rows streamed, each in a process of its own, by its peak."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from app.bench.memory import PeakMemory
from app.bench.report import Aim, Table
from app.bench.toolkit.section import Claim, Section, time_loops
from app.utils.memory_optimization import MemoryPool, StreamingProcessor

_DICTS, _STRUCTS = "a list of dicts", "a list of structs"
_WHOLE, _STREAMED = "an export made whole", "an export streamed"
_SMALLEST_PEAK_MB = 0.1
"""What the kernel tells is no finer."""
_A_FIFTH_LESS = 1.25
_BUFFER_BYTES = 1 << 20
_LINES = b"x" * _BUFFER_BYTES
_encode = msgspec.json.Encoder().encode


class _Row(msgspec.Struct, gc=False):
    id: int
    name: str
    latitude: float
    longitude: float
    max_power_kw: float
    evse_count: int


def _as_dict(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "name": f"Station {number}",
        "latitude": 48.0 + number * 1e-6,
        "longitude": 2.0 + number * 1e-6,
        "max_power_kw": 22.0 + number % 7,
        "evse_count": number % 300 + 300,
    }


def _as_struct(number: int) -> _Row:
    return _Row(
        number,
        f"Station {number}",
        48.0 + number * 1e-6,
        2.0 + number * 1e-6,
        22.0 + number % 7,
        number % 300 + 300,
    )


async def hold_rows(*, shape: str, rows: int) -> dict[str, Any]:
    """Keep rows as ``dicts`` or ``structs``: the peak above the start in MB."""
    make = {"dicts": _as_dict, "structs": _as_struct}[shape]
    memory = PeakMemory()
    held = [make(number) for number in range(rows)]
    return {"rows": len(held), "peak_mb": _read(memory)}


async def export_rows(*, way: str, rows: int) -> dict[str, Any]:
    """Encode rows all at once or ``streamed``: bytes written and the peak above the start."""
    memory = PeakMemory()
    written = 0
    if way == "whole":
        lines = [_encode(_as_dict(number)) for number in range(rows)]
        written = len(b"\n".join(lines)) + 1
    else:
        async for line in StreamingProcessor.stream_process(_lines(rows), chunk_size=500):
            written += len(line)
    return {"bytes": written, "peak_mb": _read(memory)}


def _read(memory: PeakMemory) -> float:
    return max(memory.above_start_mb() or 0.0, _SMALLEST_PEAK_MB)


def _lines(rows: int) -> Iterator[bytes]:
    for number in range(rows):
        yield _encode(_as_dict(number)) + b"\n"


PEAKS: dict[str, tuple[str, dict[str, str]]] = {
    _DICTS: ("hold-rows", {"shape": "dicts"}),
    _STRUCTS: ("hold-rows", {"shape": "structs"}),
    _WHOLE: ("export-rows", {"way": "whole"}),
    _STREAMED: ("export-rows", {"way": "streamed"}),
}
"""Each peak by its name: the task, to be run in a process of its own, and its arguments."""


def describe(findings: dict[str, Any]) -> Section:
    """Tables, aims and claims of what was measured."""
    peaks, pools = findings["peak_above_start_mb"], findings["pools_us"]
    return Section(
        tables=(
            Table(
                f"Memory: peak above the start, {findings['rows']:,} rows, a process each",
                ("", "MB"),
                tuple(peaks.items()),
            ),
            Table("Memory: a thing from a pool and back", ("", "µs"), tuple(pools.items())),
        ),
        aims=(
            Aim("structs, share of dicts' memory", "", 0.70, peaks[_STRUCTS] / peaks[_DICTS]),
            Aim("streamed export, share of whole", "", 0.05, peaks[_STREAMED] / peaks[_WHOLE]),
        ),
        claims=(
            Claim("memory 20–30 % less", "rows as dicts", peaks[_DICTS], peaks[_STRUCTS], "MB",
                  _A_FIFTH_LESS),
            Claim("memory 20–30 % less", "an export made whole", peaks[_WHOLE],
                  peaks[_STREAMED], "MB", _A_FIFTH_LESS),
        ),
        notes=("A pool pays for large buffers; of small dicts it costs more than it saves.",),
    )  # fmt: skip


async def time_pools(*, calls: int, rounds: int) -> dict[str, Any]:
    """Microseconds of a thing from a pool and back, beside a new one.

    Args:
        calls: Of a round; a hundredth of them for the large buffers.
        rounds: Turns.
    """
    dicts: MemoryPool[dict[str, int]] = MemoryPool(dict, max_size=8)
    buffers: MemoryPool[bytearray] = MemoryPool(lambda: bytearray(_BUFFER_BYTES), max_size=8)

    async def new_dicts(times: int) -> None:
        for _ in range(times):
            held: dict[str, int] = {}
            held["a"] = 1

    async def pooled_dicts(times: int) -> None:
        for _ in range(times):
            held = await dicts.acquire()
            held["a"] = 1
            await dicts.release(held)

    async def new_buffers(times: int) -> None:
        for _ in range(times):
            bytearray(_BUFFER_BYTES)[:] = _LINES

    async def pooled_buffers(times: int) -> None:
        for _ in range(times):
            held = await buffers.acquire()
            held[:] = _LINES
            await buffers.release(held)

    small = {"a new dict": new_dicts, "a pooled dict": pooled_dicts}
    large = {"a new buffer of 1 MiB": new_buffers, "a pooled buffer of 1 MiB": pooled_buffers}
    return await time_loops(small, calls=calls, rounds=rounds) | await time_loops(
        large, calls=max(1, calls // 100), rounds=rounds
    )
