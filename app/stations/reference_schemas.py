"""Wire shapes of the reference data: operators, connectors, sources."""

from __future__ import annotations

from pydantic import AwareDatetime

from app.stations.schemas import Shape
from app.stations.vocabulary import ConnectorStandard


class OperatorCount(Shape):
    """An operator as the sources spell it."""

    name: str
    station_count: int


class OperatorList(Shape):
    """Operators, those with most stations first."""

    items: list[OperatorCount]


class ConnectorReference(Shape):
    """A standard, and the words that find it."""

    standard: ConnectorStandard
    aliases: list[str]
    station_count: int


class ConnectorList(Shape):
    """The vocabulary of connectors."""

    items: list[ConnectorReference]
    aliases: dict[str, list[ConnectorStandard]]


class LastImport(Shape):
    """The last import of a feed that ended."""

    state: str
    complete: bool
    started_at: AwareDatetime
    finished_at: AwareDatetime
    rows_read: int


class SourceReference(Shape):
    """One publisher's feed."""

    source: str
    feed: str
    title: str
    homepage_url: str | None
    licence: str
    attribution: str
    synthetic: bool
    station_count: int
    last_import: LastImport | None


class SourceList(Shape):
    """Where stations come from."""

    items: list[SourceReference]


ANSWERS = (OperatorList, ConnectorList, SourceList)
"""The shapes that routes name."""
