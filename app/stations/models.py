"""Tables of the catalogue: feed, station, EVSE, connector, and what follows from them.

Relationships between tables are declared on the dependent side only, as foreign keys;
nothing is loaded behind one's back. Writers use Core inserts on ``Model.__table__``
(the ORM's bulk path costs twice as much), so defaults live with the writers.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, SmallInteger, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, BigKey, UtcTimestamp


class Catalogue(Base):
    """The one row that names this catalogue; saved index segments carry its ``uuid``."""

    __tablename__ = "catalogue"

    uuid: Mapped[str] = mapped_column(String(36), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcTimestamp)


class Feed(Base):
    """One publisher's instance of a source format; ``(source, name)`` is its identity."""

    __tablename__ = "feed"
    __table_args__ = (UniqueConstraint("source", "name"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    source: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(Text)
    homepage_url: Mapped[str | None] = mapped_column(Text)
    licence: Mapped[str] = mapped_column(Text)
    attribution: Mapped[str] = mapped_column(Text)
    is_synthetic: Mapped[bool]


class Operator(Base):
    """A charge-point operator as the sources spell it; one row per spelling."""

    __tablename__ = "operator"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)


class Station(Base):
    """A place with EVSEs; OCPI *Location*, Open Charge Map *POI*."""

    __tablename__ = "station"
    __table_args__ = (
        UniqueConstraint("feed_id", "key"),
        Index("ix_station_latitude_band_longitude", "latitude_band", "longitude"),
        Index("ix_station_updated_at_id", "updated_at", "id"),
        Index("ix_station_place_id", "place_id"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    public_id: Mapped[str] = mapped_column(Text, unique=True)
    feed_id: Mapped[int] = mapped_column(ForeignKey("feed.id"))
    key: Mapped[str] = mapped_column(Text)
    place_id: Mapped[int] = mapped_column(BigKey)
    """The id of the station that stands for this place; its own id until linked."""
    is_shown: Mapped[bool]
    """Whether searches without ``source=`` see it: the chosen one of its place."""
    gone_at: Mapped[datetime | None] = mapped_column(UtcTimestamp)
    """When a complete pull no longer had it; kept, not shown."""
    name: Mapped[str | None] = mapped_column(Text)
    street: Mapped[str | None] = mapped_column(Text)
    postal_code: Mapped[str | None] = mapped_column(Text)
    city: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str | None] = mapped_column(Text)
    country: Mapped[str | None] = mapped_column(String(2))
    latitude: Mapped[float]
    longitude: Mapped[float]
    latitude_band: Mapped[int] = mapped_column(SmallInteger)
    """``geo.bands.band_of(latitude)``: the first key of the location index."""
    operator_id: Mapped[int | None] = mapped_column(ForeignKey("operator.id"))
    access: Mapped[str | None] = mapped_column(String(16))
    open_24_7: Mapped[bool | None]
    opening_hours: Mapped[str | None] = mapped_column(Text)
    opening_text: Mapped[str | None] = mapped_column(Text)
    time_zone: Mapped[str | None] = mapped_column(String(64))
    phone: Mapped[str | None] = mapped_column(Text)
    url: Mapped[str | None] = mapped_column(Text)
    price_text: Mapped[str | None] = mapped_column(Text)
    payments: Mapped[str] = mapped_column(Text)
    """``vocabulary.Payment`` words joined by blanks; empty where unknown."""
    licence: Mapped[str] = mapped_column(Text)
    attribution: Mapped[str] = mapped_column(Text)
    source_url: Mapped[str | None] = mapped_column(Text)
    evse_count: Mapped[int]
    max_power_w: Mapped[int | None]
    static_rank: Mapped[int]
    """0…65535; what a text search orders by, greatest first (``stations.rank``)."""
    search_tokens: Mapped[str] = mapped_column(Text)
    """Folded words of name, address and operator, joined by blanks."""
    content_hash: Mapped[bytes] = mapped_column(LargeBinary(16))
    card_version: Mapped[int]
    """Grows with each change of the card; part of every cache key."""
    created_at: Mapped[datetime] = mapped_column(UtcTimestamp)
    updated_at: Mapped[datetime] = mapped_column(UtcTimestamp)


class Evse(Base):
    """A bay that charges one car at a time."""

    __tablename__ = "evse"
    __table_args__ = (UniqueConstraint("station_id", "uid"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    station_id: Mapped[int] = mapped_column(ForeignKey("station.id"))
    uid: Mapped[str] = mapped_column(Text)
    evse_id: Mapped[str | None] = mapped_column(Text)
    power_level: Mapped[str | None] = mapped_column(String(16))
    status: Mapped[str | None] = mapped_column(String(16))
    """Volatile; ``vocabulary.EvseStatus``. ``NULL`` where no one ever said."""
    status_updated_at: Mapped[datetime | None] = mapped_column(UtcTimestamp)
    content_hash: Mapped[bytes] = mapped_column(LargeBinary(16))


class Connector(Base):
    """One plug of an EVSE."""

    __tablename__ = "connector"
    __table_args__ = (Index("ix_connector_evse_id", "evse_id"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    evse_id: Mapped[int] = mapped_column(ForeignKey("evse.id"))
    standard: Mapped[str | None] = mapped_column(String(24))
    standard_word: Mapped[str | None] = mapped_column(Text)
    format: Mapped[str | None] = mapped_column(String(8))
    power_type: Mapped[str | None] = mapped_column(String(16))
    max_power_w: Mapped[int | None]
    max_voltage_v: Mapped[int | None]
    max_amperage_a: Mapped[int | None]


class Card(Base):
    """A station's answer bytes, content only (see ``stations.cards``)."""

    __tablename__ = "card"

    station_id: Mapped[int] = mapped_column(
        ForeignKey("station.id"), primary_key=True, autoincrement=False
    )
    version: Mapped[int]
    body: Mapped[bytes]


class BusyHours(Base):
    """The reports of a station's bays, by hour of its week (see ``stations.tally``)."""

    __tablename__ = "busy_hours"

    station_id: Mapped[int] = mapped_column(
        ForeignKey("station.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    since: Mapped[datetime] = mapped_column(UtcTimestamp)
    """Of the oldest report that was counted."""
    hours: Mapped[bytes]


class Change(Base):
    """What happened to a station, in commit order; the index of every process follows it.

    ``kind`` is ``station`` (content, place, shown or gone changed) or ``status`` (volatile
    facts only). Rows are written in the transaction of the change itself, as its last
    statements, and pruned by age.
    """

    __tablename__ = "change"
    __table_args__ = ({"sqlite_autoincrement": True},)

    seq: Mapped[int] = mapped_column(BigKey, primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    station_id: Mapped[int] = mapped_column(BigKey)
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcTimestamp)


class Sighting(Base):
    """When a station was last seen in its feed: no content, so kept beside it."""

    __tablename__ = "sighting"

    station_id: Mapped[int] = mapped_column(
        ForeignKey("station.id"), primary_key=True, autoincrement=False
    )
    run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"), index=True)
    source_updated_at: Mapped[datetime | None] = mapped_column(UtcTimestamp)


class ImportRun(Base):
    """One run of an importer over one feed; ``counts`` is the report's JSON."""

    __tablename__ = "import_run"
    __table_args__ = (Index("ix_import_run_feed_id", "feed_id"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    feed_id: Mapped[int] = mapped_column(ForeignKey("feed.id"))
    state: Mapped[str] = mapped_column(String(16))
    """``running``, ``done``, ``failed`` or ``interrupted``."""
    is_complete: Mapped[bool]
    origin: Mapped[str] = mapped_column(Text)
    """File name, ``-`` or URL without query and credentials."""
    etag: Mapped[str | None] = mapped_column(Text)
    last_modified: Mapped[str | None] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(UtcTimestamp)
    finished_at: Mapped[datetime | None] = mapped_column(UtcTimestamp)
    rows_read: Mapped[int]
    counts: Mapped[str] = mapped_column(Text)


class Reject(Base):
    """A row that could not become a station, with the reason and its raw text."""

    __tablename__ = "reject"
    __table_args__ = (Index("ix_reject_run_id", "run_id"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"))
    row_number: Mapped[int]
    reason: Mapped[str] = mapped_column(String(64))
    detail: Mapped[str] = mapped_column(Text)
    raw: Mapped[str] = mapped_column(Text)


class UnknownWord(Base):
    """A word of a feed that the vocabulary lacks: kept, counted, listed."""

    __tablename__ = "unknown_word"

    feed_id: Mapped[int] = mapped_column(ForeignKey("feed.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    word: Mapped[str] = mapped_column(Text, primary_key=True)
    occurrences: Mapped[int]
    """In the feed's latest run that had it."""
    run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"))
