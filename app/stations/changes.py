"""The table of changes, kept short: followers that are further behind read everything anew."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.stations.models import Change

KEPT_FOR = timedelta(days=7)
"""A process that was away for longer builds its index anew; that takes seconds."""


async def prune(session: AsyncSession, *, now: datetime) -> int:
    """Delete changes older than ``KEPT_FOR``, never the newest; how many those were.

    The newest row stays, since its number tells a follower that nothing was set back.
    """
    newest = select(func.max(Change.seq)).scalar_subquery()
    result = await session.execute(
        delete(Change)
        .where(Change.created_at < now - KEPT_FOR, Change.seq < newest)
        .returning(Change.seq)
    )
    return len(result.all())
