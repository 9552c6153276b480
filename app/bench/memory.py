"""Peak memory of this process above what it had at a moment; Linux only."""

from __future__ import annotations

from pathlib import Path

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")
_RESET_PEAK = "5"


class PeakMemory:
    """Starts to watch when made."""

    def __init__(self) -> None:
        if _CLEAR.exists():
            _CLEAR.write_text(_RESET_PEAK, encoding="ascii")
        self._start_mb = _read_mb("VmRSS")

    def above_start_mb(self) -> float | None:
        """Greatest resident memory since the start, less the memory at the start, in MB.

        ``None`` where the system does not tell.
        """
        peak_mb = _read_mb("VmHWM")
        if peak_mb is None or self._start_mb is None:
            return None
        return round(peak_mb - self._start_mb, 1)


def _read_mb(field: str) -> float | None:
    if not _STATUS.exists():
        return None
    for line in _STATUS.read_text(encoding="ascii", errors="replace").splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0]) * 1024 / 1e6
    return None
