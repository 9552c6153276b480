"""The task of ``bench search`` that runs in a process of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.bench.multiplying import multiply
from app.bench.seeding import catalogue_url, fill_catalogue

MOST_STORED = 100_000
"""Stations beyond these are copies: to store a million takes minutes, to copy it one."""


async def seed_catalogue(
    *, data_dir: str, stations: int, seed: int, most_stored: int = MOST_STORED
) -> dict[str, Any]:
    """Make a catalogue of the demo's stations, and of copies where it is a large one."""
    stored = min(stations, most_stored)
    await fill_catalogue(catalogue_url(data_dir), stored, seed)
    if stations > stored:
        multiply(Path(data_dir), stations, seed)
    return {"stored": stored, "copied": stations - stored}
