"""Every row to its place: skipped, rejected, or grouped into the station that it describes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from operator import attrgetter
from typing import NamedTuple

import msgspec

from app.importers.feed import BayDraft, BayTranslator, Feed, Translator
from app.importers.grouping import Group, Grouping, Packed, pack, pack_bay
from app.importers.messages import Destination, Ready, Sifted
from app.importers.row import (
    MAX_RAW_BYTES,
    Malformed,
    Notes,
    Rejected,
    RejectedRow,
    Row,
    Skipped,
)
from app.importers.steps import MAX_KEY_LENGTH, bound_powers, clean, clean_content
from app.stations.draft import MAX_EVSES, StationContent, StationDraft
from app.stations.offers import Offer

CHUNK_STATIONS = 500
CHUNK_EVSES = 5_000
"""A chunk ends at either, so that one transaction stays short."""

STATIONS_KEPT = 2_048
"""Stations remembered for the rows that repeat them, which mostly stand close by."""


class Joined(NamedTuple):
    """A station with the drafts of the rows that describe it."""

    draft: StationDraft
    row_numbers: list[int]
    row_drafts: list[StationDraft]


class _Settled(NamedTuple):
    """What became of a station that several rows have in common, and the flags of each row."""

    outcome: Packed | Rejected | Skipped
    flags: Mapping[str, int]


class Sorter:
    """Takes the rows of an input one by one; gives back stations in chunks."""

    def __init__(
        self, feed: Feed, translator: Translator, grouping: Grouping, *, allow_non_open: bool
    ) -> None:
        self._feed = feed
        self._translator = translator
        self._read: Callable[[Row], Packed | Rejected | Skipped] = self._read_station
        if isinstance(translator, BayTranslator):
            self._read = partial(self._read_bay, translator)
        self._settle = lru_cache(STATIONS_KEPT)(self._settle_anew)
        self._notes = translator.notes
        self._station_notes = Notes()
        self._grouping = grouping
        self._allow_non_open = allow_non_open
        self._rows_read = 0
        self._skipped: Counter[str] = Counter()
        self._rejects: list[RejectedRow] = []

    def take(self, row: Row | Malformed) -> None:
        """Translate and clean one row, and note it unless a station is made of it."""
        self._rows_read += 1
        if isinstance(row, Malformed):
            self._reject(row.number, row.reason, row.detail, row.raw)
            return
        try:
            reading = self._read(row)
        except Exception as error:  # noqa: BLE001 - what one row holds must not end the run
            reading = Rejected("unreadable-row", f"{type(error).__name__}: {error}")
        if isinstance(reading, Packed):
            self._grouping.add(row.number, reading)
        elif isinstance(reading, Skipped):
            self._skipped[reading.reason] += 1
        else:
            self._reject(row.number, reading.reason, reading.detail, row.raw)

    def _read_station(self, row: Row) -> Packed | Rejected | Skipped:
        reading = self._translator.translate(row)
        if not isinstance(reading, StationDraft):
            return reading
        draft = clean(
            reading,
            notes=self._notes,
            territory=self._feed.territory,
            allow_non_open=self._allow_non_open,
        )
        if not isinstance(draft, StationDraft):
            return draft
        return pack(draft.content, draft.source_updated_at, draft.statuses)

    def _read_bay(self, translator: BayTranslator, row: Row) -> Packed | Rejected | Skipped:
        reading = translator.read_bay(row)
        if not isinstance(reading, BayDraft):
            return reading
        station, flags = self._settle(reading.station)
        if flags:
            self._notes.flags.update(flags)
        if not isinstance(station, Packed):
            return station
        (evse,) = bound_powers((reading.evse,), self._notes)
        return pack_bay(station, evse, reading.source_updated_at)

    def _settle_anew(self, station: StationContent) -> _Settled:
        flags = self._station_notes.flags
        flags.clear()
        content = clean_content(
            station,
            notes=self._station_notes,
            territory=self._feed.territory,
            allow_non_open=self._allow_non_open,
        )
        outcome = pack(content) if isinstance(content, StationContent) else content
        return _Settled(outcome, dict(flags))

    def _reject(self, number: int, reason: str, detail: str, raw: Callable[[], str]) -> None:
        self._rejects.append(RejectedRow(number, reason, detail, cut(raw())))

    def drain(self) -> Sifted:
        """The rows that became no station since the last call."""
        sifted = Sifted(self._rows_read, dict(self._skipped), self._rejects)
        self._skipped, self._rejects = Counter(), []
        return sifted

    def chunks(self) -> Iterator[list[Joined]]:
        """All stations, ordered by key, some hundreds at a time."""
        chunk: list[Joined] = []
        evses = 0
        for group in self._grouping.groups():
            joined = self._join(group)
            if joined is None:
                continue
            chunk.append(joined)
            evses += len(joined.draft.content.evses)
            if len(chunk) >= CHUNK_STATIONS or evses >= CHUNK_EVSES:
                yield chunk
                chunk, evses = [], 0
        if chunk:
            yield chunk

    def _join(self, group: Group) -> Joined | None:
        """One station of a group; ``None`` where the group is none."""
        drafts = group.drafts
        if not drafts:
            self._reject_group(
                group, "too-many-rows", _too_many(group, len(group.row_numbers), "rows")
            )
            return None
        draft = drafts[0] if len(drafts) == 1 else self._one_of(drafts)
        evses = draft.content.evses
        if len(evses) > MAX_EVSES:
            self._reject_group(group, "too-many-evses", _too_many(group, len(evses), "EVSEs"))
            return None
        longest = max((len(evse.uid) for evse in evses), default=0)
        if longest > MAX_KEY_LENGTH:
            detail = f"the id of an EVSE has {longest:,} characters; at most {MAX_KEY_LENGTH} fit"
            self._reject_group(group, "key-too-long", detail)
            return None
        return Joined(self._dated(draft), group.row_numbers, drafts)

    def _one_of(self, drafts: list[StationDraft]) -> StationDraft:
        """What several rows say of their station."""
        if self._feed.groups_rows:
            return _in_order(self._translator.merge(drafts))
        newest = _newest(drafts)
        contradicting = sum(other.content != newest.content for other in drafts)
        if contradicting:
            self._notes.flags["key-repeated"] += contradicting
        return newest

    def _dated(self, draft: StationDraft) -> StationDraft:
        """With the date of the whole input, where the rows state none."""
        if draft.source_updated_at is not None or self._notes.as_of is None:
            return draft
        return msgspec.structs.replace(draft, source_updated_at=self._notes.as_of)

    def _reject_group(self, group: Group, reason: str, detail: str) -> None:
        self._rejects += [RejectedRow(number, reason, detail, "") for number in group.row_numbers]


def _too_many(group: Group, count: int, what: str) -> str:
    return f"{count:,} {what} have the key {group.key!r}, which is more than one station has"


def offer(joined: Joined, destination: Destination, now_ms: int) -> Ready:
    """A station as it is stored: with its rows where it can only be new."""
    if destination.is_empty:
        # Nobody will ask which row changed an EVSE.
        new = Offer.of_new(joined.draft, destination.feed, now_ms)
        return Ready(new, joined.row_numbers, [[]] * len(joined.row_drafts))
    row_uids = [[evse.uid for evse in row.content.evses] for row in joined.row_drafts]
    return Ready(Offer.of(joined.draft), joined.row_numbers, row_uids)


def _in_order(draft: StationDraft) -> StationDraft:
    """A merged station with its EVSEs by uid, so that the order of rows is no content."""
    content = draft.content
    evses = tuple(sorted(content.evses, key=attrgetter("uid")))
    if evses == content.evses:
        return draft
    return msgspec.structs.replace(draft, content=msgspec.structs.replace(content, evses=evses))


def _newest(drafts: list[StationDraft]) -> StationDraft:
    """Of rows that each describe the whole station: the newest, the later one of equals."""
    newest = drafts[0]
    for draft in drafts[1:]:
        if (
            draft.source_updated_at is None
            or newest.source_updated_at is None
            or draft.source_updated_at >= newest.source_updated_at
        ):
            newest = draft
    return newest


def cut(raw: str) -> str:
    """A row's text, at most ``MAX_RAW_BYTES`` of it, as a database takes it."""
    return raw.encode("utf-8", "replace")[:MAX_RAW_BYTES].decode("utf-8", "ignore")
