"""Rows of OpenStreetMap's XML, as the members that its JSON has; streamed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, BinaryIO
from xml.parsers import expat

import msgspec

from app.importers.elements import KINDS
from app.importers.errors import SourceUnreadable
from app.importers.objects import MAX_ROW_BYTES
from app.importers.row import Layout, Malformed, Row

_BITE_BYTES = 1 << 16
_NUMBERS = {"id": int, "ref": int, "lat": float, "lon": float}
_BOX = ("minlat", "minlon", "maxlat", "maxlon")


def read_xml(stream: BinaryIO, origin: str) -> tuple[Layout, Iterator[Row | Malformed]]:
    """Layout and rows of an XML text: each node, way and relation is one.

    Args:
        stream: Clean UTF-8, from its first byte.
        origin: Names the input in errors.

    Raises:
        SourceUnreadable: While reading: it is HTML or other XML, breaks off, declares
            entities, or one element is larger than ``MAX_ROW_BYTES``.
    """
    return Layout("xml"), _rows(stream, origin)


def _rows(stream: BinaryIO, origin: str) -> Iterator[Row | Malformed]:
    elements = _Elements(origin)
    number = 0
    try:
        while bite := stream.read(_BITE_BYTES):
            elements.parse(bite)
            for values in elements.take():
                number += 1
                yield Row(number, values, partial(_json_of, values))
        elements.parse(b"", is_last=True)
    except expat.ExpatError as error:
        raise SourceUnreadable(
            origin, f"it is no XML any more at line {error.lineno:,}, after {number:,} rows"
        ) from error


def _json_of(values: Any) -> str:
    return msgspec.json.encode(values).decode()


class _Elements:
    """Collects elements from what a parser finds."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        # The text was brought into UTF-8 before, whatever its first line still says.
        self._parser = expat.ParserCreate("utf-8")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.EntityDeclHandler = self._refuse_entities
        self._has_root = False
        self._element: dict[str, Any] | None = None
        self._begun_at = 0
        self._done: list[dict[str, Any]] = []

    def parse(self, bite: bytes, *, is_last: bool = False) -> None:
        """Read on."""
        self._parser.Parse(bite, is_last)
        if self._element and self._parser.CurrentByteIndex - self._begun_at > MAX_ROW_BYTES:
            raise SourceUnreadable(self._origin, f"an element has over {MAX_ROW_BYTES:,} bytes")

    def take(self) -> list[dict[str, Any]]:
        """The elements that were completed since the last call."""
        done, self._done = self._done, []
        return done

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._has_root:
            self._has_root = True
            if name != "osm":
                found = "HTML" if name.lower() == "html" else f"<{name[:40]}>"
                what = "neither a table nor JSON nor OpenStreetMap's XML"
                raise SourceUnreadable(self._origin, f"it is {found}, {what}")
        elif self._element is not None:
            _add(self._element, name, attributes)
        elif name in KINDS:
            self._begun_at = self._parser.CurrentByteIndex
            self._element = {"type": name, **{k: _typed(k, v) for k, v in attributes.items()}}

    def _end(self, name: str) -> None:
        if self._element is not None and name == self._element["type"]:
            self._done.append(self._element)
            self._element = None

    def _refuse_entities(self, *_declaration: object) -> None:
        raise SourceUnreadable(self._origin, "it declares entities, which no map data needs")


def _add(element: dict[str, Any], name: str, attributes: dict[str, str]) -> None:
    """A part of an element, where its JSON form has it."""
    values = {key: _typed(key, value) for key, value in attributes.items()}
    if name == "tag":
        element.setdefault("tags", {})[attributes.get("k", "")] = attributes.get("v", "")
    elif name == "nd":
        element.setdefault("nodes", []).append(values.get("ref"))
        if "lat" in values:
            element.setdefault("geometry", []).append(values)
    elif name == "member":
        element.setdefault("members", []).append(values)
    elif name == "center":
        element["center"] = values
    elif name == "bounds":
        element["bounds"] = {key: _number(attributes.get(key), float) for key in _BOX}


def _typed(name: str, value: str) -> Any:
    return _number(value, _NUMBERS[name]) if name in _NUMBERS else value


def _number(text: str | None, kind: type[int | float]) -> Any:
    try:
        return kind(text or "")
    except ValueError:
        return text
