"""The connections of an Open Charge Map place: plugs with their powers, and how many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from app.importers.feeds import _bays as bays
from app.importers.feeds._json import identifier, members, natural_order, number_of, objects, whole
from app.importers.feeds._ocm_words import (
    CURRENTS,
    FIVE_PINS,
    GONE,
    LEVEL_OF_40_KW,
    LEVELS,
    PLUGS,
    SILENT_STATES,
    STATES,
    UNKNOWN_PLUG,
    Plug,
)
from app.importers.parse.connectors import connector_from_word
from app.importers.parse.currents import power_type_of
from app.importers.parse.numbers import parse_power_kw, power_from_current, power_w
from app.importers.parse.text import clean_text
from app.importers.row import Notes
from app.stations.draft import ConnectorDraft
from app.stations.vocabulary import ConnectorStandard, PowerLevel, PowerType

_MAX_VOLTS_OR_AMPERES = 10_000

_FIVE_PIN_SIZES = (
    (16, 11_500, ConnectorStandard.IEC_60309_2_THREE_16),
    (32, 23_000, ConnectorStandard.IEC_60309_2_THREE_32),
    (64, 50_000, ConnectorStandard.IEC_60309_2_THREE_64),
)
"""Amperes and watts up to which a red five-pin plug is of a size."""


class Connection(NamedTuple):
    """Some equal plugs of a place."""

    connector: ConnectorDraft
    level: PowerLevel | None
    """Only where no power is known."""
    state: int | None
    """Open Charge Map's number."""


class Place(NamedTuple):
    """The connections of a place and how they are counted."""

    connections: list[Connection]
    plugs: list[bays.Plugs]
    """As many as ``connections``, in the same order."""
    bays: int


def read_place(poi: Mapping[str, Any], notes: Notes) -> Place:
    """All connections that are still there, by their number; words unknown go to the notes.

    A quantity that is not stated counts 1, or, for the only connection of a place, as many
    as the place has points.
    """
    rows = [
        row for row in objects(poi.get("Connections")) if number_of(row, "StatusType") not in GONE
    ]
    rows.sort(key=lambda row: natural_order(identifier(row.get("ID")) or ""))
    stated_bays = whole(poi.get("NumberOfPoints")) or None
    default = stated_bays if len(rows) == 1 and stated_bays else 1
    plugs = [bays.Plugs(_kind(row), whole(row.get("Quantity")) or default) for row in rows]
    return Place(
        connections=[_connection(row, notes) for row in rows],
        plugs=plugs,
        bays=bays.count_bays(plugs, stated_bays),
    )


def _kind(row: Mapping[str, Any]) -> int | str:
    number = number_of(row, "ConnectionType")
    return _title(row, "ConnectionType") or "" if number is None else number


def _connection(row: Mapping[str, Any], notes: Notes) -> Connection:
    amperage_a = _bounded(row.get("Amps"))
    voltage_v = _bounded(row.get("Voltage"))
    plug, word = _plug(row, notes)
    current = power_type_of(plug.standard, _current(row, notes))
    power = power_w(parse_power_kw(row.get("PowerKW")))
    if power is None:
        power = power_from_current(voltage_v, amperage_a, current)
    standard = plug.standard
    if number_of(row, "ConnectionType") in FIVE_PINS:
        standard = _five_pin_size(amperage_a, power) or standard
    connector = ConnectorDraft(
        standard=standard,
        standard_word=word,
        format=plug.format,
        power_type=current,
        max_power_w=power,
        max_voltage_v=voltage_v,
        max_amperage_a=amperage_a,
    )
    level = None if power else _level(row, current)
    return Connection(connector, level, _state(row, notes))


def _plug(row: Mapping[str, Any], notes: Notes) -> tuple[Plug, str | None]:
    number = number_of(row, "ConnectionType")
    title = _title(row, "ConnectionType")
    if number is None and title is None:
        number = UNKNOWN_PLUG
    plug = PLUGS.get(number) if number is not None else None
    if plug is None:
        plug = Plug(connector_from_word(title or ""))
    if plug.standard is not None:
        return plug, None
    if number == UNKNOWN_PLUG:
        notes.unknown("connector", "Unknown")
        return plug, None
    word = title or f"connection type {number}"
    notes.unknown("connector", word)
    return plug, word


def _current(row: Mapping[str, Any], notes: Notes) -> PowerType | None:
    number = number_of(row, "CurrentType")
    if number and number not in CURRENTS:
        notes.unknown("power-type", _title(row, "CurrentType") or str(number))
    return CURRENTS.get(number or 0)


def _level(row: Mapping[str, Any], current: PowerType | None) -> PowerLevel | None:
    number = number_of(row, "Level")
    if number == LEVEL_OF_40_KW and current is PowerType.DC:
        return PowerLevel.DC_FAST
    return LEVELS.get(number or 0)


def _state(row: Mapping[str, Any], notes: Notes) -> int | None:
    number = number_of(row, "StatusType")
    if number is not None and number not in STATES and number not in SILENT_STATES:
        notes.unknown("status", _title(row, "StatusType") or str(number))
    return number


def _five_pin_size(amperage_a: int | None, power: int | None) -> ConnectorStandard | None:
    for most_a, most_w, standard in _FIVE_PIN_SIZES:
        if amperage_a and amperage_a <= most_a:
            return standard
        if not amperage_a and power and power <= most_w:
            return standard
    return None


def _bounded(value: object) -> int | None:
    number = whole(value)
    return number if number and number <= _MAX_VOLTS_OR_AMPERES else None


def _title(row: Mapping[str, Any], kind: str) -> str | None:
    return clean_text(members(row.get(kind)).get("Title"))
