"""Writing the rows of a batch, table by table, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import Base
from app.db.dialects.base import Dialect
from app.stations import records
from app.stations.batch import Batch
from app.stations.counting import count
from app.stations.models import Card, Change, Connector, Evse, Operator, Sighting, Station
from app.stations.offers import Rows
from app.utils.batch_ops import MAX_ROWS, BatchOperations

_operator, _station, _evse, _connector, _card, _change, _sighting = (
    Base.metadata.tables[model.__tablename__]
    for model in (Operator, Station, Evse, Connector, Card, Change, Sighting)
)

_ID, _TIME_ZONE = map(records.STATION_COLUMNS.index, ("id", "time_zone"))
_SIGHTING_COLUMNS = ("station_id", "run_id", "source_updated_at")


async def _insert(
    session: AsyncSession, table: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Rows as the database stores them, by ``COPY`` where the driver has it."""
    if rows:
        batch: BatchOperations[Any] = BatchOperations(
            session, table, MAX_ROWS, columns=columns, method="copy"
        )
        async with batch:
            await batch.add_rows(rows)


async def write_changes(
    session: AsyncSession, dialect: Dialect, changes: Sequence[tuple[str, int, int, int]]
) -> None:
    """Rows of ``change``, the last that a transaction writes: kind, station, version, time."""
    if changes:
        await dialect.lock_changes(session)
        await _insert(session, _change, ("kind", "station_id", "version", "created_at"), changes)


async def intern_operators(
    session: AsyncSession, dialect: Dialect, written: Sequence[Rows]
) -> dict[str | None, int]:
    """Ids of the operators that some rows name, new ones made."""
    names = sorted({rows.operator for rows in written if rows.operator})
    if not names:
        return {}
    rows = await session.execute(
        select(_operator.c.name, _operator.c.id).where(_operator.c.name.in_(names))
    )
    ids: dict[str | None, int] = {row.name: row.id for row in rows}
    missing = [name for name in names if name not in ids]
    new_ids = await dialect.allocate_ids(session, _operator, len(missing))
    made = list(zip(new_ids, missing, strict=True))
    await _insert(session, _operator, ("id", "name"), made)
    return ids | {name: row_id for row_id, name in made}


async def write(session: AsyncSession, dialect: Dialect, batch: Batch) -> None:
    """Every table once, parents first; changes last, since they order the commits."""
    insert, change, delete = (
        partial(_insert, session),
        partial(dialect.update_rows, session),
        partial(dialect.delete_rows, session),
    )
    await delete(_connector, "evse_id", batch.outdated_connector_evse_ids)
    await delete(_evse, "id", batch.vanished_evse_ids)
    await insert(_station, records.STATION_COLUMNS, [*map(tuple, batch.stations)])
    await change(_station, records.CONTENT_COLUMNS, "id", batch.changed_stations)
    await change(
        _station, ("gone_at",), "id", [(None, row_id) for row_id in batch.returned_station_ids]
    )
    await insert(_evse, records.EVSE_COLUMNS, [*map(tuple, batch.evses)])
    await change(_evse, ("evse_id", "power_level", "content_hash"), "id", batch.changed_evses)
    await change(_evse, ("status", "status_updated_at"), "id", batch.statuses)
    connector_ids = await dialect.allocate_ids(session, _connector, len(batch.connectors))
    for row_id, connector in zip(connector_ids, batch.connectors, strict=True):
        connector[0] = row_id
    await insert(_connector, records.CONNECTOR_COLUMNS, [*map(tuple, batch.connectors)])
    await insert(_card, ("station_id", "version", "body"), batch.cards)
    await change(_card, ("version", "body"), "station_id", batch.changed_cards)
    await dialect.index_text(session, batch.texts)
    await insert(_sighting, _SIGHTING_COLUMNS, batch.first_sightings)
    await dialect.upsert_rows(session, _sighting, _SIGHTING_COLUMNS, "station_id", batch.sightings)
    new_zones = {station[_ID]: station[_TIME_ZONE] for station in batch.stations}
    await count(session, dialect, batch.reports, new_zones=new_zones)
    await write_changes(session, dialect, batch.changes)
