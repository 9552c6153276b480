"""A database of the test's own, on each kind in turn: empty, or with the newest schema."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.db.engine import Database, open_database


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A file in a folder that does not exist yet, or an empty database of a server."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'deep' / 'voltway.db'}"
    url: str = request.getfixturevalue("postgresql_url")
    return url


@pytest.fixture
async def database(catalogue_url: str, anyio_backend: str) -> AsyncIterator[Database]:
    """With the newest schema."""
    database = open_database(catalogue_url)
    yield database
    await database.close()
