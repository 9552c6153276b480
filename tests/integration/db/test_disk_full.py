"""A full disk is told in our words, and forgotten once there is room."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

import pytest
from httpx2 import ASGITransport, AsyncClient, Response

from app.main import create_app
from tests.fixtures.disks import SmallDisk
from tests.fixtures.filled import Filled

pytestmark = pytest.mark.anyio

MOST_ATTEMPTS = 100
"""The write-ahead log may have room for some writes before it has to grow."""


async def test_who_writes_is_told_until_there_is_room(
    small_disk: SmallDisk, empty_catalogue: Path, tmp_path: Path
) -> None:
    small_disk.grow(3)
    database = small_disk.folder / "voltway.db"
    shutil.copy(empty_catalogue, database)
    app = create_app(Filled(tmp_path, f"sqlite+aiosqlite:///{database}").settings())
    transport = ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=transport, base_url="http://voltway.test") as client,
    ):

        async def register(number: int) -> Response:
            name = f"person{number}"
            body = {"email": f"{name}@example.org", "username": name, "password": "otter-lamp-91"}
            return await client.post("/api/v1/users", json=body)

        assert (await register(0)).status_code == 201
        filler = small_disk.folder / "filler"
        fill(filler)
        for attempt in range(1, MOST_ATTEMPTS):
            answer = await register(attempt)
            if answer.status_code != 201:
                break
        assert answer.status_code == 507
        assert answer.json()["type"].endswith("database-full")
        assert str(small_disk.folder) not in answer.text
        filler.unlink()
        assert (await register(attempt)).status_code == 201


def fill(path: Path) -> None:
    """Take all the room that is left."""
    with suppress(OSError), path.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    assert shutil.disk_usage(path).free == 0
