"""A limit holds over all workers of a service."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2

from tests.fixtures.hosts import Host

LIMIT = 60
CLIENTS, EACH = 10, 12


def _ask(url: str) -> list[int]:
    """A connection for each request, so that any worker may answer it."""
    kept = httpx2.Limits(max_keepalive_connections=0)
    with httpx2.Client(timeout=60, limits=kept, trust_env=False) as client:
        return [client.get(url).status_code for _ in range(EACH)]


def test_ten_clients_of_four_workers_get_exactly_the_limit(tmp_path: Path, redis_url: str) -> None:
    host = Host(tmp_path, "--workers", "4", REDIS_URL=redis_url, RATE_LIMIT=f"{LIMIT}/day")
    host.begin()
    try:
        host.wait_until_it_works()
        with ThreadPoolExecutor(CLIENTS) as pool:
            answers = pool.map(_ask, [f"{host.url}/api/v1/connectors"] * CLIENTS)
            statuses = Counter(status for some in answers for status in some)
    finally:
        host.stop()
    assert statuses == {200: LIMIT, 429: CLIENTS * EACH - LIMIT}
