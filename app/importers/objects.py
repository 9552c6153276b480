"""Rows of JSON: lines, an array, or an array inside an envelope; streamed."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, BinaryIO, NamedTuple

import ijson
import msgspec

from app.importers.errors import SourceUnreadable
from app.importers.row import Layout, Malformed, Row

MAX_ROW_BYTES = 8 << 20
"""A longer line or object is no station."""

_FEWEST_MEMBERS = 3
_DEEPEST_ARRAY = 3
_ERROR_TAIL_BYTES = 1 << 17
_PLACE_MEMBERS = frozenset({"latitude", "lat", "coordinates", "addressinfo", "geometry"})

_decode = msgspec.json.decode
_encode = msgspec.json.Encoder(decimal_format="number").encode


class _Shape(NamedTuple):
    """Where the rows of a document are."""

    prefix: str | None
    """As ijson writes it (``data.item``); ``None``: there are none in what was looked at."""
    envelope: Mapping[str, Any]


def read_json(
    stream: BinaryIO, head: bytes, origin: str, *, head_is_all: bool
) -> tuple[Layout, Iterator[Row | Malformed]]:
    """Layout and rows of a JSON text, whatever its form.

    * One object a line (JSON lines): a line that cannot be read is a ``bad-json`` row.
    * An array of objects, or an object in which some member holds one, at most three levels
      deep: the first whose objects have three members or more.
    * One object with coordinates, bare or as the member ``data``: one row.

    Args:
        stream: Clean UTF-8, from its first byte.
        head: The beginning of the same text; the first row must begin in it.
        origin: Names the input in errors.
        head_is_all: Whether ``head`` is the whole text.

    Raises:
        SourceUnreadable: Here: no rows in sight. While reading: the document is not JSON
            from some line on, which is named, or one object is larger than ``MAX_ROW_BYTES``.
    """
    if _is_lines(head, head_is_all=head_is_all):
        return Layout("jsonl"), _line_rows(stream, origin)
    shape = (_find_one(head) if head_is_all else None) or _find_rows(head)
    if shape.prefix is None:
        if not head_is_all:
            raise SourceUnreadable(
                origin, f"no array of objects begins in its first {len(head):,} bytes"
            )
        _require_json(stream, origin)
        return Layout("json", envelope=shape.envelope), iter(())
    return Layout("json", envelope=shape.envelope), _item_rows(stream, shape.prefix, origin)


def _is_lines(head: bytes, *, head_is_all: bool) -> bool:
    """Whether the first line is one whole object, and no envelope by itself."""
    text = head.lstrip()
    line, newline, rest = text.partition(b"\n")
    if not line.startswith(b"{") or not (newline or head_is_all):
        return False
    if rest.lstrip().startswith(b"{"):
        return True
    try:
        alone = _decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return not rest.strip() and not _PLACE_MEMBERS.isdisjoint(map(str.casefold, alone))


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
            values = _decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            yield Malformed(number, "bad-json", str(error), raw)
            continue
        if isinstance(values, dict):
            yield Row(number, values, raw)
        else:
            yield Malformed(number, "bad-json", "the line holds no object", raw)


def _text_of(line: bytes) -> str:
    return line.decode("utf-8", "replace")


def _find_one(text: bytes) -> _Shape | None:
    """A whole document that is one station, however its lines are broken."""
    try:
        document = _decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if _is_place(document):
        return _Shape("", {})
    if isinstance(document, dict) and _is_place(document.get("data")):
        return _Shape("data", {})
    return None


def _is_place(value: Any) -> bool:
    """Whether an object has a place as a member; envelopes have bare numbers at most."""
    return isinstance(value, dict) and any(
        isinstance(member, dict) and name.casefold() in _PLACE_MEMBERS
        for name, member in value.items()
    )


def _find_rows(head: bytes) -> _Shape:
    """The first array of rows in the beginning of a document."""
    envelope: dict[str, Any] = {}
    fallback: str | None = None
    array: str | None = None
    opened: str | None = None
    members = 0
    try:
        for prefix, event, value in ijson.parse(io.BytesIO(head), use_float=True):
            if opened is not None:
                members += event == "map_key" and prefix == opened
                if members >= _FEWEST_MEMBERS:
                    return _Shape(opened, envelope)
                if event == "end_map" and prefix == opened:
                    opened = None
            elif event == "start_array" and prefix.count(".") < _DEEPEST_ARRAY:
                array = f"{prefix}.item" if prefix else "item"
            elif event == "start_map" and prefix == array:
                members, opened = 0, prefix
                fallback = fallback or prefix
            elif prefix and "." not in prefix and _is_scalar(event):
                envelope[prefix] = value
    except ijson.JSONError:
        pass  # The head is cut off somewhere; what came before is what was looked for.
    return _Shape(fallback, envelope)


def _is_scalar(event: str) -> bool:
    return event in {"string", "number", "boolean", "null"}


def _item_rows(stream: BinaryIO, prefix: str, origin: str) -> Iterator[Row | Malformed]:
    watched = _Watched(stream, origin)
    number = 0
    try:
        # With `use_float` an integer of more than 64 bits would end the whole input.
        for values in ijson.items(watched, prefix, multiple_values=True):
            watched.mark()
            number += 1
            yield _item_row(number, values)
    except ijson.JSONError as error:
        raise SourceUnreadable(origin, watched.describe(error, rows=number)) from error


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
