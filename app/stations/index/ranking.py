"""Putting matches of several columns into one order, and taking the first of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from app.stations.criteria import Sort
from app.stations.index import codes
from app.stations.index.columns import COLUMN_TYPES, Columns, Rows
from app.stations.index.search import After, Floats, Key, Match, rank_after

FEW_KEYS = 256
"""So few are sorted in less time than the smallest of them are found first."""


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
    ranked = [one for one in ranked if len(one.ids)]
    if len(ranked) == 1:
        return _hits_of(ranked[0], by, count)
    ids = _joined([one.ids for one in ranked], np.int64)
    places = np.lexsort((ids, _joint_keys(ranked, by)))[:count] if ranked else np.empty(0, np.int64)
    found = [one.match for one in ranked]
    keys = [key for one in ranked for key in _told_keys(one, by)] if count is not None else []
    return Hits(
        ids[places],
        _gathered(found, "card_versions", places),
        _gathered(found, "available", places),
        _gathered(found, "reported", places),
        _measured([match.distances_m for match in found], places),
        _measured([match.along_m for match in found], places),
        [keys[place] for place in places.tolist()] if keys else [],
    )


class _Ranked(NamedTuple):
    """Matches of one columns, in order."""

    match: Match
    ids: Rows
    keys: npt.NDArray[Any]
    """Ascending, comparable within the columns."""


def _hits_of(ranked: _Ranked, by: Sort, count: int | None) -> Hits:
    """Those of one columns alone, as it is unless stations change all the time."""
    columns, rows, distances_m, along_m = ranked.match
    return Hits(
        ranked.ids,
        columns.card_versions[rows],
        columns.available[rows],
        columns.reported[rows],
        distances_m,
        along_m,
        [] if count is None else _told_keys(ranked, by),
    )


def _gathered(found: Sequence[Match], name: str, places: Rows) -> npt.NDArray[Any]:
    parts = [getattr(match.columns, name)[match.rows] for match in found]
    return _joined(parts, COLUMN_TYPES[name])[places]


def _joined(parts: Sequence[npt.NDArray[Any]], kind: npt.DTypeLike) -> npt.NDArray[Any]:
    return np.concatenate([np.empty(0, kind), *parts])


def _measured(parts: Sequence[Floats | None], places: Rows) -> Floats | None:
    measured = [part for part in parts if part is not None]
    return np.concatenate(measured)[places] if measured else None


def _told_keys(ranked: _Ranked, by: Sort) -> list[Key]:
    """Keys that mean the same in any columns: names rather than their ranks, no signs."""
    if by is Sort.NAME:
        return [ranked.match.columns.name(row) for row in ranked.match.rows.tolist()]
    keys: list[Key] = (-ranked.keys if by in _DESCENDING else ranked.keys).tolist()
    return keys


def _first(match: Match, by: Sort, after: After | None, count: int | None) -> _Ranked:
    """The first ``count`` matches of one columns behind ``after``, in order."""
    keys, ids = _keys(match, by), match.columns.ids[match.rows]
    if after is not None:
        if by is Sort.NAME:
            is_behind = keys >= rank_after(match.columns, by, after)
        else:
            key = _internal(after.key, by)
            is_behind = (keys > key) | ((keys == key) & (ids > after.station_id))
        match, keys, ids = match.take(is_behind), keys[is_behind], ids[is_behind]
    taken = smallest(keys, ids, count)
    return _Ranked(match.take(taken), ids[taken], keys[taken])


def smallest(keys: npt.NDArray[Any], ids: Rows, count: int | None) -> npt.NDArray[np.int64]:
    """Positions of the ``count`` smallest by key, then id, in order.

    Cost: linear, also where all keys are equal, and a sort of those taken.
    """
    if count is None or len(keys) <= max(count, FEW_KEYS):
        ordered: npt.NDArray[np.int64] = np.lexsort((ids, keys))
        return ordered[:count]
    border = np.partition(keys, count)[count]
    taken: npt.NDArray[np.int64] = (keys <= border).nonzero()[0]
    if len(taken) > max(2 * count, FEW_KEYS):
        below, ties = (keys < border).nonzero()[0], (keys == border).nonzero()[0]
        missing = count - len(below)
        taken = np.concatenate((below, ties[np.argpartition(ids[ties], missing)[:missing]]))
    return taken[np.lexsort((ids[taken], keys[taken]))[:count]]


_DESCENDING = {Sort.POWER: "max_powers", Sort.UPDATED: "updated", Sort.RELEVANCE: "ranks"}
_ASCENDING = {Sort.NAME: "name_ranks", Sort.ID: "ids"}


def _keys(match: Match, by: Sort) -> npt.NDArray[Any]:
    """Ascending keys, comparable within one columns."""
    if by in _DESCENDING:
        keys: npt.NDArray[Any] = getattr(match.columns, _DESCENDING[by])[match.rows]
        if by is Sort.POWER:
            keys = np.maximum(keys, codes.UNKNOWN_POWER)  # no connector tells no power either
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


def _joint_keys(ranked: Sequence[_Ranked], by: Sort) -> npt.NDArray[Any]:
    """Keys that are comparable among all columns."""
    if by is not Sort.NAME:
        return np.concatenate([one.keys for one in ranked])
    largest = max((one.match.columns for one in ranked), key=lambda columns: columns.size)
    places = _places_by_name(largest, ranked)
    return np.concatenate(
        [
            one.keys
            if one.match.columns is largest
            else [places[station_id] for station_id in one.ids.tolist()]
            for one in ranked
        ]
    )


def _places_by_name(largest: Columns, ranked: Sequence[_Ranked]) -> dict[int, float]:
    """Where the others' stations stand between the name ranks of the largest columns."""
    others = sorted(
        (one.match.columns.name(row), station_id)
        for one in ranked
        if one.match.columns is not largest
        for row, station_id in zip(one.match.rows.tolist(), one.ids.tolist(), strict=True)
    )
    step = 1 / (len(others) + 1)
    return {
        station_id: rank_after(largest, Sort.NAME, After(name, station_id)) - 1 + number * step
        for number, (name, station_id) in enumerate(others, start=1)
    }
