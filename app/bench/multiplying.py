"""Making a large catalogue of a smaller one, many times faster than storing each station.

Copies of every station get other ids and places some kilometres away; what they are stays.
They are for searching only: their content hashes are those of the originals.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

import msgspec
import numpy as np

from app.bench.seeding import CATALOGUE_FILE, catalogue_url
from app.db.engine import dialect_for
from app.geo.bands import band_of

FARTHEST_DEG = 0.03
"""A copy lies up to so many degrees (3 km) north, south, east or west of its original."""

_encode = msgspec.json.Encoder().encode

_STATION_CHANGES = {
    "id": "id + :stations",
    "public_id": "public_id || :suffix",
    "key": "key || :suffix",
    "place_id": "id + :stations",
    "latitude": "beside(latitude, id, 0)",
    "longitude": "beside(longitude, id, 1)",
    "latitude_band": "band_of(beside(latitude, id, 0))",
}
_EVSE_CHANGES = {
    "id": "id + :evses",
    "station_id": "station_id + :stations",
    "uid": "uid || :suffix",
}
_CONNECTOR_CHANGES = {"id": "id + :connectors", "evse_id": "evse_id + :evses"}


def multiply(data_dir: Path, stations: int, seed: int) -> None:
    """Add copies to a freshly filled catalogue until it has so many stations.

    Cost: about 50 µs a station.
    """
    connection = sqlite3.connect(data_dir / CATALOGUE_FILE, isolation_level=None)
    dialect_for(catalogue_url(data_dir)).on_connect(connection)
    counts = {table: _greatest(connection, table) for table in ("station", "evse", "connector")}
    originals = counts["station"]
    for copy in range(1, -(-stations // originals)):
        shifts = np.random.default_rng((seed, copy)).uniform(
            -FARTHEST_DEG, FARTHEST_DEG, (2, originals + 1)
        )
        _register(connection, shifts.tolist())
        _copy(
            connection,
            {
                "stations": copy * originals,
                "evses": copy * counts["evse"],
                "connectors": copy * counts["connector"],
                "suffix": f"-{copy}",
                "wanted": min(originals, stations - copy * originals),
            },
        )
    connection.close()


def _greatest(connection: sqlite3.Connection, table: str) -> int:
    (greatest,) = connection.execute(f"SELECT MAX(id) FROM {table}").fetchone()  # noqa: S608 - our own names
    return int(greatest)


def _register(connection: sqlite3.Connection, shifts: list[list[float]]) -> None:
    """The functions that the statements below use."""

    def beside(degrees: float, station_id: int, axis: int) -> float:
        return round(degrees + shifts[axis][station_id], 5)

    connection.create_function("beside", 3, beside, deterministic=True)
    connection.create_function("band_of", 1, band_of, deterministic=True)
    connection.create_function("card_of", 4, _card, deterministic=True)


def _card(body: bytes, public_id: str, latitude: float, longitude: float) -> bytes:
    """The original's card with another id and place."""
    name, place, behind = (
        body.index(key) for key in (b',"name":', b',"latitude":', b',"operator":')
    )
    return b'{"id":%b%b,"latitude":%b,"longitude":%b%b' % (
        _encode(public_id),
        body[name:place],
        _encode(latitude),
        _encode(longitude),
        body[behind:],
    )


def _copy(connection: sqlite3.Connection, values: dict[str, int | str]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for table, changes, originals_of in (
        ("station", _STATION_CHANGES, "id <= :wanted"),
        ("evse", _EVSE_CHANGES, "station_id <= :wanted"),
        (
            "connector",
            _CONNECTOR_CHANGES,
            "evse_id IN (SELECT id FROM evse WHERE station_id <= :wanted)",
        ),
        ("sighting", {"station_id": "station_id + :stations"}, "station_id <= :wanted"),
    ):
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        values_of = ", ".join(changes.get(column, column) for column in columns)
        connection.execute(
            f"INSERT INTO {table} SELECT {values_of} FROM {table} WHERE {originals_of}",  # noqa: S608 - our own names
            values,
        )
    connection.execute(
        "INSERT INTO card SELECT copy.id, 1,"
        " card_of(card.body, copy.public_id, copy.latitude, copy.longitude)"
        " FROM station AS copy JOIN card ON card.station_id = copy.id - :stations"
        " WHERE copy.id > :stations",
        values,
    )
    connection.execute(
        "INSERT INTO station_text(rowid, search_tokens)"
        " SELECT id, search_tokens FROM station WHERE id > :stations",
        values,
    )
    connection.execute("COMMIT")
