"""The reading half of an import: from an input's bytes to stations that can be stored.

It knows no database, so it may run in a process of its own (``reader_process``).
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from itertools import islice
from typing import BinaryIO

from app.importers.feed import Feed
from app.importers.grouping import Grouping
from app.importers.messages import Chunk, Destination, Learnt, Message, Order, Recognised
from app.importers.read import read_rows
from app.importers.registry import FEEDS, recognise
from app.importers.row import Malformed, Row
from app.importers.sorting import Sorter, offer
from app.stations.offers import whole_seconds_ms

SAMPLE_ROWS = 1_000
_SIFTED_ROWS = 512
_COLLECT_AFTER = 50_000


def read_input(
    stream: BinaryIO, order: Order, feed: Feed | None, destination: Callable[[], Destination]
) -> Generator[Message, None, None]:
    """Read a whole input, then hand out its stations, ordered by key.

    Args:
        stream: The bytes as they came.
        order: What is read.
        feed: The format; ``None`` recognises it.
        destination: Asked once, when the whole input was read.

    Raises:
        SourceUnreadable, FormatNotRecognised, LayoutNotUnderstood: The input cannot be read;
            no station was handed out.

    Cost: 60 µs a row, 60 µs a new station; memory stays bounded for any input.
    """
    with ExitStack() as files:
        is_header = feed.is_header if feed else _is_any_header
        layout, rows = read_rows(stream, is_header, order.origin, files)
        first = list(islice(rows, SAMPLE_ROWS))
        sample = [row for row in first if isinstance(row, Row)]
        feed = feed or recognise(layout, sample)
        translator = feed.translator(layout, sample)
        if layout.left_out:
            translator.notes.remarks["files-left-out"] = ", ".join(layout.left_out)
        del sample
        yield Recognised(feed.source)
        grouping = files.enter_context(Grouping())
        sorter = Sorter(feed, translator, grouping, allow_non_open=order.allow_non_open)
        for number, row in enumerate(_all(first, rows), 1):
            sorter.take(row)
            if not number % _SIFTED_ROWS:
                yield sorter.drain()
        yield sorter.drain()
        yield Learnt.of(translator.notes)
        target = destination()
        for stations in sorter.chunks():
            now_ms = whole_seconds_ms(datetime.now(UTC))
            ready = [offer(one, target, now_ms) for one in stations]
            del stations  # One chunk is held, not two.
            yield Chunk(ready, now_ms)
            del ready
        yield sorter.drain()
        yield Learnt.of(translator.notes)


def _all(
    first: list[Row | Malformed], others: Iterable[Row | Malformed]
) -> Iterator[Row | Malformed]:
    """The sample's rows, let go of one by one, and the others."""
    first.reverse()
    while first:
        yield first.pop()
    yield from others


@contextmanager
def rare_collections() -> Iterator[None]:
    """Few looks for cycles: the rows' objects make none, and looking took a tenth of the time."""
    before = gc.get_threshold()
    gc.set_threshold(_COLLECT_AFTER, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _is_any_header(cells: Sequence[str]) -> bool:
    return any(feed.is_header(cells) for feed in FEEDS.values())
