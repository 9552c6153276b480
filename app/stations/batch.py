"""What storing some stations writes, table by table: decided here, without I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from app.db.dialects.base import TextEdit
from app.stations import records
from app.stations.draft import StatusDraft
from app.stations.offers import Kept, Offer, Outcome, Rows
from app.stations.records import FIRST_VERSION
from app.stations.tally import Report, report_of

_STATUS = slice(
    records.EVSE_COLUMNS.index("status"), records.EVSE_COLUMNS.index("status_updated_at") + 1
)
_STORED = Kept(Outcome.STORED)
_UNCHANGED = Kept(Outcome.UNCHANGED)


class Stored(NamedTuple):
    """What is known of a station before a write; times in ms."""

    id: int
    content_hash: bytes
    card_version: int
    gone_at: int | None
    search_tokens: str
    source_updated_at: int | None


class StoredEvse(NamedTuple):
    """What is known of an EVSE before a write; times in ms."""

    id: int
    content_hash: bytes
    status: str | None
    status_updated_at: int | None


class Case(NamedTuple):
    """An offer, what is stored of it, and what follows."""

    offer: Offer
    stored: Stored | None
    outcome: Outcome

    @property
    def is_written(self) -> bool:
        """Whether the content goes to the tables."""
        return self.stored is None or (
            self.outcome is Outcome.CHANGED and self.offer.digest != self.stored.content_hash
        )


def judge(offer: Offer, stored: Stored | None) -> Case:
    """Whether a station is new, changed, the same, or older than what is stored.

    Equal content is unchanged whatever its date; a station that was gone and is back has
    changed even so.
    """
    if stored is None:
        outcome = Outcome.STORED
    elif offer.digest == stored.content_hash:
        outcome = Outcome.UNCHANGED if stored.gone_at is None else Outcome.CHANGED
    elif is_older(offer, stored):
        outcome = Outcome.OLDER
    else:
        outcome = Outcome.CHANGED
    return Case(offer, stored, outcome)


def reconsider(case: Case, stored_evses: Mapping[str, StoredEvse]) -> Case:
    """A case of a whole feed: one that only lacks EVSEs has changed, in spite of its date.

    The date of a station with a row per EVSE is that of its newest row; when that row is
    taken away, the rest looks older than what is stored.
    """
    digests = case.offer.evse_digests()
    lost_only = len(digests) < len(stored_evses) and all(
        uid in stored_evses and digest == stored_evses[uid].content_hash
        for uid, digest in digests.items()
    )
    is_changed = case.outcome is Outcome.OLDER and lost_only
    return case._replace(outcome=Outcome.CHANGED) if is_changed else case


def is_older(offer: Offer, stored: Stored) -> bool:
    """Whether the source dates an offer before what is stored."""
    return (
        offer.source_updated_at_ms is not None
        and stored.source_updated_at is not None
        and offer.source_updated_at_ms < stored.source_updated_at
    )


@dataclass(slots=True)
class Batch:
    """Rows to write, per table; values are as the database stores them."""

    feed: records.FeedRow
    run_id: int
    now_ms: int
    operator_ids: Mapping[str | None, int]
    station_ids: Iterator[int]
    evse_ids: Iterator[int]
    stations: list[list[Any]] = field(default_factory=list)
    changed_stations: list[tuple[Any, ...]] = field(default_factory=list)
    returned_station_ids: list[int] = field(default_factory=list)
    evses: list[list[Any]] = field(default_factory=list)
    changed_evses: list[tuple[Any, ...]] = field(default_factory=list)
    vanished_evse_ids: list[int] = field(default_factory=list)
    outdated_connector_evse_ids: list[int] = field(default_factory=list)
    connectors: list[list[Any]] = field(default_factory=list)
    """Without their own ids."""
    statuses: list[tuple[str, int | None, int]] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    cards: list[tuple[int, int, bytes]] = field(default_factory=list)
    changed_cards: list[tuple[int, bytes, int]] = field(default_factory=list)
    texts: list[TextEdit] = field(default_factory=list)
    first_sightings: list[tuple[int, int, int | None]] = field(default_factory=list)
    sightings: list[tuple[int, int, int | None]] = field(default_factory=list)
    changes: list[tuple[str, int, int, int]] = field(default_factory=list)

    def put(self, case: Case, stored_evses: Mapping[str, StoredEvse]) -> Kept:
        """Note everything that a case writes."""
        if case.stored is None:
            return self._add(case.offer)
        seen_at_ms = _latest(case.offer, case.stored)
        self.sightings.append((case.stored.id, self.run_id, seen_at_ms))
        if case.outcome is Outcome.UNCHANGED and not case.offer.statuses:
            return _UNCHANGED
        kept = Kept(case.outcome)
        if case.is_written:
            kept = self._change(case.offer, case.stored, stored_evses)
        is_back = case.stored.gone_at is not None and case.outcome is Outcome.CHANGED
        if is_back:
            self.returned_station_ids.append(case.stored.id)
        applied = self._apply_statuses(case.stored.id, case.offer.statuses, stored_evses)
        if case.outcome is Outcome.CHANGED:
            version = case.stored.card_version + case.is_written
            self.changes.append(("station", case.stored.id, version, self.now_ms))
        elif applied:
            self.changes.append(("status", case.stored.id, case.stored.card_version, self.now_ms))
        return kept._replace(statuses_applied=applied, is_back=is_back)

    def _add(self, offer: Offer) -> Kept:
        row_id = next(self.station_ids)
        rows = offer.ready(self.feed, self.now_ms)
        rows.place(row_id, self.operator_ids.get(rows.operator), FIRST_VERSION)
        self.stations.append(rows.station)
        for evse, connectors in zip(rows.evses, rows.connectors, strict=True):
            self._add_evse(evse, connectors, row_id)
        self.cards.append((row_id, FIRST_VERSION, rows.card))
        self.texts.append(TextEdit(row_id, None, rows.words))
        self.first_sightings.append((row_id, self.run_id, offer.source_updated_at_ms))
        self.changes.append(("station", row_id, FIRST_VERSION, self.now_ms))
        return _STORED

    def _change(self, offer: Offer, stored: Stored, stored_evses: Mapping[str, StoredEvse]) -> Kept:
        version = stored.card_version + 1
        rows = offer.ready(self.feed, self.now_ms)
        rows.place(stored.id, self.operator_ids.get(rows.operator), version)
        self.changed_stations.append((*rows.content(), stored.id))
        self.changed_cards.append((version, rows.card, stored.id))
        if rows.words != stored.search_tokens:
            self.texts.append(TextEdit(stored.id, stored.search_tokens, rows.words))
        new, changed = self._change_evses(rows, stored.id, stored_evses)
        return Kept(Outcome.CHANGED, new, changed)

    def _change_evses(
        self, rows: Rows, station_id: int, stored_evses: Mapping[str, StoredEvse]
    ) -> tuple[frozenset[str], frozenset[str]]:
        new, changed, vanished = set(), set(), dict(stored_evses)
        for evse, connectors in zip(rows.evses, rows.connectors, strict=True):
            _, _, uid, evse_id, power_level, _, _, digest = evse
            stored = vanished.pop(uid, None)
            if stored is None:
                self._add_evse(evse, connectors, station_id)
                new.add(uid)
            elif digest != stored.content_hash:
                self.changed_evses.append((evse_id, power_level, digest, stored.id))
                self.outdated_connector_evse_ids.append(stored.id)
                self._add_connectors(connectors, stored.id)
                changed.add(uid)
        for stored in vanished.values():
            self.outdated_connector_evse_ids.append(stored.id)
            self.vanished_evse_ids.append(stored.id)
        return frozenset(new), frozenset(changed)

    def _add_evse(self, evse: list[Any], connectors: list[list[Any]], station_id: int) -> None:
        row_id = next(self.evse_ids)
        evse[0], evse[1] = row_id, station_id
        self.evses.append(evse)
        self._note_report(station_id, row_id, *evse[_STATUS])
        self._add_connectors(connectors, row_id)

    def _add_connectors(self, connectors: list[list[Any]], evse_row_id: int) -> None:
        for connector in connectors:
            connector[1] = evse_row_id
        self.connectors += connectors

    def _apply_statuses(
        self,
        station_id: int,
        statuses: Sequence[StatusDraft],
        stored_evses: Mapping[str, StoredEvse],
    ) -> int:
        applied = 0
        for status in statuses:
            stored = stored_evses.get(status.evse_uid)
            if stored is not None and _is_news(status, stored):
                observed_ms = records.epoch_ms(status.observed_at)
                self.statuses.append((status.status.value, observed_ms, stored.id))
                self._note_report(station_id, stored.id, status.status.value, observed_ms)
                applied += 1
        return applied

    def _note_report(
        self, station_id: int, evse_id: int, status: str | None, observed_ms: int | None
    ) -> None:
        report = report_of(station_id, evse_id, status, observed_ms)
        if report is not None:
            self.reports.append(report)


def _latest(offer: Offer, stored: Stored) -> int | None:
    """The newest date that the source ever gave: an old copy does not turn time back."""
    dates_ms = (offer.source_updated_at_ms, stored.source_updated_at)
    return max((date_ms for date_ms in dates_ms if date_ms is not None), default=None)


def _is_news(status: StatusDraft, stored: StoredEvse) -> bool:
    """A dated status is news when newer; one without a date only where no other has one."""
    observed_ms = records.epoch_ms(status.observed_at)
    if stored.status_updated_at is None:
        return observed_ms is not None or status.status != stored.status
    return observed_ms is not None and observed_ms > stored.status_updated_at
