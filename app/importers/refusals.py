"""Stations that the database refuses: left out and told, one by one, so that others are stored."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.importers.messages import Ready
from app.importers.row import Rejected, RejectedRow
from app.importers.sorting import cut
from app.stations.offers import Kept, Offer, Rows
from app.stations.records import CONNECTOR_COLUMNS, CONTENT_COLUMNS, EVSE_COLUMNS, FeedRow
from app.utils.batch_ops import batch_process, concerns_all

REFUSED = "refused-by-database"

MAX_DETAIL_LENGTH = 500

_OF_VALUES = (SQLAlchemyError, OverflowError, UnicodeError)
"""What a value may be refused with: the last two are what drivers raise before they send it."""

_MADE_HERE = frozenset({
    "card_version", "content_hash", "latitude_band", "operator_id", "search_tokens", "static_rank",
    "updated_at",
})  # fmt: skip
"""Columns that say nothing of what a source said."""


Take = Callable[[AsyncSession, Sequence[Offer]], Awaitable[list[Kept]]]
"""Stores some stations in a session's transaction."""


async def take_all_but_refused(
    writes: async_sessionmaker[AsyncSession], offers: Sequence[Offer], take: Take
) -> list[Kept | Rejected]:
    """Store a chunk in a transaction; what became of each offer, in their order.

    Args:
        writes: Its sessions write.
        offers: With distinct keys.
        take: Called once with all of them, and where the database refuses a station for its
            content, again, with parts of them.

    Raises:
        SQLAlchemyError: No station is to blame: the database is gone, busy or full.

    Cost: what ``take`` costs; for each station that is refused some 18 calls more.
    """
    async with writes() as session:
        try:
            kept = await take(session, offers)
        except _OF_VALUES as error:
            if concerns_all(error):
                raise
        else:
            await session.commit()
            return [*kept]
    # Apart, since a savepoint for each chunk would cost SQLite a fifteenth of its time.
    async with writes.begin() as session:
        return await _take_in_parts(session, offers, take)


async def _take_in_parts(
    session: AsyncSession, offers: Sequence[Offer], take: Take
) -> list[Kept | Rejected]:
    became: dict[str, Kept | Rejected] = {}

    async def process(part: Sequence[Offer]) -> None:
        kept = await take(session, part)
        became.update(zip([offer.key for offer in part], kept, strict=True))

    result = await batch_process(
        offers,
        process,
        session=session,
        batch_size=(len(offers) + 1) // 2,
        max_errors=len(offers),
        isolate=_OF_VALUES,
    )
    for failure in result.errors:
        became[offers[failure.index].key] = Rejected(REFUSED, _told(failure.error))
    return [became[offer.key] for offer in offers]


def rejected_rows(
    ready: Ready, rejected: Rejected, feed: FeedRow, now_ms: int
) -> list[RejectedRow]:
    """Every row of a station that was refused, with what was understood of them together."""
    raw = cut(_as_understood(ready.offer.key, ready.offer.ready(feed, now_ms)))
    return [
        RejectedRow(number, rejected.reason, rejected.detail, raw) for number in ready.row_numbers
    ]


def _as_understood(key: str, rows: Rows) -> str:
    """What was to be stored, as JSON in ASCII: any database takes that."""
    evses = [
        {
            **_known(EVSE_COLUMNS[2:], evse[2:]),
            "connectors": [_known(CONNECTOR_COLUMNS[2:], plug[2:]) for plug in connectors],
        }
        for evse, connectors in zip(rows.evses, rows.connectors, strict=True)
    ]
    facts = _known(CONTENT_COLUMNS, rows.content())
    return json.dumps({"key": key, "operator": rows.operator, **facts, "evses": evses})


def _known(columns: Sequence[str], values: Sequence[Any]) -> dict[str, Any]:
    return {
        column: value
        for column, value in zip(columns, values, strict=True)
        if value is not None and column not in _MADE_HERE
    }


def _told(error: BaseException) -> str:
    """The database's own words, without the statement and the values around them."""
    own = getattr(error, "orig", None) or error
    return f"{own.__cause__ or own}".partition("\n")[0][:MAX_DETAIL_LENGTH]
