"""What a tile shows: clusters from afar, stations from near."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import Any

import msgspec
import numpy as np

from app.geo.tile import Tile
from app.stations.cards import as_json
from app.stations.finding import Cluster
from app.stations.index.clusters import POWER_CLASSES_KW
from app.tiles.encode import EXTENT, Dot, Value

NAME = "stations"

FIELDS = {
    "count": "Number: stations of the cluster; 1: a station by itself",
    "power_class": "Number: 0 unknown, 1 below 22 kW, 2 below 50, 3 below 150, 4 above",
    "max_power_kw": "Number: absent where unknown",
    "available": "Number: free EVSEs; absent where no report counts",
    "synthetic": "Boolean: generated demo data is among them",
    "id": "String: of a station by itself, as are all below",
    "name": "String",
    "operator": "String",
    "evses": "Number",
    "access": "String",
    "standards": "String: connector standards, parted by blanks",
}
"""Properties of the layer, for TileJSON."""

_decode = msgspec.json.Decoder().decode


def dots_of(tile: Tile, clusters: Iterable[Cluster]) -> list[Dot]:
    """The points of a tile, each within it."""
    return [_dot(tile, cluster) for cluster in clusters]


def _dot(tile: Tile, cluster: Cluster) -> Dot:
    across, down = tile.place(np.array([cluster.latitude]), np.array([cluster.longitude]))
    properties: dict[str, Value] = {
        "count": cluster.count,
        "power_class": power_class(cluster.max_power_kw),
        "synthetic": cluster.is_synthetic,
    }
    if cluster.max_power_kw is not None:
        properties["max_power_kw"] = cluster.max_power_kw
    if cluster.available_count is not None:
        properties["available"] = cluster.available_count
    if cluster.station is not None:
        properties |= _facts(_decode(as_json(cluster.station)))
    return Dot(_unit(across), _unit(down), properties)


def _unit(share: Any) -> int:
    """A middle of several may lie a rounding beyond the border."""
    return min(EXTENT - 1, max(0, int(share[0] * EXTENT)))


def power_class(max_power_kw: float | None) -> int:
    """0 unknown, then from 1 on by ``POWER_CLASSES_KW``."""
    return 0 if max_power_kw is None else 1 + bisect_right(POWER_CLASSES_KW, max_power_kw)


def _facts(item: dict[str, Any]) -> dict[str, Value]:
    standards = dict.fromkeys(
        group["standard"] for group in item["connectors"] if group["standard"]
    )
    facts = {
        "id": item["id"],
        "name": item["name"],
        "operator": item["operator"],
        "evses": item["evse_count"],
        "access": item["access"],
        "standards": " ".join(standards) or None,
    }
    return {name: value for name, value in facts.items() if value is not None}
