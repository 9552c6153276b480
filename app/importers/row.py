"""A row of a registry, and what may become of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple


class Record(Mapping[str, str]):
    """The cells of a table's row by column; made in a tenth of the time that a dict takes."""

    __slots__ = ("_places", "cells")

    def __init__(self, places: Mapping[str, int], cells: Sequence[str]) -> None:
        self._places = places
        self.cells = cells
        """In the order of ``Layout.columns``, as many as there are columns."""

    def __getitem__(self, column: str) -> str:
        return self.cells[self._places[column]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


class Row(NamedTuple):
    """One input row as read, before anything is understood."""

    number: int
    """Counts data rows from 1, over the whole input."""
    values: Mapping[str, Any]
    """CSV and spreadsheets: a ``Record``; JSON: the object itself."""
    raw: Callable[[], str]
    """The row's text as it came, made only when it has to be kept."""


class Malformed(NamedTuple):
    """A piece of input that no row could be cut from; it counts as a rejected row."""

    number: int
    reason: str
    detail: str
    raw: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that cannot become a station: the source's fault."""

    reason: str
    """A slug from ``docs/reference/import-outcomes.md``, such as ``no-coordinates``."""
    detail: str
    """What was found, and what would be right."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that a rule leaves out: nobody's fault (another fuel, a private home)."""

    reason: str


MAX_RAW_BYTES = 8 << 10
"""Of a rejected row's text, that much is kept."""


class RejectedRow(NamedTuple):
    """A row that could not become a station."""

    row_number: int
    reason: str
    detail: str
    raw: str
    """As it came, cut to ``MAX_RAW_BYTES``."""


def nameless(place: int) -> str:
    """What a column without a name is called, by its place from 1 on."""
    return f"column {place}"


@dataclass(frozen=True, slots=True)
class Layout:
    """How an input is built, found by the reader before the first row."""

    kind: str
    """``csv``, ``xlsx`` (any spreadsheet), ``json`` (array or envelope), ``jsonl`` or ``xml``."""
    columns: tuple[str, ...] = ()
    """Header cells in order, repeats numbered (``ID``, ``ID_2``); empty for JSON."""
    preamble: tuple[str, ...] = ()
    """Tables: the lines above the header, their cells joined by blanks."""
    envelope: Mapping[str, Any] = field(default_factory=dict)
    """JSON: scalar members beside the array, as far as they stand before it."""
    left_out: tuple[str, ...] = ()
    """Data files of a zip that are not read."""


@dataclass(slots=True)
class Notes:
    """What a translator learns about its input, for the report."""

    unknown_words: dict[str, Counter[str]] = field(default_factory=dict)
    """By kind (``connector``, ``access``, ``status``, …): words that the vocabulary lacks."""
    remarks: dict[str, str] = field(default_factory=dict)
    """Findings about the whole input: ``power-unit`` → ``kW (told from 1,180 values)``."""
    unmapped_columns: tuple[str, ...] = ()
    """Columns that no meaning was found for."""
    as_of: datetime | None = None
    """The date of the whole input, for rows that state none; final when all were read."""
    flags: Counter[str] = field(default_factory=Counter)
    """Rows that were kept in spite of something odd, by slug."""

    def unknown(self, kind: str, word: str, occurrences: int = 1) -> None:
        """Count a word that the vocabulary lacks."""
        self.unknown_words.setdefault(kind, Counter())[word] += occurrences


Sample = Sequence[Row]
"""The first rows of an input (at most 1,000), looked at before translating begins."""
