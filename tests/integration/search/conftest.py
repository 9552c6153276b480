from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.fixtures.catalogue import Catalogue, open_catalogue


@pytest.fixture
async def catalogue(catalogue_url: str, anyio_backend: str) -> AsyncIterator[Catalogue]:
    """An empty catalogue, on each database in turn."""
    async with open_catalogue(catalogue_url) as opened:
        yield opened
