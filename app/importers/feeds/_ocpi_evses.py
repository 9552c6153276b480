"""The EVSEs of an OCPI location, with their connectors and states."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from app.importers.feeds._json import identifier, natural_order, objects, words
from app.importers.feeds._ocpi_power import PowerUnit, read_electric
from app.importers.parse.dates import parse_moment
from app.importers.parse.text import clean_text
from app.importers.row import Notes
from app.stations.draft import ConnectorDraft, EvseDraft, StatusDraft
from app.stations.vocabulary import ConnectorFormat, EvseStatus
from app.stations.words import split

_FORMATS = {form.value: form for form in ConnectorFormat}
_STATUSES = {
    "".join(split(word)): status
    for status, words in {
        **{status: [status.value] for status in EvseStatus},
        EvseStatus.CHARGING: ["CHARGING", "In use", "Occupied", "Busy", "Preparing", "Finishing"],
        EvseStatus.OUTOFORDER: ["OUTOFORDER", "Faulted"],
        EvseStatus.INOPERATIVE: ["INOPERATIVE", "Unavailable", "Offline"],
        EvseStatus.AVAILABLE: ["AVAILABLE", "Free"],
    }.items()
    for word in words
}
"""The protocol's words, and those of OCPP that some peers send."""

_LONG_AGO = datetime.min.replace(tzinfo=UTC)

_Connectors = dict[str, ConnectorDraft]
"""By connector id; by position where there is none."""


class Evse(NamedTuple):
    """One bay as read."""

    draft: EvseDraft
    status: StatusDraft | None


class _Row(NamedTuple):
    """One EVSE object."""

    uid: str
    evse_id: str | None
    status: EvseStatus | None
    updated_at: datetime | None
    connectors: _Connectors


def read_evses(location: Mapping[str, Any], unit: PowerUnit, notes: Notes) -> list[Evse]:
    """All EVSEs that are not ``REMOVED``, by uid; the same one sent twice is one.

    Two different ones under one uid are told apart by their public ids: the second gets
    ``~2`` behind its uid.
    """
    rows = [
        row
        for position, evse in enumerate(objects(location.get("evses")), start=1)
        if (row := _read(evse, position, unit, notes)).status is not EvseStatus.REMOVED
    ]
    by_uid: dict[str, dict[str | None, list[_Row]]] = {}
    for row in rows:
        by_uid.setdefault(row.uid, {}).setdefault(row.evse_id, []).append(row)
    evses: list[Evse] = []
    for uid in sorted(by_uid, key=natural_order):
        for number, same in enumerate(_by_evse_id(by_uid[uid]), start=1):
            if number > 1 or len(same) > 1:
                notes.flags["evse-uid-repeated"] += 1
            evses.append(_joined(uid if number == 1 else f"{uid}~{number}", same))
    return evses


def _read(evse: Mapping[str, Any], position: int, unit: PowerUnit, notes: Notes) -> _Row:
    evse_id = clean_text(evse.get("evse_id"))
    return _Row(
        uid=identifier(evse.get("uid")) or evse_id or f"evse-{position}",
        evse_id=evse_id,
        status=_status(evse, notes),
        updated_at=parse_moment(evse.get("last_updated")),
        connectors={
            identifier(connector.get("id")) or f"connector-{number}": _connector(
                connector, unit, notes
            )
            for number, connector in enumerate(objects(evse.get("connectors")), start=1)
        },
    )


def _status(evse: Mapping[str, Any], notes: Notes) -> EvseStatus | None:
    word = clean_text(evse.get("status"))
    if word is None:
        return EvseStatus.UNKNOWN if evse.get("status") else None
    status = _STATUSES.get("".join(split(word)))
    if status is None:
        notes.unknown("status", word)
    return status or EvseStatus.UNKNOWN


def _connector(connector: Mapping[str, Any], unit: PowerUnit, notes: Notes) -> ConnectorDraft:
    electric = read_electric(connector)
    if electric.standard_word:
        notes.unknown("connector", electric.standard_word)
    if electric.power_word:
        notes.unknown("power-type", electric.power_word)
    form = clean_text(connector.get("format"))
    if form and form.upper() not in _FORMATS:
        notes.unknown("connector-format", form)
    return ConnectorDraft(
        standard=electric.standard,
        standard_word=electric.standard_word,
        format=_FORMATS.get((form or "").upper()),
        power_type=electric.power_type,
        max_power_w=unit.power_w(electric, notes),
        max_voltage_v=electric.voltage_v,
        max_amperage_a=electric.amperage_a,
    )


def _by_evse_id(rows: Mapping[str | None, list[_Row]]) -> Iterable[list[_Row]]:
    """Rows of one uid in groups of one public id; rows without one belong to the first."""
    named = [list(rows[evse_id]) for evse_id in sorted(filter(None, rows), key=natural_order)]
    nameless = rows.get(None, [])
    if not named:
        return [nameless]
    named[0] += nameless
    return named


def _joined(uid: str, rows: Sequence[_Row]) -> Evse:
    """One EVSE from objects that describe it; the newest one wins, in any order of them."""
    newest_first = sorted(rows, key=_by_date, reverse=True) if len(rows) > 1 else rows
    connectors: _Connectors = {}
    for row in newest_first:
        connectors = row.connectors | connectors
    newest = newest_first[0]
    draft = EvseDraft(
        uid=uid,
        evse_id=next((row.evse_id for row in newest_first if row.evse_id), None),
        connectors=tuple(connectors[name] for name in sorted(connectors, key=natural_order)),
    )
    if newest.status is None:
        return Evse(draft, None)
    return Evse(draft, StatusDraft(uid, newest.status, newest.updated_at))


def _by_date(row: _Row) -> tuple[datetime, str]:
    return row.updated_at or _LONG_AGO, repr(row)


def capabilities(location: Mapping[str, Any]) -> set[str]:
    """The capability words of all EVSEs."""
    return {
        word.upper()
        for evse in objects(location.get("evses"))
        for word in words(evse.get("capabilities"))
    }


def is_for_customers(location: Mapping[str, Any]) -> bool:
    """Whether every EVSE is restricted to the customers of the place."""
    evses = objects(location.get("evses"))
    return bool(evses) and all(
        "CUSTOMERS" in words(evse.get("parking_restrictions")) for evse in evses
    )
