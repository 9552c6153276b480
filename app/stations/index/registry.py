"""What the columns name by number: operators, feeds, opening hours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, Protocol

from app.stations import queries
from app.stations.words import fold


class Reader(Protocol):
    """As much of the catalogue's raw reader as the index needs."""

    async def data_version(self) -> int:
        """A number that moves when another connection has committed."""
        ...

    async def wait_for_change(self) -> None:
        """Return when somebody may have committed."""
        ...

    async def fetch_all(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows of one ``SELECT``."""
        ...

    def recipe(self) -> Callable[[], Reader]:
        """How to open another one, also in another process."""
        ...

    async def close(self) -> None:
        """Release the connection."""
        ...


class Opening(NamedTuple):
    """Hours as they are told apart: a weekly pattern means nothing without its place."""

    pattern: str
    """OSM ``opening_hours`` syntax."""
    time_zone: str
    country: str | None
    """Whose public holidays count."""


class Registry:
    """Numbers that only grow; one per saved segment and the changes on top of it."""

    def __init__(self, openings: Iterable[Opening] = ()) -> None:
        self.openings: list[Opening] = list(openings)
        self._opening_numbers = {opening: i for i, opening in enumerate(self.openings, start=1)}
        self._operators: dict[int, str] = {}
        self._operators_by_name: defaultdict[str, set[int]] = defaultdict(set)
        self._newest_operator = 0
        self._sources: dict[int, str] = {}
        self.synthetic_feed_ids: list[int] = []
        """Feeds of generated demo data."""

    def opening_number(
        self, pattern: str | None, time_zone: str | None, country: str | None
    ) -> int:
        """The number of some hours; 0 where they cannot be read or placed."""
        if not pattern or not time_zone:
            return 0
        opening = Opening(pattern, time_zone, country)
        number = self._opening_numbers.get(opening)
        if number is None:
            self.openings.append(opening)
            number = self._opening_numbers[opening] = len(self.openings)
        return number

    async def refresh(self, reader: Reader, *, operator_id: int = 0, feed_id: int = 0) -> None:
        """Read operators and feeds as far as ids up to the given ones are not known yet."""
        if operator_id > self._newest_operator or not self._operators:
            known = self._newest_operator
            for row_id, name in await reader.fetch_all(queries.OPERATORS_AFTER, (known,)):
                self._learn(row_id, name)
        if feed_id not in self._sources:
            feeds = await reader.fetch_all(queries.FEEDS)
            self._sources = {row_id: source for row_id, source, _ in feeds}
            self.synthetic_feed_ids = [row_id for row_id, _, is_synthetic in feeds if is_synthetic]

    def _learn(self, operator_id: int, name: str) -> None:
        self._operators[operator_id] = name
        self._operators_by_name[fold(name)].add(operator_id)
        self._newest_operator = operator_id

    def operator_ids(self, names: Iterable[str]) -> list[int]:
        """Ids of the operators with these names, whatever their case and accents."""
        found: set[int] = set()
        for name in names:
            found |= self._operators_by_name.get(fold(name), set())
        return sorted(found)

    def operator_name(self, operator_id: int) -> str | None:
        """An operator's name as its source spells it."""
        return self._operators.get(operator_id)

    def feed_ids(self, source: str) -> list[int]:
        """Ids of a source's feeds."""
        return sorted(row_id for row_id, word in self._sources.items() if word == source)
