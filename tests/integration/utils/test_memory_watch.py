"""The service's own memory is watched: above the threshold it warns and frees what it can."""

from __future__ import annotations

import asyncio
import logging
import shutil
from pathlib import Path

import pytest

from app.resources import open_resources
from app.settings import Settings
from app.utils.metrics import get_metrics

pytestmark = pytest.mark.anyio

_AT_MOST_S = 30.0


class Waiting(logging.Handler):
    """Keeps records, and tells when one has a certain message."""

    def __init__(self, message: str) -> None:
        super().__init__()
        self.message = message
        self.records: list[logging.LogRecord] = []
        self.has_come = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)
        if record.getMessage() == self.message:
            self._loop.call_soon_threadsafe(self.has_come.set)


async def test_open_resources_are_watched(tmp_path: Path, empty_catalogue: Path) -> None:
    shutil.copy(empty_catalogue, tmp_path / "voltway.db")
    settings = Settings(data_dir=tmp_path, memory_threshold_mb=1)
    waiting = Waiting("memory was freed where it could be")
    logger = logging.getLogger("app.memory")
    logger.addHandler(waiting)
    logger.setLevel(logging.INFO)
    try:
        async with asyncio.timeout(_AT_MOST_S), open_resources(settings):
            await waiting.has_come.wait()
    finally:
        logger.setLevel(logging.NOTSET)
        logger.removeHandler(waiting)
    warning = waiting.records[0]
    assert warning.levelname == "WARNING"
    assert vars(warning)["rss_mb"] > vars(warning)["threshold_mb"] == 1.0
    values = dict(
        line.rsplit(" ", 1) for line in get_metrics().splitlines() if line.startswith("memory_")
    )
    assert float(values["memory_rss_bytes"]) > 1 << 20
    assert float(values["memory_limit_bytes"]) >= 0
