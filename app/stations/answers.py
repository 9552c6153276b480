"""Stations as bytes in the four forms: pages joined from cards, and whole results streamed."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import aclosing
from itertools import chain, repeat

import msgspec
import numpy as np

from app.stations.cards import Found, as_feature, as_json, csv_cells
from app.stations.criteria import Along, Criteria, Near
from app.stations.finding import Cluster, Listed
from app.stations.index.search import Floats
from app.utils.memory_optimization import StreamingProcessor
from app.web.formats import Form

COLUMNS = (
    "id", "name", "street", "postal_code", "city", "state", "country", "latitude", "longitude",
    "operator", "access", "open_24_7", "evse_count", "available_count", "status_updated_at",
    "max_power_kw", "connectors", "source", "licence", "attribution", "updated_at", "synthetic",
)  # fmt: skip
"""Columns of the CSV form; ``distance_m`` and ``along_m`` follow where an area gives them."""

_FREE_TEXT = tuple(
    COLUMNS.index(name)
    for name in ("name", "street", "postal_code", "city", "state", "operator", "attribution")
)
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

_encode = msgspec.json.Encoder().encode


def page_body(form: Form, listed: Listed, next_cursor: str | None, criteria: Criteria) -> bytes:
    """One page in a form.

    Cost: joins ready-made bytes (JSON: 1 µs a station); CSV alone decodes its cards.
    """
    if form is Form.JSON:
        return _json_page(listed, next_cursor)
    found = listed.each()
    if form is Form.GEOJSON:
        return b'{"type":"FeatureCollection","features":[%b],"next_cursor":%b}' % (
            b",".join(map(as_feature, found)),
            _encode(next_cursor),
        )
    if form is Form.CSV:
        return csv_header(criteria) + csv_rows(found)
    return ndjson_lines(found)


def _json_page(listed: Listed, next_cursor: str | None) -> bytes:
    """Joined once, since to copy a page takes as long as to put it together."""
    pieces = _woven(_json_columns(listed)) if listed.bodies else [b""]
    pieces[-1] = pieces[-1].rstrip(b",")
    return b"".join((b'{"items":[', *pieces, b'],"next_cursor":%b}' % _encode(next_cursor)))


def _json_columns(listed: Listed) -> list[list[bytes]]:
    """What each item is joined of: ``as_json`` of at least one, step by step for all at once."""
    count = len(listed.bodies)
    columns = [list(map(bytes.replace, listed.bodies, repeat(b"\0"), listed.members()))]
    for name, metres in (("distance_m", listed.distances_m), ("along_m", listed.along_m)):
        if metres is not None:
            columns += [[b',"%b":' % name.encode()] * count, _rounded(metres)]
    return [*columns, [b"},"] * count]


def _rounded(metres: Floats) -> list[bytes]:
    """Whole metres as text; to write a list of numbers takes a tenth of writing each."""
    return _encode(np.rint(metres).astype(np.int64).tolist())[1:-1].split(b",")


def _woven(columns: Sequence[list[bytes]]) -> list[bytes]:
    """Row by row what stands in columns of equal length."""
    pieces = [b""] * sum(map(len, columns))
    for place, column in enumerate(columns):
        pieces[place :: len(columns)] = column
    return pieces


async def begun(batches: AsyncIterator[list[Found]]) -> AsyncIterator[list[Found]]:
    """The same batches, the first one found already, with whatever that may raise."""
    first: list[Found] = await anext(batches, [])

    async def with_first() -> AsyncIterator[list[Found]]:
        try:
            yield first
            async for found in batches:
                yield found
        finally:
            if isinstance(batches, AsyncGenerator):
                await batches.aclose()

    return with_first()


async def stream_body(
    form: Form, batches: AsyncIterator[list[Found]], criteria: Criteria
) -> AsyncIterator[bytes]:
    """A whole result, a batch at a time, in constant memory; others run between two."""
    before, after, transform = _streamed(form, criteria)
    if before:
        yield before
    pieces = StreamingProcessor.stream_process(batches, chunk_size=1, transform=transform)
    async with aclosing(pieces):
        async for piece in pieces:
            if piece:
                yield piece
    if after:
        yield after


def _streamed(
    form: Form, criteria: Criteria
) -> tuple[bytes, bytes, Callable[[Sequence[Found]], bytes]]:
    """What stands before the batches, what behind them, and how one is written."""
    if form is Form.CSV:
        return csv_header(criteria), b"", csv_rows
    if form is Form.NDJSON:
        return b"", b"", ndjson_lines
    return b'{"type":"FeatureCollection","features":[\n', b"\n]}\n", _feature_lines()


def _feature_lines() -> Callable[[Sequence[Found]], bytes]:
    separators = chain([b""], repeat(b",\n"))

    def lines(found: Sequence[Found]) -> bytes:
        return next(separators) + b",\n".join(map(as_feature, found)) if found else b""

    return lines


def ndjson_lines(found: Iterable[Found]) -> bytes:
    """One JSON object a line."""
    return b"".join(as_json(one) + b"\n" for one in found)


def csv_header(criteria: Criteria) -> bytes:
    """The header line, ended by CR LF as RFC 4180 has it."""
    return _csv_lines([(*COLUMNS, *_distance_columns(criteria))])


def csv_rows(found: Iterable[Found]) -> bytes:
    """One line a station.

    Free text that a spreadsheet would run as a formula (it begins with ``=``, ``+``, ``-``,
    ``@``, a tab or a carriage return) gets an apostrophe in front.
    """
    return _csv_lines(_guarded(csv_cells(one)) for one in found)


def _guarded(cells: list[str]) -> list[str]:
    for column in _FREE_TEXT:
        if cells[column].startswith(_FORMULA_STARTS):
            cells[column] = f"'{cells[column]}"
    return cells


def _distance_columns(criteria: Criteria) -> Iterator[str]:
    if isinstance(criteria.area, Near | Along):
        yield "distance_m"
    if isinstance(criteria.area, Along):
        yield "along_m"


def _csv_lines(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def clusters_body(clusters: Iterable[Cluster]) -> bytes:
    """Clusters as GeoJSON; one of a single station is that station's feature."""
    return b'{"type":"FeatureCollection","features":[%b]}' % b",".join(map(_cluster, clusters))


def _cluster(cluster: Cluster) -> bytes:
    if cluster.station is not None:
        return as_feature(cluster.station)[:-2] + b',"cluster":false,"count":1}}'
    return _encode(
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": (cluster.longitude, cluster.latitude)},
            "properties": {
                "cluster": True,
                "count": cluster.count,
                "max_power_kw": cluster.max_power_kw,
                "available_count": cluster.available_count,
                "power_counts": cluster.power_counts,
                "synthetic": cluster.is_synthetic,
            },
        }
    )
