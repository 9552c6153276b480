"""How much memory the process has, had at most, and may have: what the system says."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any, Final

import psutil

MIB: Final = 1 << 20
_STATUS: Final = Path("/proc/self/status")
_GROUPS: Final = Path("/proc/self/cgroup")
_MOUNT: Final = Path("/sys/fs/cgroup")
_UNLIMITED_FROM: Final = 1 << 60
"""Version 1 writes "no limit" as the largest number of whole pages."""


def read_rss_bytes() -> int:
    """Resident memory of this process at this moment; about 0.1 ms."""
    # Made anew each time: after a fork, a kept one would tell of the parent.
    rss: int = psutil.Process().memory_info().rss
    return rss


def read_peak_bytes(status: Path = _STATUS) -> int | None:
    """The greatest resident memory that this process ever had; ``None`` outside Linux.

    Not ``ru_maxrss``, which a process inherits from the one that started it.
    """
    try:
        lines = status.read_text("ascii", "replace").splitlines()
    except OSError:
        return None
    for line in lines:
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return None


def read_limit_bytes(groups: Path = _GROUPS, mount: Path = _MOUNT) -> int | None:
    """What the control group lets its processes have together; ``None`` without a limit.

    Reads versions 1 and 2, takes the least of the group's own limit and those above it, and
    understands a container, which sees its own group as the root.
    """
    limits: list[int] = []
    for file in _limit_files(groups, mount):
        try:
            text = file.read_text("ascii").strip()
        except OSError:
            continue
        if text.isdecimal() and int(text) < _UNLIMITED_FROM:
            limits.append(int(text))
    return min(limits, default=None)


def _limit_files(groups: Path, mount: Path) -> Iterator[Path]:
    try:
        lines = groups.read_text("utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        _number, controllers, path = line.split(":", 2)
        if not controllers:
            root, name = mount, "memory.max"
        elif "memory" in controllers.split(","):
            root, name = mount / "memory", "memory.limit_in_bytes"
        else:
            continue
        group = PurePosixPath(path.lstrip("/"))
        for above in (group, *group.parents):
            yield root / above / name


def trim_heap() -> bool:
    """Give memory that was freed back to the system; whether there was any.

    Where much was freed piece by piece, the C library keeps most of its pages: the resident
    size stays what it was. Only glibc can be asked; elsewhere this does nothing.

    Cost: milliseconds for each 100 MiB of heap, without the interpreter's lock.
    """
    trim = _find_trim()
    return trim is not None and bool(trim(0))


def _find_trim() -> Callable[[int], Any] | None:
    if not sys.platform.startswith("linux"):
        return None
    found: Callable[[int], Any] | None = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return found
