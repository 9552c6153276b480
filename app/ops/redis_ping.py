"""Whether Redis answers, asked on connections of its own.

The caches' own link would not do: after failures it stops asking for a while.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from app.utils.health import DEADLINE_S
from app.utils.redis_urls import cluster_of

if TYPE_CHECKING:
    from redis.asyncio import Redis


class RedisPing:
    """A callable that returns once Redis has answered, and raises where it does not.

    Of a cluster, one of the nodes that the URL names must say that every slot is served.

    Args:
        url: As in ``REDIS_URL``; nothing is opened before the first call.
    """

    def __init__(self, url: str) -> None:
        cluster = cluster_of(url)
        self._is_cluster = cluster is not None
        self._urls = (url,) if cluster is None else tuple(map(cluster.of_node, cluster.seeds))
        self._clients: list[Redis] = []

    async def __call__(self) -> None:
        """Ask, once; a connection that broke is opened anew by the next call."""
        if not self._clients:
            self._clients = [_connect(url) for url in self._urls]
        if self._is_cluster:
            await _first_success([asyncio.ensure_future(_ask(node)) for node in self._clients])
        else:
            await self._clients[0].ping()

    async def close(self) -> None:
        """Close the connections."""
        for client in self._clients:
            await client.aclose()


async def _ask(node: Redis) -> None:
    said = await node.execute_command("CLUSTER INFO")  # type: ignore[no-untyped-call] # - in the library
    if said["cluster_state"] != "ok" or said["cluster_slots_fail"] != "0":
        raise ConnectionError("some keys have no node that serves them")


async def _first_success(asked: list[asyncio.Future[None]]) -> None:
    """Return with the first that succeeds; else raise what the last one raised."""
    try:
        for answer in asyncio.as_completed(asked):
            try:
                await answer
            except Exception as error:  # noqa: BLE001 - the others may still succeed
                refusal = error
            else:
                return
        raise refusal
    finally:
        for task in asked:
            task.cancel()
        await asyncio.gather(*asked, return_exceptions=True)


def _connect(url: str) -> Redis:
    from redis.asyncio import Redis  # noqa: PLC0415 - loaded where REDIS_URL is set
    from redis.asyncio.retry import Retry  # noqa: PLC0415 - as above
    from redis.backoff import NoBackoff  # noqa: PLC0415 - as above

    return Redis.from_url(
        url,
        single_connection_client=True,
        socket_timeout=DEADLINE_S,
        socket_connect_timeout=DEADLINE_S,
        retry=Retry(NoBackoff(), 0),
    )
