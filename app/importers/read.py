"""From the bytes of an input to its layout and rows, whatever it is made of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import BinaryIO

from app.importers import decode
from app.importers.elements import placed
from app.importers.errors import SourceUnreadable
from app.importers.markup import read_xml
from app.importers.objects import read_json
from app.importers.row import Layout, Malformed, Row
from app.importers.tables import IsHeader, read_csv, read_spreadsheet

HEAD_BYTES = 1 << 18
"""Looked at before anything is decided; header or first object must begin in it."""


def read_rows(
    stream: BinaryIO, is_header: IsHeader, origin: str, stack: ExitStack
) -> tuple[Layout, Iterator[Row | Malformed]]:
    """Layout and rows of an input, in constant memory but for spreadsheets.

    Args:
        stream: The bytes as they came.
        is_header: Tells a table's header by meaning.
        origin: Names the input in errors.
        stack: Gets what has to be closed when the rows are done with.

    Raises:
        SourceUnreadable: Here or while reading: empty, damaged, or neither table nor JSON.
    """
    left_out: list[str] = []
    layout, rows = _read(decode.unpack(stream, origin, stack, left_out), is_header, origin)
    return (replace(layout, left_out=tuple(left_out)) if left_out else layout), rows


def _read(
    unpacked: BinaryIO, is_header: IsHeader, origin: str
) -> tuple[Layout, Iterator[Row | Malformed]]:
    if decode.is_spreadsheet(unpacked):
        return read_spreadsheet(unpacked, is_header, origin)
    head, text = decode.split_head(decode.utf8(unpacked), HEAD_BYTES)
    first = head.lstrip()[:1]
    if not first:
        raise SourceUnreadable(origin, "it is empty")
    if first == b"<":
        layout, rows = read_xml(text, origin)
        return layout, placed(rows)
    if first in b"[{\x1e":
        layout, rows = read_json(text, head, origin, head_is_all=len(head) < HEAD_BYTES)
        return layout, placed(rows)
    return read_csv(text, head.decode("utf-8", "ignore"), is_header, origin)
