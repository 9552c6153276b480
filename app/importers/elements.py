"""Map elements (nodes, ways, relations) whose place stands elsewhere in the same input."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from app.importers.row import Malformed, Row

KINDS = ("node", "way", "relation")

MAX_REMEMBERED = 1_000_000
"""Of nodes that come before the ways they belong to: 24 MB."""

_PLACES = ("lat", "center", "bounds", "geometry")
_WANTED = "charging_station"


def placed(rows: Iterator[Row | Malformed]) -> Iterator[Row | Malformed]:
    """The same rows; charging stations that only name their nodes get an outline from them.

    They come last, when all nodes are known. Rows that are no map elements pass as they are.
    Of a relation's ways the first nodes count. Nodes beyond ``MAX_REMEMBERED`` are known only
    to ways that came before them.
    """
    first = next(rows, None)
    if first is None:
        return
    if not isinstance(first, Row) or first.values.get("type") not in KINDS:
        yield first
        yield from rows
        return
    outlines = _Outlines()
    for one in chain((first,), rows):
        if not (isinstance(one, Row) and outlines.take(one)):
            yield one
    yield from outlines.completed()


class _Outlines:
    """Where nodes are, and the elements that wait to be told."""

    def __init__(self) -> None:
        self._waiting: list[Row] = []
        self._needed: set[int] = set()
        self._ids = array("q")
        self._positions = array("d")
        self._first_nodes: dict[int, int] = {}

    def take(self, row: Row) -> bool:
        """Remember what others may need; whether the row itself has to wait."""
        values = row.values
        kind, number = values.get("type"), values.get("id")
        if type(number) is not int or kind not in KINDS:
            return False
        if kind == "node":
            self._remember(number, values.get("lat"), values.get("lon"))
            return False
        refs = _refs(values.get("nodes"))
        if refs and len(self._first_nodes) < MAX_REMEMBERED:
            self._first_nodes[number] = refs[0]
        if any(place in values for place in _PLACES) or not _is_wanted(values.get("tags")):
            return False
        self._waiting.append(row)
        self._needed.update(refs)
        return True

    def _remember(self, number: int, latitude: Any, longitude: Any) -> None:
        if len(self._ids) >= MAX_REMEMBERED and number not in self._needed:
            return
        if isinstance(latitude, int | float) and isinstance(longitude, int | float):
            self._ids.append(number)
            self._positions.extend((latitude, longitude))

    def completed(self) -> Iterator[Row]:
        """Those that waited, with their outlines as far as they are known."""
        nodes_of = [self._nodes_of(row.values) for row in self._waiting]
        needed = {node for nodes in nodes_of for node in nodes}
        known = {
            number: {"lat": self._positions[2 * at], "lon": self._positions[2 * at + 1]}
            for at, number in enumerate(self._ids)
            if number in needed
        }
        for row, nodes in zip(self._waiting, nodes_of, strict=True):
            outline = [known[node] for node in nodes if node in known]
            yield row._replace(values={**row.values, "geometry": outline}) if outline else row

    def _nodes_of(self, values: Mapping[str, Any]) -> list[int]:
        """A way's nodes; of a relation its nodes, and of its ways the first ones."""
        nodes = _refs(values.get("nodes"))
        members = values.get("members")
        for member in members if isinstance(members, list) else []:
            if isinstance(member, dict) and type(ref := member.get("ref")) is int:
                is_way = member.get("type") == "way"
                nodes.append(self._first_nodes.get(ref, -1) if is_way else ref)
        return nodes


def _refs(nodes: Any) -> list[int]:
    return [node for node in nodes if type(node) is int] if isinstance(nodes, list) else []


def _is_wanted(tags: Any) -> bool:
    return isinstance(tags, dict) and any(_WANTED in str(value) for value in tags.values())
