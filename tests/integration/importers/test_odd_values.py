"""Values that one database would take and the other would not: both take the same."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from app.db.engine import Database, open_database
from app.importers.fetch import locate
from app.importers.registry import FEEDS
from app.importers.run import import_feed
from app.stations.models import Reject, Station

pytestmark = pytest.mark.anyio

ODD_TEXTS = ("a\0b", "\ud800x", "é" * 5_000, "word" * 1_000, "'; --", "\\x00", "%s $1 ?", "\x1b[0m")
ODD_NUMBERS = (2**31, 2**62, -1, 1e200, 0.1, -(2**40))
ODD_TIMES = ("9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2026-02-30T00:00:00Z")


@pytest.fixture
async def database(catalogue_url: str, anyio_backend: str) -> AsyncIterator[Database]:
    opened = open_database(catalogue_url)
    yield opened
    await opened.close()


def place(number: int, **odd: object) -> dict[str, object]:
    """A place as Open Charge Map tells of it, with something odd about it."""
    connection: dict[str, object] = {
        "ID": 1,
        "ConnectionTypeID": 25,
        "StatusTypeID": 50,
        "PowerKW": 22,
        "Quantity": 1,
    }
    address: dict[str, object] = {
        "Title": "Hall", "AddressLine1": "1 Road", "Town": "Lyon", "Latitude": 45.7,
        "Longitude": 4.8, "Country": {"ISOCode": "FR"},
    }  # fmt: skip
    for part in (connection, address):
        part.update({name: value for name, value in odd.items() if name in part})
    others = {name: value for name, value in odd.items() if name not in connection | address}
    return {
        "ID": number, "UUID": f"u{number}", "AddressInfo": address, "Connections": [connection],
        "OperatorInfo": {"Title": "Op"}, "DateLastStatusUpdate": "2026-01-01T00:00:00Z",
        "DataProvider": {"IsOpenDataLicensed": True, "License": "CC BY 4.0", "Title": "OCM"},
        "NumberOfPoints": 1, **others,
    }  # fmt: skip


def odd_places() -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for names, values in (
        (("Title", "AddressLine1", "Town", "UsageCost", "UUID", "GeneralComments"), ODD_TEXTS),
        (("PowerKW", "Quantity", "NumberOfPoints", "ConnectionTypeID", "ID"), ODD_NUMBERS),
        (("Latitude", "Longitude"), ODD_NUMBERS),
        (("DateLastStatusUpdate", "DateCreated"), ODD_TIMES),
    ):
        for name in names:
            found += [place(len(found) + number, **{name: value}) for number, value in
                      enumerate(values, start=1)]  # fmt: skip
    return found


async def test_odd_values_stop_no_import(database: Database, tmp_path: Path) -> None:
    places = odd_places()
    (tmp_path / "odd.json").write_text(json.dumps(places))
    report = await import_feed(database, locate(str(tmp_path / "odd.json")), FEEDS["ocm"])
    assert report.rows_read == len(places)
    assert report.outcomes["stored"] > len(places) * 0.7
    async with database.reads() as session:
        names = {name or "" for name in await session.scalars(select(Station.name))}
        tokens = " ".join(await session.scalars(select(Station.search_tokens))).split()
        raws = (await session.scalars(select(Reject.raw))).all()
    assert "ab" in names
    assert not any("\0" in name or "\ud800" in name for name in names)
    assert max(map(len, tokens)) <= 40
    assert len(raws) == report.outcomes["rejected"]
    again = await import_feed(database, locate(str(tmp_path / "odd.json")), FEEDS["ocm"])
    assert (again.stations_new, again.stations_changed) == (0, 0)
