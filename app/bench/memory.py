"""Peak memory of this process and its children above what it had at a moment; Linux only."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")
_TASKS = Path("/proc/self/task")
_RESET_PEAK = "5"
_EVERY_S = 0.05
"""A peak only grows, so all that is missed of a child is what it took in its last moment."""


class PeakMemory:
    """Starts to watch when made, and watches until it is asked for the first time."""

    def __init__(self) -> None:
        if _CLEAR.exists():
            _CLEAR.write_text(_RESET_PEAK, encoding="ascii")
        self._start_mb = _read_mb(_STATUS, "VmRSS")
        self._children_mb = 0.0
        self._is_asked = threading.Event()
        self._watching = threading.Thread(target=self._watch, daemon=True)
        self._watching.start()

    def above_start_mb(self) -> float | None:
        """Greatest resident memory since the start, less the memory at the start, in MB.

        What children had at most is added, but of libraries that they share with others only
        their share. ``None`` where the system does not tell.
        """
        self._is_asked.set()
        self._watching.join()
        peak_mb = _read_mb(_STATUS, "VmHWM")
        if peak_mb is None or self._start_mb is None:
            return None
        return round(peak_mb - self._start_mb + self._children_mb, 1)

    def _watch(self) -> None:
        while not self._is_asked.wait(_EVERY_S):
            self._children_mb = max(self._children_mb, _children_mb())


def _children_mb() -> float:
    """The peaks of the children that live now, together."""
    pids: list[str] = []
    for children in _TASKS.glob("*/children"):
        with suppress(OSError):  # The thread has ended.
            pids += children.read_text(encoding="ascii").split()
    return sum(map(_child_mb, pids))


def _child_mb(pid: str) -> float:
    """The peak of a process, less what others have of the files that it maps."""
    of_process = Path("/proc") / pid
    peak_mb = _read_mb(of_process / "status", "VmHWM") or 0.0
    mapped_mb = _read_mb(of_process / "status", "RssFile")
    own_share_mb = _read_mb(of_process / "smaps_rollup", "Pss_File")
    if mapped_mb is None or own_share_mb is None:
        return peak_mb
    return peak_mb - max(0.0, mapped_mb - own_share_mb)


def _read_mb(status: Path, field: str) -> float | None:
    try:
        lines = status.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    for line in lines:
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0]) * 1024 / 1e6
    return None
