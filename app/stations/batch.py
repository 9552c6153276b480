"""What storing some drafts writes, table by table: decided here, without I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from app.db.base import from_epoch_ms, to_epoch_ms
from app.db.dialects.base import TextEdit
from app.stations import cards, records
from app.stations.draft import (
    EvseDraft,
    StationContent,
    StationDraft,
    StatusDraft,
    content_hash,
    public_id,
)


class Outcome(StrEnum):
    """What storing a draft came to."""

    STORED = "stored"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    OLDER = "older"
    """The source dates it before what is stored, so it was left out."""


class Kept(NamedTuple):
    """The outcome of one draft, and which of its EVSEs it moved, by uid."""

    outcome: Outcome
    new_uids: frozenset[str] = frozenset()
    changed_uids: frozenset[str] = frozenset()
    statuses_applied: int = 0
    """Statuses newer than the stored ones; they change no content."""
    is_back: bool = False
    """It had been marked gone."""


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
    """A draft, what is stored of it, and what follows."""

    draft: StationDraft
    digest: bytes
    stored: Stored | None
    outcome: Outcome

    @property
    def is_written(self) -> bool:
        """Whether the content goes to the tables."""
        return self.stored is None or (
            self.outcome is Outcome.CHANGED and self.digest != self.stored.content_hash
        )


def judge(draft: StationDraft, stored: Stored | None) -> Case:
    """Whether a draft is new, changed, the same, or older than what is stored.

    Equal content is unchanged whatever its date; a station that was gone and is back has
    changed even so.
    """
    digest = content_hash(draft.content)
    if stored is None:
        return Case(draft, digest, stored, Outcome.STORED)
    if digest == stored.content_hash:
        outcome = Outcome.UNCHANGED if stored.gone_at is None else Outcome.CHANGED
    elif is_older(draft, stored):
        outcome = Outcome.OLDER
    else:
        outcome = Outcome.CHANGED
    return Case(draft, digest, stored, outcome)


def reconsider(case: Case, stored_evses: Mapping[str, StoredEvse]) -> Case:
    """A case of a whole feed: one that only lacks EVSEs has changed, in spite of its date.

    The date of a station with a row per EVSE is that of its newest row; when that row is
    taken away, the rest looks older than what is stored.
    """
    evses = case.draft.content.evses
    lost_only = len(evses) < len(stored_evses) and all(
        evse.uid in stored_evses and content_hash(evse) == stored_evses[evse.uid].content_hash
        for evse in evses
    )
    is_changed = case.outcome is Outcome.OLDER and lost_only
    return case._replace(outcome=Outcome.CHANGED) if is_changed else case


def is_older(draft: StationDraft, stored: Stored) -> bool:
    """Whether the source dates a draft before what is stored."""
    return (
        draft.source_updated_at is not None
        and stored.source_updated_at is not None
        and to_epoch_ms(draft.source_updated_at) < stored.source_updated_at
    )


@dataclass(slots=True)
class Batch:
    """Rows to write, per table; values are as the database stores them."""

    feed: records.FeedRow
    run_id: int
    now_ms: int
    operator_ids: Mapping[str, int]
    station_ids: Iterator[int]
    evse_ids: Iterator[int]
    stations: list[tuple[Any, ...]] = field(default_factory=list)
    changed_stations: list[tuple[Any, ...]] = field(default_factory=list)
    returned_station_ids: list[int] = field(default_factory=list)
    evses: list[tuple[Any, ...]] = field(default_factory=list)
    changed_evses: list[tuple[Any, ...]] = field(default_factory=list)
    vanished_evse_ids: list[int] = field(default_factory=list)
    outdated_connector_evse_ids: list[int] = field(default_factory=list)
    evse_connectors: list[tuple[int, EvseDraft]] = field(default_factory=list)
    """EVSEs whose connectors are to be written, with their row ids."""
    statuses: list[tuple[str, int | None, int]] = field(default_factory=list)
    cards: list[tuple[int, int, bytes]] = field(default_factory=list)
    changed_cards: list[tuple[int, bytes, int]] = field(default_factory=list)
    texts: list[TextEdit] = field(default_factory=list)
    sightings: list[tuple[int, int, int | None]] = field(default_factory=list)
    changes: list[tuple[str, int, int, int]] = field(default_factory=list)
    now: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.now = from_epoch_ms(self.now_ms)

    def put(self, case: Case, stored_evses: Mapping[str, StoredEvse]) -> Kept:
        """Note everything that a case writes."""
        if case.stored is None:
            return self._add(case)
        seen_at_ms = _latest(case.draft, case.stored)
        self.sightings.append((case.stored.id, self.run_id, seen_at_ms))
        if case.outcome is Outcome.UNCHANGED and not case.draft.statuses:
            return _UNCHANGED
        kept = Kept(case.outcome)
        if case.is_written:
            kept = self._change(case, case.stored, stored_evses)
        is_back = case.stored.gone_at is not None and case.outcome is Outcome.CHANGED
        if is_back:
            self.returned_station_ids.append(case.stored.id)
        applied = self._apply_statuses(case.draft.statuses, stored_evses)
        if case.outcome is Outcome.CHANGED:
            version = case.stored.card_version + case.is_written
            self.changes.append(("station", case.stored.id, version, self.now_ms))
        elif applied:
            self.changes.append(("status", case.stored.id, case.stored.card_version, self.now_ms))
        return kept._replace(statuses_applied=applied, is_back=is_back)

    def _add(self, case: Case) -> Kept:
        content, row_id = case.draft.content, next(self.station_ids)
        words = records.search_tokens(content)
        station_id = self._public_id(content)
        self.stations.append(
            (
                row_id, station_id, self.feed.id, content.key, row_id, True, None, self.now_ms,
                *self._content_values(case, words, card_version=1),
            )
        )  # fmt: skip
        statuses = {status.evse_uid: status for status in case.draft.statuses}
        for evse in content.evses:
            self._add_evse(evse, row_id, statuses.get(evse.uid))
        self.cards.append((row_id, 1, self._render(case.draft, station_id)))
        self.texts.append(TextEdit(row_id, None, words))
        self.sightings.append((row_id, self.run_id, _ms(case.draft.source_updated_at)))
        self.changes.append(("station", row_id, 1, self.now_ms))
        return Kept(Outcome.STORED, frozenset(evse.uid for evse in content.evses))

    def _change(self, case: Case, stored: Stored, stored_evses: Mapping[str, StoredEvse]) -> Kept:
        content, version = case.draft.content, stored.card_version + 1
        words = records.search_tokens(content)
        values = self._content_values(case, words, card_version=version)
        self.changed_stations.append((*values, stored.id))
        self.changed_cards.append(
            (version, self._render(case.draft, self._public_id(content)), stored.id)
        )
        if words != stored.search_tokens:
            self.texts.append(TextEdit(stored.id, stored.search_tokens, words))
        new, changed = self._change_evses(case.draft, stored.id, stored_evses)
        return Kept(Outcome.CHANGED, new, changed)

    def _change_evses(
        self, draft: StationDraft, station_id: int, stored_evses: Mapping[str, StoredEvse]
    ) -> tuple[frozenset[str], frozenset[str]]:
        statuses = {status.evse_uid: status for status in draft.statuses}
        new, changed, vanished = set(), set(), dict(stored_evses)
        for evse in draft.content.evses:
            stored = vanished.pop(evse.uid, None)
            if stored is None:
                self._add_evse(evse, station_id, statuses.get(evse.uid))
                new.add(evse.uid)
                continue
            digest = content_hash(evse)
            if digest != stored.content_hash:
                self.changed_evses.append((evse.evse_id, evse.power_level, digest, stored.id))
                self.outdated_connector_evse_ids.append(stored.id)
                self.evse_connectors.append((stored.id, evse))
                changed.add(evse.uid)
        for stored in vanished.values():
            self.outdated_connector_evse_ids.append(stored.id)
            self.vanished_evse_ids.append(stored.id)
        return frozenset(new), frozenset(changed)

    def _add_evse(self, evse: EvseDraft, station_id: int, status: StatusDraft | None) -> None:
        row_id = next(self.evse_ids)
        self.evses.append(
            records.evse_values(
                evse,
                row_id,
                station_id,
                status.status if status else None,
                _ms(status.observed_at) if status else None,
                content_hash(evse),
            )
        )
        self.evse_connectors.append((row_id, evse))

    def _apply_statuses(
        self, statuses: Sequence[StatusDraft], stored_evses: Mapping[str, StoredEvse]
    ) -> int:
        applied = 0
        for status in statuses:
            stored = stored_evses.get(status.evse_uid)
            if stored is not None and _is_news(status, stored):
                self.statuses.append((status.status.value, _ms(status.observed_at), stored.id))
                applied += 1
        return applied

    def _content_values(self, case: Case, words: str, *, card_version: int) -> tuple[Any, ...]:
        content = case.draft.content
        return records.content_values(
            content,
            operator_id=self.operator_ids[content.operator] if content.operator else None,
            words=words,
            digest=case.digest,
            card_version=card_version,
            updated_at_ms=self.now_ms,
        )

    def _public_id(self, content: StationContent) -> str:
        return public_id(self.feed.source, self.feed.name, content.key)

    def _render(self, draft: StationDraft, station_id: str) -> bytes:
        return cards.render(
            draft.content,
            public_id=station_id,
            source=self.feed.source,
            updated_at=self.now,
            is_synthetic=self.feed.is_synthetic,
        )


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else to_epoch_ms(moment)


def _latest(draft: StationDraft, stored: Stored) -> int | None:
    """The newest date that the source ever gave: an old copy does not turn time back."""
    dates_ms = (_ms(draft.source_updated_at), stored.source_updated_at)
    return max((date_ms for date_ms in dates_ms if date_ms is not None), default=None)


def _is_news(status: StatusDraft, stored: StoredEvse) -> bool:
    """A dated status is news when newer; one without a date only where no other has one."""
    observed_ms = _ms(status.observed_at)
    if stored.status_updated_at is None:
        return observed_ms is not None or status.status != stored.status
    return observed_ms is not None and observed_ms > stored.status_updated_at
