"""Reference data with counts: operators, connectors, sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from app.db.dialects.base import CatalogueReader
from app.db.moments import from_epoch_ms
from app.stations.cards import rfc3339
from app.stations.vocabulary import CONNECTOR_ALIASES, ConnectorStandard

_encode = msgspec.json.Encoder().encode

_FEEDS_SQL = (
    "SELECT id, source, name, title, homepage_url, licence, attribution, is_synthetic"
    " FROM feed ORDER BY source, name"
)
_ATTRIBUTIONS_SQL = "SELECT DISTINCT attribution, licence FROM feed ORDER BY attribution, licence"
_RUNS_SQL = (
    "SELECT feed_id, state, is_complete, started_at, finished_at, rows_read FROM import_run"
    " WHERE id IN (SELECT MAX(id) FROM import_run WHERE finished_at IS NOT NULL GROUP BY feed_id)"
)


def operators_document(counts: Iterable[tuple[str, int]]) -> bytes:
    """Operators and how many shown stations each has, greatest first, then by name."""
    ordered = sorted(counts, key=lambda pair: (-pair[1], pair[0]))
    return _encode({"items": [{"name": name, "station_count": count} for name, count in ordered]})


def connectors_document(counts: Iterable[tuple[str, int]]) -> bytes:
    """Every standard of the vocabulary with its aliases and count, greatest first."""
    by_standard = dict.fromkeys(ConnectorStandard, 0)
    by_standard.update((ConnectorStandard(word), count) for word, count in counts)
    items = [
        {
            "standard": standard,
            "aliases": [
                alias for alias, standards in CONNECTOR_ALIASES.items() if standard in standards
            ],
            "station_count": count,
        }
        for standard, count in sorted(by_standard.items(), key=lambda pair: (-pair[1], pair[0]))
    ]
    aliases = {alias: sorted(standards) for alias, standards in CONNECTOR_ALIASES.items()}
    return _encode({"items": items, "aliases": aliases})


async def sources_document(reader: CatalogueReader, counts: Mapping[int, int]) -> bytes:
    """Every feed with licence, attribution, count, and its last finished import.

    Args:
        reader: Of the catalogue.
        counts: Stations by the id of their feed.

    Cost: two statements over feeds and runs; no station is read.
    """
    runs = {feed_id: facts for feed_id, *facts in await reader.fetch_all(_RUNS_SQL)}
    items = []
    for (
        feed_id,
        source,
        name,
        title,
        homepage,
        licence,
        attribution,
        synthetic,
    ) in await reader.fetch_all(_FEEDS_SQL):
        items.append(
            {
                "source": source,
                "feed": name,
                "title": title,
                "homepage_url": homepage,
                "licence": licence,
                "attribution": attribution,
                "synthetic": bool(synthetic),
                "station_count": counts.get(feed_id, 0),
                "last_import": _last_import(runs.get(feed_id)),
            }
        )
    return _encode({"items": items})


async def attributions(reader: CatalogueReader) -> list[str]:
    """Who is to be named wherever stations are shown, with the licence. Cost: one statement."""
    rows = await reader.fetch_all(_ATTRIBUTIONS_SQL)
    return [f"{attribution} ({licence})" for attribution, licence in rows]


def _last_import(facts: list[Any] | None) -> dict[str, Any] | None:
    if facts is None:
        return None
    state, is_complete, started_at, finished_at, rows_read = facts
    return {
        "state": state,
        "complete": bool(is_complete),
        "started_at": rfc3339(from_epoch_ms(started_at)),
        "finished_at": rfc3339(from_epoch_ms(finished_at)),
        "rows_read": rows_read,
    }
