"""The unit of an OCPI feed's powers: the standard says W, many operators send kW."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

from app.importers.feeds._json import objects, whole
from app.importers.parse.connectors import connector_from_word
from app.importers.parse.currents import power_type_of
from app.importers.parse.numbers import parse_number, power_from_current, power_w
from app.importers.parse.text import clean_text
from app.importers.row import Notes
from app.stations.vocabulary import ConnectorStandard, PowerType
from app.stations.words import split

_LEAST_W = 1_000
"""No charger delivers less; a greater number alone is taken for watts."""
_MOST_KW = 5_000
_NEARER_W = sqrt(1 / 1_000)
"""Half-way, by factors, between a power in W and the same in kW."""
_MAX_VOLTS_OR_AMPERES = 10_000

_POWER_TYPES = {"".join(split(kind.value)): kind for kind in PowerType}


@dataclass(frozen=True, slots=True)
class Electric:
    """The electrical side of a connector, in canonical words."""

    standard: ConnectorStandard | None
    standard_word: str | None
    power_type: PowerType | None
    power_word: str | None
    """The source's word, only where it is none of the standard's."""
    stated_power: float | None
    """In the feed's unit; ``None`` where missing or 0."""
    voltage_v: int | None
    amperage_a: int | None

    @property
    def worked_out_w(self) -> int | None:
        """From volts, amperes and phases."""
        return power_from_current(self.voltage_v, self.amperage_a, self.power_type)


def read_electric(connector: Mapping[str, Any]) -> Electric:
    """What a connector object says, of any version of the protocol."""
    word = clean_text(connector.get("standard"))
    standard = connector_from_word(word) if word else None
    power_word = clean_text(connector.get("power_type"))
    stated_type = _POWER_TYPES.get("".join(split(power_word or "")))
    stated = parse_number(connector.get("max_electric_power"))
    return Electric(
        standard=standard,
        standard_word=None if standard else word,
        power_type=power_type_of(standard, stated_type),
        power_word=None if stated_type else power_word,
        stated_power=stated if stated and stated > 0 else None,
        voltage_v=_bounded(connector.get("max_voltage", connector.get("voltage"))),
        amperage_a=_bounded(connector.get("max_amperage", connector.get("amperage"))),
    )


@dataclass(frozen=True, slots=True)
class PowerUnit:
    """Whether a feed's powers are in kW; decided once, over the first rows."""

    is_kw: bool
    remark: str

    def power_w(self, electric: Electric, notes: Notes) -> int | None:
        """A connector's power in W: as stated, else worked out, else ``None``.

        A number that is impossible in the feed's unit is read in the other one, and counted.
        """
        stated = electric.stated_power
        if stated is None:
            return electric.worked_out_w
        in_kw = stated <= _MOST_KW if self.is_kw else stated < _LEAST_W / 2
        if in_kw is not self.is_kw:
            notes.flags["power-unit-mixed"] += 1
        return power_w(stated if in_kw else stated / 1_000)


def decide_unit(locations: Sequence[Mapping[str, Any]]) -> PowerUnit:
    """The unit that most of the stated powers are in.

    Each is compared with volts × amperes × phases where those are known; else it counts as
    W from 1,000 on.
    """
    votes = Counter(vote for connector in _connectors(locations) if (vote := _vote(connector)))
    stated = votes.total()
    if not stated:
        return PowerUnit(is_kw=False, remark="none stated; worked out from volts and amperes")
    is_kw = votes["kW"] > votes["W"]
    unit = "kW, where the standard says W" if is_kw else "W"
    agreeing = votes["kW" if is_kw else "W"]
    return PowerUnit(is_kw, f"{unit} (told from {stated:,} values; {agreeing:,} agree)")


def _vote(connector: Mapping[str, Any]) -> str | None:
    electric = read_electric(connector)
    if electric.stated_power is None:
        return None
    worked_out = electric.worked_out_w
    least_w = worked_out * _NEARER_W if worked_out else _LEAST_W
    return "W" if electric.stated_power >= least_w else "kW"


def _connectors(locations: Sequence[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    for location in locations:
        for evse in objects(location.get("evses")):
            yield from objects(evse.get("connectors"))


def _bounded(value: object) -> int | None:
    number = whole(value)
    return number if number and number <= _MAX_VOLTS_OR_AMPERES else None
