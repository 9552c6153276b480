"""An empty database in a file of the test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.db import migrate
from app.db.engine import Database, open_database


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """A file in a folder that does not exist yet."""
    return f"sqlite+aiosqlite:///{tmp_path / 'deep' / 'voltway.db'}"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """With the newest schema."""
    database = open_database(database_url)
    await migrate.upgrade(database)
    yield database
    await database.close()
