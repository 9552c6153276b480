"""The bays of an OpenStreetMap charging station, out of its ``socket:*`` tags."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from app.importers.feeds import _bays as bays
from app.importers.feeds._json import whole
from app.importers.feeds._osm_words import SOCKETS, Socket
from app.importers.feeds._plug_limits import carried_power_w
from app.importers.parse.connectors import connector_from_word
from app.importers.parse.currents import power_type_of
from app.importers.parse.numbers import parse_power_kw, power_from_current, power_w
from app.importers.row import Notes
from app.stations.draft import ConnectorDraft
from app.stations.vocabulary import PowerType

_KIND = re.compile(r"socket:([^:]+)(?::(?:output|voltage|current|amperage))?")
_NO_KINDS = frozenset({"output", "voltage", "current", "amperage", "type"})
_COUNT = re.compile(r"\d{1,4}(?:\s*[;,+]\s*\d{1,4})*")
_POWER = re.compile(r".*\d\s*k?w\b.*", re.IGNORECASE)
_BETWEEN_POWERS = re.compile(r";|(?<=[wW]),|(?<=[vV][aA]),")
_NONE = frozenset({"no", "0", "none"})
_SOME = frozenset({"yes", "true", "some", "1+", "multiple"})
_CAPACITIES = ("capacity:charging", "capacity:motorcar", "capacity")
_STATION_OUTPUTS = ("charging_station:output", "output", "socket:output", "rating")

_MOST_UNPROVEN_BAYS = 15
_MOST_BAYS_PER_PLUG = 4

_W_NOT_KW = 1_000
"""A bare output above this was meant in watts."""
_BETWEEN_PHASES_V = 380
_TO_NEUTRAL_V = 250
_MAX_VOLTS_OR_AMPERES = 10_000


class Place(NamedTuple):
    """The plugs of a station and how many cars it charges at once."""

    connectors: list[ConnectorDraft]
    plugs: list[bays.Plugs]
    """As many as ``connectors``, in the same order."""
    bays: int


class _Found(NamedTuple):
    """What the tags say about one kind of socket."""

    kind: str
    quantity: int | None
    """``None`` where there are some."""
    powers_w: list[int]


def read_place(tags: Mapping[str, str], notes: Notes) -> Place:
    """All sockets with their powers; kinds and values that cannot be read go to the notes.

    ``yes`` counts 1, or as many as there are bays if no other kind of socket is there.
    """
    capacity = _capacity(tags, notes)
    output = _station_output(tags, notes)
    found = [
        one for kind, text in _counts(tags).items() if (one := _found(kind, text, tags, notes))
    ]
    if capacity and not _is_believable(capacity, sum(one.quantity or 1 for one in found)):
        notes.flags["capacity-implausible"] += 1
        capacity = None
    if not found:
        return _place_of_unknown_plugs(tags, capacity, output)
    if len(found) == 1 and not found[0].powers_w and output and _may_carry(found[0].kind, output):
        found = [found[0]._replace(powers_w=[output])]
    connectors: list[ConnectorDraft] = []
    plugs: list[bays.Plugs] = []
    for one in found:
        lone = capacity if capacity and len(found) == 1 else 1
        quantity = one.quantity or max(lone, len(one.powers_w))
        powers = _powers_of_each(one.powers_w, quantity)
        for power in powers:
            if power and not _may_carry(one.kind, power):
                notes.flags["power-beyond-plug"] += 1
                power = None  # noqa: PLW2901 - the power that the rest may rely on
            connectors.append(_connector(one.kind, power, tags, is_lone=len(found) == 1))
            plugs.append(bays.Plugs(one.kind, quantity // len(powers)))
        if connectors[-1].standard is None:
            notes.unknown("connector", one.kind)
    return Place(connectors, plugs, bays.count_bays(plugs, capacity))


def _capacity(tags: Mapping[str, str], notes: Notes) -> int | None:
    """How many cars are charged at once; ``3.3`` is somebody's power and says nothing."""
    text = next((tags[name] for name in _CAPACITIES if name in tags), None)
    if text is None:
        return None
    if not text.isdecimal():
        notes.unknown("capacity", text)
    return whole(text) or None if text.isdecimal() else None


def _is_believable(capacity: int, plugs: int) -> bool:
    """Whether a number of bays is one: mappers write kilowatts there, 50 and 60 above all."""
    return capacity <= _MOST_UNPROVEN_BAYS or capacity <= _MOST_BAYS_PER_PLUG * plugs


def _counts(tags: Mapping[str, str]) -> dict[str, str]:
    """The text that counts each kind of socket; ``yes`` for kinds with but an output."""
    kinds = {match[1] for name in tags if (match := _KIND.fullmatch(name))} - _NO_KINDS
    counts = {kind: tags.get(f"socket:{kind}", "yes") for kind in sorted(kinds)}
    plain = tags.get("socket", "0")
    if not plain[0].isdecimal():
        counts |= {kind.strip().lower(): "yes" for kind in plain.split(";")}
    return counts


def _found(kind: str, text: str, tags: Mapping[str, str], notes: Notes) -> _Found | None:
    powers_w = _powers_w(tags.get(f"socket:{kind}:output"), notes)
    word = text.lower()
    if word in _NONE:
        return None
    if _COUNT.fullmatch(word):
        return _Found(kind, sum(map(int, re.findall(r"\d+", word))) or None, powers_w)
    if _POWER.fullmatch(word):
        return _Found(kind, None, powers_w or _powers_w(text, notes))
    if word not in _SOME:
        notes.unknown("socket-count", text)
    return _Found(kind, None, powers_w)


def _powers_w(text: str | None, notes: Notes) -> list[int]:
    """``22 kW;43kW`` in watts; a comma parts powers only behind a unit."""
    powers: list[int] = []
    for part in _BETWEEN_POWERS.split(text or ""):
        power_kw = parse_power_kw(part)
        if power_kw and power_kw > _W_NOT_KW:
            power_kw /= 1000
        power = power_w(power_kw)
        if power is not None:
            powers.append(power)
        elif part.strip():
            notes.unknown("power", part.strip())
    return powers


def _powers_of_each(powers_w: list[int], quantity: int) -> list[int | None]:
    """A power for each plug if so many are stated, else the greatest for all of them."""
    if len(powers_w) > 1 and len(powers_w) == quantity:
        return [*powers_w]
    return [max(powers_w, default=None)]


def _station_output(tags: Mapping[str, str], notes: Notes) -> int | None:
    text = next((tags[name] for name in _STATION_OUTPUTS if name in tags), None)
    return max(_powers_w(text, notes), default=None)


def _may_carry(kind: str, power: int) -> bool:
    standard = _socket(kind).standard
    return standard is None or carried_power_w(standard, power) is not None


def _place_of_unknown_plugs(
    tags: Mapping[str, str], capacity: int | None, output: int | None
) -> Place:
    """A station whose sockets are not told apart: counted, with its output if that is known."""
    stated = capacity or whole(tags.get("socket")) or None
    if output is None:
        return Place([], [], stated or 0)
    return Place([ConnectorDraft(max_power_w=output)], [bays.Plugs("", stated or 1)], stated or 1)


def _socket(kind: str) -> Socket:
    return SOCKETS.get(kind) or Socket(connector_from_word(kind.replace("_", " ")))


def _connector(
    kind: str, power: int | None, tags: Mapping[str, str], *, is_lone: bool
) -> ConnectorDraft:
    socket = _socket(kind)
    voltage_v = _number(tags, kind, "voltage", is_lone=is_lone)
    amperage_a = _number(tags, kind, "current", "amperage", is_lone=is_lone)
    current = power_type_of(socket.standard, socket.power_type or _current_of(voltage_v))
    return ConnectorDraft(
        standard=socket.standard,
        standard_word=None if socket.standard else kind,
        format=socket.format,
        power_type=current,
        max_power_w=power or power_from_current(voltage_v, amperage_a, current),
        max_voltage_v=voltage_v,
        max_amperage_a=amperage_a,
    )


def _current_of(voltage_v: int | None) -> PowerType | None:
    if voltage_v is None or _TO_NEUTRAL_V < voltage_v < _BETWEEN_PHASES_V:
        return None
    return PowerType.AC_3_PHASE if voltage_v >= _BETWEEN_PHASES_V else PowerType.AC_1_PHASE


def _number(tags: Mapping[str, str], kind: str, *names: str, is_lone: bool) -> int | None:
    """A number of this socket, or of the station where it has no other."""
    for name in names:
        text = tags.get(f"socket:{kind}:{name}") or (tags.get(name) if is_lone else None)
        number = whole(text)
        if number and number <= _MAX_VOLTS_OR_AMPERES:
            return number
    return None
