"""Rows of a table: CSV in any dialect, below any preamble; spreadsheets."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time
from functools import partial
from itertools import islice
from typing import Any, BinaryIO, NamedTuple, TextIO

from python_calamine import CalamineError, CalamineWorkbook

from app.importers.errors import SourceUnreadable
from app.importers.row import Layout, Malformed, Record, Row, nameless

IsHeader = Callable[[Sequence[str]], bool]

MAX_LINE_CHARS = 4 << 20
MAX_CELL_CHARS = 1 << 20
MAX_PREAMBLE_RECORDS = 50
MAX_SPREADSHEET_BYTES = 256 << 20
"""Unpacked; the reader of spreadsheets holds them whole."""

_DELIMITERS = (";", ",", "\t", "|")
_FEWEST_COLUMNS = 3
_CUT_BRACKET = re.compile(r"(?<![^\0])(\[[^\0\[\]]*)\0([^\0\[\]]*\])(?![^\0])")
"""Between cells joined by NUL, which lines have none of."""

csv.field_size_limit(MAX_CELL_CHARS)


class _Header(NamedTuple):
    delimiter: str
    above: tuple[str, ...]
    cells: list[str]


def read_csv(
    stream: BinaryIO, head: str, is_header: IsHeader, origin: str
) -> tuple[Layout, Iterator[Row | Malformed]]:
    """Layout and rows of a CSV text.

    Args:
        stream: Clean UTF-8, from its first byte.
        head: The beginning of the same text, which the header must be in.
        is_header: Tells the header by meaning; without one, the first record with the
            most cells of any delimiter is taken for it.
        origin: Names the input in errors.

    Rows come with their cells by column. Empty lines and repeats of the header are no rows;
    missing cells at the end of a row are empty; more cells than columns are a ``ragged-row``
    unless the surplus is empty, or a place in brackets was cut. A record with quotes in the
    wrong places is given up at its first line, which is read by itself; the lines behind it
    are read anew.

    Raises:
        SourceUnreadable: While reading: a line longer than ``MAX_LINE_CHARS``.
    """
    header = _find_header(head, is_header)
    columns = number_repeats(header.cells)
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
    return Layout("csv", columns, header.above), _csv_rows(text, header, columns, origin)


def _find_header(head: str, is_header: IsHeader) -> _Header:
    """The first record that is a header, of the delimiter that cuts the most cells."""
    by_delimiter = sorted(
        (_first_records(head, delimiter) for delimiter in _DELIMITERS),
        key=lambda records: -max((len(record.cells) for record in records), default=0),
    )
    for records in by_delimiter:
        for record in records:
            if len(record.cells) >= _FEWEST_COLUMNS and is_header(record.cells):
                return record
    return max(
        by_delimiter[0],
        key=lambda record: (sum(map(bool, record.cells)), -len(record.above)),
        default=_Header(",", (), []),
    )


def _first_records(head: str, delimiter: str) -> list[_Header]:
    """Candidates for the header: the first records, cut by a delimiter."""
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
    records: list[_Header] = []
    try:
        for cells in islice(reader, MAX_PREAMBLE_RECORDS):
            above = tuple(" ".join(filter(None, record.cells)) for record in records)
            records.append(_Header(delimiter, above, [_clean_name(cell) for cell in cells]))
    except csv.Error:
        pass  # The records before the one that cannot be read are still good for a look.
    return records


def number_repeats(cells: Sequence[str]) -> tuple[str, ...]:
    """Column names made distinct: ``ID``, ``ID_2``; a nameless one by its place: ``column 3``."""
    seen: Counter[str] = Counter()
    names = []
    for place, cell in enumerate(cells, 1):
        name = _clean_name(cell) or nameless(place)
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return tuple(names)


def _clean_name(cell: str) -> str:
    return " ".join(cell.replace("\ufeff", "").split())


class _Lines:
    """Lines of a text, remembered until a row is made of them; some can be put back."""

    def __init__(self, text: TextIO, origin: str) -> None:
        self._text = text
        self._origin = origin
        self._returned: deque[str] = deque()
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        read_line = self._text.readline
        returned = self._returned
        while True:
            line = returned.popleft() if returned else read_line(MAX_LINE_CHARS)
            if not line:
                return
            if len(line) == MAX_LINE_CHARS:
                raise SourceUnreadable(
                    self._origin, f"a line is longer than {MAX_LINE_CHARS:,} characters"
                )
            if "\0" in line:
                line = line.replace("\0", "")
            self.taken.append(line)
            yield line

    def take(self) -> list[str]:
        """The lines since the last call."""
        taken, self.taken = self.taken, []
        return taken

    def put_back(self, lines: Iterable[str]) -> None:
        """Have lines read again, before all others."""
        self._returned.extendleft(reversed(list(lines)))


def _csv_rows(
    text: TextIO, header: _Header, columns: tuple[str, ...], origin: str
) -> Iterator[Row | Malformed]:
    lines = _Lines(text, origin)
    places = _places(columns)
    for _ in islice(csv.reader(iter(lines), delimiter=header.delimiter), len(header.above) + 1):
        lines.take()
    width, join, number = len(columns), "".join, 0
    last_name = header.cells[-1] if header.cells else ""
    new_reader = partial(csv.reader, delimiter=header.delimiter, strict=True)
    reader = new_reader(iter(lines))
    while True:
        try:
            cells = next(reader)
            taken = lines.take()
            is_suspect = len(taken) > 1 and not _fits(cells, width)
        except StopIteration:
            return
        except csv.Error:
            taken, is_suspect = lines.take(), True
        if is_suspect:
            # A quote was opened or closed in the wrong place, or swallowed other rows.
            lines.put_back(taken[1:])
            del taken[1:]
            cells = _read_leniently(taken[0], header.delimiter)
            reader = new_reader(iter(lines))
        if not any(cells):
            continue
        if len(cells) != width:
            is_short = is_suspect and len(cells) < width
            fitted = None if is_short else _fitted(cells, width)
            if fitted is None:
                number += 1
                reason = "open-quote" if is_short else "ragged-row"
                detail = f"{len(cells)} cells for {width} columns"
                yield Malformed(number, reason, detail, partial(join, taken))
                continue
            cells = fitted
        if cells[-1] == last_name and [_clean_name(cell) for cell in cells] == header.cells:
            continue
        number += 1
        yield Row(number, Record(places, cells), partial(join, taken))


def _fits(cells: list[str], width: int) -> bool:
    return len(cells) == width or (len(cells) > width and not any(cells[width:]))


def _fitted(cells: list[str], width: int) -> list[str] | None:
    """A record's cells, as many as there are columns; ``None`` where it has more.

    ``[4.85,45.76]`` that the delimiter has cut, for want of quotes, is put together again.
    """
    if len(cells) > width:
        cells = _CUT_BRACKET.sub(r"\1,\2", "\0".join(cells)).split("\0")
    return None if any(cells[width:]) else cells[:width] + [""] * (width - len(cells))


def _places(columns: tuple[str, ...]) -> dict[str, int]:
    return {column: place for place, column in enumerate(columns)}


def _read_leniently(line: str, delimiter: str) -> list[str]:
    """The cells of a line by itself, with quotes in the wrong places taken as they are."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return [line]


def read_spreadsheet(
    stream: BinaryIO, is_header: IsHeader, origin: str
) -> tuple[Layout, Iterator[Row | Malformed]]:
    """Layout and rows of the largest sheet of an XLSX or ODS file, below any preamble.

    Cells become text as in CSV: whole numbers without a point, dates as ISO 8601.

    Raises:
        SourceUnreadable: It is no spreadsheet, or a too large one.
    """
    size_bytes = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    if size_bytes > MAX_SPREADSHEET_BYTES:
        raise SourceUnreadable(
            origin, f"the spreadsheet has {size_bytes:,} bytes, over {MAX_SPREADSHEET_BYTES:,}"
        )
    try:
        workbook = CalamineWorkbook.from_filelike(stream)
        sheets = [workbook.get_sheet_by_name(name) for name in workbook.sheet_names]
    except CalamineError as error:
        raise SourceUnreadable(origin, f"it is no spreadsheet ({error})") from error
    sheet = max(sheets, key=lambda sheet: sheet.height * sheet.width, default=None)
    records: Iterator[list[str]] = (
        ([_as_text(cell) for cell in cells] for cells in sheet.iter_rows()) if sheet else iter(())
    )
    first = [cells for cells, _ in zip(records, range(MAX_PREAMBLE_RECORDS), strict=False)]
    place = next(
        (
            index
            for index, cells in enumerate(first)
            if is_header([_clean_name(cell) for cell in cells])
        ),
        0,
    )
    columns = number_repeats(first[place]) if first else ()
    preamble = tuple(" ".join(filter(None, cells)) for cells in first[:place])
    return Layout("xlsx", columns, preamble), _sheet_rows(columns, first[place + 1 :], records)


def _sheet_rows(
    columns: tuple[str, ...], first: list[list[str]], others: Iterator[list[str]]
) -> Iterator[Row]:
    number, places = 0, _places(columns)
    for source in (first, others):
        for cells in source:
            if any(cells):
                number += 1
                yield Row(number, Record(places, cells), partial("\t".join, cells))


def _as_text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell)
