"""Rows of JSON: lines, an array, or an array inside an envelope; streamed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, BinaryIO

import ijson
import msgspec

from app.importers.errors import SourceUnreadable
from app.importers.json_shape import Shape, find_rows, is_page
from app.importers.row import Layout, Malformed, Row

MAX_ROW_BYTES = 8 << 20
"""A longer line or object is no station."""

_ERROR_TAIL_BYTES = 1 << 17
_SEPARATOR = b"\x1e"
"""In front of each line of a JSON text sequence (RFC 8142)."""

_decode = msgspec.json.decode
_encode = msgspec.json.Encoder(decimal_format="number").encode


def read_json(
    stream: BinaryIO, head: bytes, origin: str, *, head_is_all: bool
) -> tuple[Layout, Iterator[Row | Malformed]]:
    """Layout and rows of a JSON text, whatever its form.

    * One object a line (JSON lines): a line that cannot be read is a ``bad-json`` row.
    * An array of objects, or an object in which some member holds one, at most three levels
      deep (``json_shape.find_rows``); such documents one behind the other, too.
    * One object with coordinates, bare or as a member: one row. Several members with
      coordinates: a row each.

    Args:
        stream: Clean UTF-8, from its first byte.
        head: The beginning of the same text; the first row must begin in it.
        origin: Names the input in errors.
        head_is_all: Whether ``head`` is the whole text.

    Raises:
        SourceUnreadable: Here: no rows in sight. While reading: the document is not JSON
            from some line on, which is named, or one object is larger than ``MAX_ROW_BYTES``.
    """
    if _is_lines(head):
        return Layout("jsonl"), _line_rows(stream, origin)
    shape = find_rows(head, is_whole=head_is_all)
    if shape.prefix is None:
        if not head_is_all:
            raise SourceUnreadable(
                origin, f"no array of objects begins in its first {len(head):,} bytes"
            )
        _require_json(stream, origin)
        return Layout("json", envelope=shape.envelope), iter(())
    return Layout("json", envelope=shape.envelope), _item_rows(stream, shape, origin)


def _is_lines(head: bytes) -> bool:
    """Whether the first two lines are objects, and the first is no page of rows by itself."""
    if head.startswith(_SEPARATOR):
        return True
    line, _, rest = head.lstrip().partition(b"\n")
    return line.startswith(b"{") and rest.lstrip().startswith(b"{") and not is_page(line)


def _line_rows(stream: BinaryIO, origin: str) -> Iterator[Row | Malformed]:
    number = 0
    while line := stream.readline(MAX_ROW_BYTES):
        if len(line) == MAX_ROW_BYTES:
            raise SourceUnreadable(origin, f"a line is longer than {MAX_ROW_BYTES:,} bytes")
        if line.isspace():
            continue
        number += 1
        raw = partial(_text_of, line)
        try:
            values = _decode(line.lstrip(_SEPARATOR))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            yield Malformed(number, "bad-json", str(error), raw)
            continue
        if isinstance(values, dict):
            yield Row(number, values, raw)
        else:
            yield Malformed(number, "bad-json", "the line holds no object", raw)


def _text_of(line: bytes) -> str:
    return line.decode("utf-8", "replace")


def _item_rows(stream: BinaryIO, shape: Shape, origin: str) -> Iterator[Row | Malformed]:
    watched = _Watched(stream, origin)
    number = 0
    try:
        for values in _items(watched, shape):
            watched.mark()
            number += 1
            yield _item_row(number, values)
    except ijson.JSONError as error:
        raise SourceUnreadable(origin, watched.describe(error, rows=number)) from error


def _items(stream: _Watched, shape: Shape) -> Iterator[Any]:
    # With `use_float` an integer of more than 64 bits would end the whole input.
    if not shape.is_keyed:
        yield from ijson.items(stream, shape.prefix, multiple_values=True)
        return
    for _, values in ijson.kvitems(stream, shape.prefix, multiple_values=True):
        if isinstance(values, dict):  # Others stand beside the rows, as in any envelope.
            yield values


def _item_row(number: int, values: Any) -> Row | Malformed:
    """An object with its numbers as a line of JSON would have them."""
    if not isinstance(values, dict):
        raw = partial(_json_of, values)
        return Malformed(number, "bad-json", "the array's member is no object", raw)
    try:
        values = _decode(_encode(values))
    except (ValueError, OverflowError) as error:
        return Malformed(number, "bad-json", str(error), partial(str, values))
    return Row(number, values, partial(_json_of, values))


def _json_of(values: Any) -> str:
    return _encode(values).decode()


def _require_json(stream: BinaryIO, origin: str) -> None:
    watched = _Watched(stream, origin)
    try:
        for _ in ijson.basic_parse(watched, multiple_values=True):
            pass
    except ijson.JSONError as error:
        raise SourceUnreadable(origin, watched.describe(error, rows=0)) from error


class _Watched:
    """A stream for the parser that knows how far it got, and bounds one row's size."""

    def __init__(self, stream: BinaryIO, origin: str) -> None:
        self._stream = stream
        self._origin = origin
        self._position = 0
        self._lines = 0
        self._marked = 0
        self._tail = b""

    def mark(self) -> None:
        """A row is complete."""
        self._marked = self._position

    def read(self, size: int = -1) -> bytes:
        """As of any stream."""
        if self._position - self._marked > MAX_ROW_BYTES:
            raise SourceUnreadable(self._origin, f"an object has over {MAX_ROW_BYTES:,} bytes")
        data = self._stream.read(size)
        self._position += len(data)
        self._lines += data.count(b"\n")
        self._tail = (self._tail + data)[-_ERROR_TAIL_BYTES:]
        return data

    def describe(self, error: Exception, *, rows: int) -> str:
        """Where a document stops being JSON, as exactly as the parser's words allow."""
        message, snippet, arrow = [*str(error).split("\n"), "", ""][:3]
        shown = snippet.strip().encode()
        # The parser shows a piece of text with its line feeds turned into blanks.
        found = self._tail.replace(b"\n", b" ").replace(b"\r", b" ").rfind(shown) if shown else -1
        if found < 0:
            return (
                f"it is not JSON near line {self._lines + 1:,}, byte {self._position:,},"
                f" after {rows:,} rows ({message})"
            )
        leading = len(snippet) - len(snippet.lstrip())
        at = found + min(max(arrow.find("^") - leading, 0), len(shown))
        line = self._lines - self._tail[at:].count(b"\n") + 1
        byte = self._position - len(self._tail) + at
        return f"it is not JSON at line {line:,}, byte {byte:,}, after {rows:,} rows ({message})"
