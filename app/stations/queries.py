"""The statements behind the index, as text that every database understands; no I/O.

They are plain SQL rather than expressions, since the raw reader of the hot path takes
text, and the index may know no database library.
"""

from __future__ import annotations

STATION_FIELDS = (
    "id, latitude, longitude, feed_id, is_shown, name, country, operator_id, access, open_24_7,"
    " opening_hours, time_zone, payments, evse_count, max_power_w, static_rank, card_version,"
    " created_at, updated_at"
)

STATIONS_AFTER = (
    f"SELECT {STATION_FIELDS} FROM station WHERE id > ? AND gone_at IS NULL ORDER BY id LIMIT ?"  # noqa: S608 - constants
)
"""Parameters: an id, how many. In order of id."""

FEEDS = "SELECT id, source, is_synthetic FROM feed"
OPERATORS_AFTER = "SELECT id, name FROM operator WHERE id > ? ORDER BY id"
CATALOGUE = "SELECT uuid FROM catalogue"
COUNT_STATIONS = "SELECT COUNT(*) FROM station"
CHANGES_BETWEEN = "SELECT (SELECT MIN(seq) FROM change), (SELECT MAX(seq) FROM change)"
"""Oldest and newest, one look at the key each: both in one aggregate would read every row."""

CHANGES_AFTER = "SELECT seq, kind, station_id FROM change WHERE seq > ? ORDER BY seq LIMIT ?"

BETWEEN = "BETWEEN ? AND ?"
"""A condition on station ids: first and last."""


def among(count: int) -> str:
    """A condition on station ids: one of ``count``."""
    return f"IN ({','.join('?' * count)})"


def stations(condition: str) -> str:
    """Stations that are not gone, in order of id. Parameters: the condition's."""
    return (
        f"SELECT {STATION_FIELDS} FROM station"  # noqa: S608 - constants and question marks
        f" WHERE id {condition} AND gone_at IS NULL ORDER BY id"
    )


def connector_facts(condition: str) -> str:
    """Station, standard, power in W, and how many such connectors are at free EVSEs.

    In order of station. Parameters: the oldest report that counts (ms), the condition's.
    """
    return (
        "SELECT evse.station_id, connector.standard, connector.max_power_w,"  # noqa: S608 - constants and question marks
        " SUM(CASE WHEN evse.status = 'AVAILABLE' AND evse.status_updated_at >= ?"
        " THEN 1 ELSE 0 END)"
        " FROM evse JOIN connector ON connector.evse_id = evse.id"
        f" WHERE evse.station_id {condition}"
        " GROUP BY evse.station_id, connector.standard, connector.max_power_w"
        " ORDER BY evse.station_id"
    )


def reports(condition: str) -> str:
    """Station, reports that count, free EVSEs, newest report, oldest one that counts (ms).

    Only stations with any report. Parameters: the oldest report that counts (ms), the
    condition's.
    """
    return (
        "SELECT station_id, SUM(counts), SUM(CASE WHEN status = 'AVAILABLE' THEN counts ELSE 0 END),"  # noqa: E501, S608 - constants and question marks
        " MAX(status_updated_at), MIN(CASE WHEN counts = 1 THEN status_updated_at END)"
        " FROM (SELECT station_id, status, status_updated_at,"
        " CASE WHEN status <> 'UNKNOWN' AND status_updated_at >= ? THEN 1 ELSE 0 END AS counts"
        f" FROM evse WHERE station_id {condition} AND status IS NOT NULL) AS report"
        " GROUP BY station_id"
    )
