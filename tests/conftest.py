"""What every test may use; the fixtures themselves live in ``tests/fixtures``."""

from __future__ import annotations

import pytest

pytest_plugins = [
    "tests.fixtures.command",
    "tests.fixtures.disks",
    "tests.fixtures.grouping",
    "tests.fixtures.properties",
    "tests.fixtures.real_data",
    "tests.fixtures.empty_catalogue",
    "tests.fixtures.servers",
    "tests.fixtures.redis_cluster",
    "tests.fixtures.databases",
    "tests.fixtures.pgbouncer",
    "tests.fixtures.replica",
]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The event loop of async tests: asyncio, as in production."""
    return "asyncio"
