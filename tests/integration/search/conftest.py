from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fixtures.catalogue import Catalogue, open_catalogue


@pytest.fixture
async def catalogue(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Catalogue]:
    """An empty catalogue in a file."""
    async with open_catalogue(tmp_path / "catalogue.db") as opened:
        yield opened
