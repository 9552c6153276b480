"""Putting matches of several columns into one order, and taking the first of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from app.stations.criteria import Sort
from app.stations.index.columns import COLUMN_TYPES, Columns, Rows
from app.stations.index.search import After, Floats, Key, Match, rank_after


class Hits(NamedTuple):
    """Stations in order, with what is true of them at this moment; shape (n,) each."""

    ids: Rows
    card_versions: npt.NDArray[np.uint32]
    available: npt.NDArray[np.int16]
    """Free EVSEs; −1 where no report counts."""
    reported: npt.NDArray[np.uint32]
    """Newest report in seconds since 1970; 0 where there is none."""
    distances_m: Floats | None
    along_m: Floats | None
    keys: list[Key]
    """What each was ordered by, as a cursor carries it; empty where all were asked for."""


def order(
    matches: Sequence[Match], by: Sort, *, after: After | None = None, count: int | None = None
) -> Hits:
    """The first ``count`` matches behind ``after``, in order.

    Cost: linear in the matches, and a sort of those taken.
    """
    ranked = [_first(match, by, after, count) for match in matches if len(match.rows)]
    ranked = [match for match in ranked if len(match.rows)]
    ids = _joined(ranked, "ids")
    places = None
    if len(ranked) > 1:
        places = np.lexsort((ids, _joint_keys(ranked, by)))[:count]
        ids = ids[places]
    return Hits(
        ids,
        _joined(ranked, "card_versions", places),
        _joined(ranked, "available", places),
        _joined(ranked, "reported", places),
        _measured([match.distances_m for match in ranked], places),
        _measured([match.along_m for match in ranked], places),
        [] if count is None else _cursor_keys(ranked, by, places),
    )


def _joined(ranked: Sequence[Match], name: str, places: Rows | None = None) -> npt.NDArray[Any]:
    parts = [getattr(match.columns, name)[match.rows] for match in ranked]
    whole = (
        parts[0] if len(parts) == 1 else np.concatenate([np.empty(0, COLUMN_TYPES[name]), *parts])
    )
    return whole if places is None else whole[places]


def _measured(parts: Sequence[Floats | None], places: Rows | None) -> Floats | None:
    measured = [part for part in parts if part is not None]
    if not measured:
        return None
    whole = measured[0] if len(measured) == 1 else np.concatenate(measured)
    return whole if places is None else whole[places]


def _cursor_keys(ranked: Sequence[Match], by: Sort, places: Rows | None) -> list[Key]:
    """Keys that mean the same in any columns: names rather than their ranks, no signs."""
    keys: list[Key] = [
        key
        for match in ranked
        for key in (
            [match.columns.name(row) for row in match.rows.tolist()]
            if by is Sort.NAME
            else np.abs(_keys(match, by)).tolist()
        )
    ]
    return keys if places is None else [keys[place] for place in places.tolist()]


def _first(match: Match, by: Sort, after: After | None, count: int | None) -> Match:
    """The first ``count`` matches of one columns behind ``after``, in order."""
    keys, ids = _keys(match, by), match.columns.ids[match.rows]
    if after is not None:
        if by is Sort.NAME:
            is_behind = keys >= rank_after(match.columns, by, after)
        else:
            key = _internal(after.key, by)
            is_behind = (keys > key) | ((keys == key) & (ids > after.station_id))
        match, keys, ids = match.take(is_behind), keys[is_behind], ids[is_behind]
    return match.take(smallest(keys, ids, count))


def smallest(keys: npt.NDArray[Any], ids: Rows, count: int | None) -> npt.NDArray[np.int64]:
    """Positions of the ``count`` smallest by key, then id, in order.

    Cost: linear, also where all keys are equal, and a sort of those taken.
    """
    if count is None or count >= len(keys):
        return np.lexsort((ids, keys))
    border = np.partition(keys, count)[count]
    below = np.flatnonzero(keys < border)
    ties = np.flatnonzero(keys == border)
    missing = count - len(below)
    if missing < len(ties):
        ties = ties[np.argpartition(ids[ties], missing)[:missing]]
    taken = np.concatenate((below, ties))
    return taken[np.lexsort((ids[taken], keys[taken]))]


_DESCENDING = {Sort.POWER: "max_powers", Sort.UPDATED: "updated", Sort.RELEVANCE: "ranks"}
_ASCENDING = {Sort.NAME: "name_ranks", Sort.ID: "ids"}


def _keys(match: Match, by: Sort) -> npt.NDArray[Any]:
    """Ascending keys, comparable within one columns."""
    if by in _DESCENDING:
        keys: npt.NDArray[Any] = getattr(match.columns, _DESCENDING[by])[match.rows]
        return -keys.astype(np.int64)
    if by in _ASCENDING:
        ready: npt.NDArray[Any] = getattr(match.columns, _ASCENDING[by])
        return ready[match.rows]
    measured = match.distances_m if by is Sort.DISTANCE else match.along_m
    if measured is None:
        raise ValueError(f"there is no order by {by} without a point or a route")
    return measured


def _internal(key: Key, by: Sort) -> float:
    return -float(key) if by in _DESCENDING else float(key)


def _joint_keys(ranked: Sequence[Match], by: Sort) -> npt.NDArray[Any]:
    """Keys that are comparable among all columns."""
    if by is not Sort.NAME:
        return np.concatenate([_keys(match, by) for match in ranked])
    largest = max((match.columns for match in ranked), key=lambda columns: columns.size)
    places = _places_by_name(largest, ranked)
    return np.concatenate(
        [
            largest.name_ranks[match.rows]
            if match.columns is largest
            else [places[station_id] for station_id in match.columns.ids[match.rows].tolist()]
            for match in ranked
        ]
    )


def _places_by_name(largest: Columns, ranked: Sequence[Match]) -> dict[int, float]:
    """Where the others' stations stand between the name ranks of the largest columns."""
    others = sorted(
        (match.columns.name(row), int(match.columns.ids[row]))
        for match in ranked
        if match.columns is not largest
        for row in match.rows.tolist()
    )
    step = 1 / (len(others) + 1)
    return {
        station_id: rank_after(largest, Sort.NAME, After(name, station_id)) - 1 + number * step
        for number, (name, station_id) in enumerate(others, start=1)
    }
