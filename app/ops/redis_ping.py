"""Whether Redis answers, asked on a connection of its own.

The caches' own link would not do: after failures it stops asking for a while.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.utils.health import DEADLINE_S

if TYPE_CHECKING:
    from redis.asyncio import Redis


class RedisPing:
    """A callable that returns once Redis has answered, and raises where it does not.

    Args:
        url: ``redis://``, ``rediss://`` or ``unix://``; nothing is opened before the first call.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._client: Redis | None = None

    async def __call__(self) -> None:
        """Ask, once; a connection that broke is opened anew by the next call."""
        if self._client is None:
            self._client = _connect(self._url)
        await self._client.ping()

    async def close(self) -> None:
        """Close the connection."""
        if self._client is not None:
            await self._client.aclose()


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
