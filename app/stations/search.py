"""Searching stations: the index finds them, their cards come from the database by key."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Protocol

import msgspec
import numpy as np

from app.geo.bbox import Box
from app.geo.route import RouteTooTangledError
from app.geo.tile import Tile
from app.stations import cursors
from app.stations.cards import Found
from app.stations.criteria import DEFAULT_LIMIT, Along, Criteria, Filters, Inside, Near, Sort
from app.stations.errors import RouteTooTangled, SortNeedsArea
from app.stations.finding import Cluster, Listed, Page, lone, with_cards
from app.stations.index import clusters, counts, ranking, sampling
from app.stations.index.aside import aside
from app.stations.index.beside import Beside
from app.stations.index.clusters import Cell
from app.stations.index.columns import TAKEN_OUT, Columns, Rows
from app.stations.index.filters import Test, compile_tests
from app.stations.index.overlay import StationIndex
from app.stations.index.search import After, Circle, Match, Query, Shape, find
from app.stations.kept_cards import CardReader, KeptCards, Wanted
from app.stations.kept_documents import KeptDocuments
from app.stations.words import split
from app.utils.metrics import track_request

MIN_PREFIX = 2
"""A shorter last word must be a whole one: the beginnings of one letter match half of all."""

BATCH = 200
"""Cards read at once where a whole result is streamed: 2 ms, 5 ms when written as CSV."""


_encode_counts = msgspec.msgpack.Encoder().encode
_decode_counts = msgspec.msgpack.Decoder(dict[int, int]).decode


class CatalogueReader(CardReader, Protocol):
    """As much of the catalogue's raw reader as a search needs."""

    async def find_text(self, words: Sequence[str], prefix: str | None) -> Rows:
        """Ids, ascending, of stations with all ``words`` and a word beginning so."""
        ...


class StationSearch:
    """Every search over the stations of a catalogue.

    Args:
        index: Followed by someone; each search sees one state of it.
        reader: Of the same catalogue.
        cards: Of the same catalogue; default: read each time, and not kept.
    """

    def __init__(
        self, index: StationIndex, reader: CatalogueReader, cards: KeptCards | None = None
    ) -> None:
        self._index = index
        self._reader = reader
        self._cards = cards or KeptCards(reader)
        self.documents = KeptDocuments(index)
        """What is made of counts over the whole index."""
        self._beside = Beside()

    async def page(
        self,
        criteria: Criteria,
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
        sample: bool = False,
    ) -> Page:
        """One page of the stations that match.

        Args:
            criteria: Area, conditions, order.
            limit: 1…500.
            cursor: ``next_cursor`` of the page before.
            sample: Of a box with more stations than ``limit``, take some that are spread
                evenly over it, rather than the first by order. There is no next page then.

        Returns:
            Stations in order, ties by integer id. A station that neither moved in the
            order nor vanished is on exactly one page, whatever changes meanwhile.

        Raises:
            CursorMalformed: The cursor was not given out by ``page``.
            CursorMismatch: It belongs to another search.
            SortNeedsArea: By distance without a point or route, along without a route.
            RouteTooTangled: The route passes too many stations too often.

        Cost: 0.1…0.2 ms in the index at any size for a point, and 1…4 µs a card; no
        statement where the cards are in memory, else one; one more with text.
        """
        after = None if cursor is None else cursors.read(cursor, criteria)
        if sample and isinstance(criteria.area, Inside):
            return Page(await self._sampled(criteria, criteria.area.box, limit), None)
        hits = await self._hits(criteria, after=after, count=limit + 1)
        next_cursor = None
        if len(hits.ids) > limit:
            next_cursor = cursors.write(criteria, hits.keys[limit - 1], int(hits.ids[limit - 1]))
        return Page(await self._with_cards(hits, slice(0, limit)), next_cursor)

    async def every(self, criteria: Criteria) -> AsyncIterator[list[Found]]:
        """Every station that matches, in order, some hundreds at a time.

        The result is that of the moment it was asked for; its cards are read batch by
        batch, and stations that vanish meanwhile are left out.

        Raises:
            SortNeedsArea: See ``page``.
            RouteTooTangled: See ``page``.

        Cost: 42 bytes a match while it runs, and one statement per batch.
        """
        hits = await self._hits(criteria, after=None, count=None)
        for first in range(0, len(hits.ids), BATCH):
            part = slice(first, first + BATCH)
            cards = await self._cards.read(hits.ids[part].tolist())
            yield with_cards(hits, part, cards).each()
            # A client that reads as fast as this writes would never let others run.
            await asyncio.sleep(0)

    async def clusters(self, box: Box, zoom: int, filters: Filters) -> list[Cluster]:
        """Stations of a box gathered by the cells of a map, each in exactly one.

        Args:
            box: Viewport in degrees.
            zoom: 0…22 of a Web Mercator map; cells are a quarter of a tile wide. So many
                cells that nobody could tell them apart are made larger.
            filters: As in a search.

        Cost: 30 ns a station in the box, one statement for those that stand alone.
        """
        return await self._gathered(
            box, filters, lambda chosen, demo: clusters.gather(chosen, box, zoom, demo)
        )

    async def tile(self, tile: Tile, filters: Filters) -> list[Cluster]:
        """The same for a tile, each station in one of one tile: see ``gather_tile``."""
        return await self._gathered(
            tile.box, filters, lambda chosen, demo: clusters.gather_tile(chosen, tile, demo)
        )

    async def _gathered(
        self,
        box: Box,
        filters: Filters,
        gather: Callable[[Sequence[Match], Sequence[int]], list[Cell]],
    ) -> list[Cluster]:
        tests = await self._tests(filters)
        chosen = clusters.choose(self._index.tiers, box, tests)
        synthetic = self._index.registry.synthetic_feed_ids
        cells = await aside(_count(chosen), lambda: gather(chosen, synthetic))
        alone = [(cell.station_id, cell.card_version) for cell in cells if cell.station_id]
        cards: dict[int, bytes | None] = {}
        for first in range(0, len(alone), BATCH):
            ids, versions = map(list, zip(*alone[first : first + BATCH], strict=True))
            bodies = await self._cards.kept(Wanted(self._index.uuid, ids, versions))
            cards.update(zip(ids, bodies, strict=True))
            await asyncio.sleep(0)
        return [
            Cluster(
                cell.count,
                cell.latitude,
                cell.longitude,
                cell.max_power_kw,
                cell.available_count,
                cell.power_counts,
                cell.is_synthetic,
                lone(cell, cards),
            )
            for cell in cells
        ]

    async def known(self, ids: Sequence[int]) -> dict[int, Found]:
        """Some stations as they are now, by integer id, shown or not; gone ones are left out.

        Cost: 10 µs and 1…4 µs a card, of which there may be 500; at most one statement.
        """
        wanted = np.sort(np.array(ids, np.int64))
        matches = [Match(columns, _valid(columns, wanted)) for columns in self._index.tiers]
        hits = ranking.order(matches, Sort.ID)
        listed = await self._with_cards(hits, slice(None))
        return {one.station_id: one for one in listed.each()}

    @track_request()
    def count_operators(self) -> list[tuple[str, int]]:
        """Operators with shown stations and how many, most first, then by name."""
        return _most_first(counts.count_operators(self._index))

    def count_feeds(self) -> Mapping[int, int]:
        """Stations by the id of their feed, shown or not; gone ones never."""
        kept = self.documents.kept("feeds", lambda: _encode_counts(counts.count_feeds(self._index)))
        return _decode_counts(kept)

    @track_request()
    def count_connectors(self) -> list[tuple[str, int]]:
        """Connector standards and how many shown stations have them, most first."""
        return _most_first(counts.count_connectors(self._index))

    async def _hits(
        self, criteria: Criteria, *, after: After | None, count: int | None
    ) -> ranking.Hits:
        order = criteria.order
        _require_area(criteria)
        text_ids = await self._text_ids(criteria.filters)
        tests = await self._tests(criteria.filters, text_ids)
        if isinstance(area := criteria.area, Along):
            matches = await self._along(area, tests)
        else:
            shape = _shape(criteria, text_ids)
            matches = find(self._index.tiers, Query(shape, order, tests, after, count))
        if count is not None:
            return ranking.order(matches, order, after=after, count=count)
        return await aside(_count(matches), lambda: ranking.order(matches, order))

    async def _along(self, area: Along, tests: Sequence[Test]) -> list[Match]:
        try:
            return await self._beside.find(
                self._index.tiers, area.points, area.corridor_km * 1000, tests
            )
        except RouteTooTangledError as error:
            raise RouteTooTangled from error

    async def _sampled(self, criteria: Criteria, box: Box, limit: int) -> Listed:
        _require_area(criteria)
        text_ids = await self._text_ids(criteria.filters)
        tests = await self._tests(criteria.filters, text_ids)
        inside = find(self._index.tiers, Query(box, criteria.order, tests))
        matches = await aside(_count(inside), lambda: sampling.spread_evenly(inside, box, limit))
        return await self._with_cards(ranking.order(matches, criteria.order), slice(0, limit))

    async def _text_ids(self, filters: Filters) -> Rows | None:
        if filters.text is None:
            return None
        words = list(split(filters.text))
        if not words:
            return np.empty(0, np.int64)
        prefix = words.pop() if len(words[-1]) >= MIN_PREFIX else None
        return await self._reader.find_text(list(dict.fromkeys(words)), prefix)

    async def _tests(self, filters: Filters, text_ids: Rows | None = None) -> list[Test]:
        if filters.text is not None and text_ids is None:
            text_ids = await self._text_ids(filters)
        if filters.open_at is not None:
            await self._index.hours.prepare(filters.open_at)
        return compile_tests(filters, self._index.registry, self._index.hours, text_ids)

    async def _with_cards(self, hits: ranking.Hits, part: slice) -> Listed:
        wanted = Wanted(
            self._index.uuid, hits.ids[part].tolist(), hits.card_versions[part].tolist()
        )
        return with_cards(hits, part, await self._cards.kept(wanted))


def _shape(criteria: Criteria, text_ids: Rows | None) -> Shape:
    area = criteria.area
    if isinstance(area, Near):
        return Circle(area.centre, area.radius_km * 1000)
    if isinstance(area, Inside):
        return area.box
    return text_ids


def _valid(columns: Columns, ids: Rows) -> Rows:
    rows = columns.rows_of(ids)
    valid: Rows = rows[columns.live[rows] != TAKEN_OUT]
    return valid


def _count(matches: Sequence[Match]) -> int:
    return sum(len(match.rows) for match in matches)


def _require_area(criteria: Criteria) -> None:
    order, area = criteria.order, criteria.area
    if order is Sort.DISTANCE and not isinstance(area, Near | Along):
        raise SortNeedsArea(order, "a point (`latitude` and `longitude`) or a `route`")
    if order is Sort.ALONG and not isinstance(area, Along):
        raise SortNeedsArea(order, "a `route`")


def _most_first(counted: Counter[str]) -> list[tuple[str, int]]:
    return sorted((+counted).items(), key=lambda item: (-item[1], item[0]))
