"""Charging bays of the United States' registry, unit by unit: its newer, finer description."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from app.importers.feeds._afdc_bays import DIRECT, Bays, connector_of, only_level, plug_standard
from app.importers.feeds._json import objects
from app.importers.feeds._merge import UNNAMED
from app.importers.parse.numbers import parse_count, parse_power_kw, power_w
from app.importers.parse.text import clean_text
from app.stations.draft import MAX_EVSES, ConnectorDraft, EvseDraft
from app.stations.vocabulary import PowerLevel

_L1, _L2, _DC = PowerLevel.LEVEL_1, PowerLevel.LEVEL_2, PowerLevel.DC_FAST

_MOST_AC_W = 25_000
"""No alternating current at a North American bay gives more."""


class UnitPlug(NamedTuple):
    """Equal plugs of one charging unit."""

    word: str
    quantity: int
    power_w: int | None


def unit_evses(
    plugs: Sequence[UnitPlug], *, ports: int | None, level: PowerLevel | None, uid: str
) -> list[EvseDraft]:
    """The bays of one unit: as many as ports, else as its most frequent plug.

    Args:
        plugs: By kind; a count beyond ``MAX_EVSES`` is cut, so that the sum is refused.
        ports: Cars that can charge at once, where it is stated.
        level: The unit's; else it follows from each plug.
        uid: Beginning of the bays' uids.
    """
    level = level or _level_of(plugs)
    bays = min(ports or max((plug.quantity for plug in plugs), default=0), MAX_EVSES + 1)
    return [
        EvseDraft(
            f"{uid}-{bay}",
            None,
            level,
            tuple(
                _unit_connector(plug, level)
                for plug in plugs
                for _ in range(bay, min(plug.quantity, MAX_EVSES) + 1, bays)
            ),
        )
        for bay in range(1, bays + 1)
    ]


def _unit_connector(plug: UnitPlug, level: PowerLevel | None) -> ConnectorDraft:
    standard = plug_standard(plug.word)
    if standard is None:
        return ConnectorDraft(standard_word=plug.word, max_power_w=plug.power_w)
    return connector_of(standard, level or only_level(standard), plug.power_w)


def _level_of(plugs: Sequence[UnitPlug]) -> PowerLevel | None:
    is_direct = any(
        plug_standard(plug.word) in DIRECT or (plug.power_w or 0) > _MOST_AC_W for plug in plugs
    )
    return _DC if is_direct else None


_UNIT_WORDS = ("J1772", "CCS", "CHADEMO", "J3400", "J3271")
_LEVEL_WORDS = {
    "1": _L1, "level1": _L1, "2": _L2, "level2": _L2, "dc_fast": _DC, "dcfast": _DC, "dc": _DC,
    "3": _DC,
}  # fmt: skip


@lru_cache(maxsize=8_192, typed=True)
def read_unit_row(level1: Any, level2: Any, dc_fast: Any, *cells: Any) -> tuple[EvseDraft, ...]:
    """The bays of a row that describes one charging unit.

    Args:
        level1: Level 1 ports; with the other two it tells the unit's level if only one has any.
        level2: Level 2 ports.
        dc_fast: Direct-current ports.
        cells: Count and power (kW) of J1772, CCS, CHAdeMO, J3400 and J3271 in turn.
    """
    plugs = [
        UnitPlug(word, count, power_w(parse_power_kw(cells[2 * at + 1])))
        for at, word in enumerate(_UNIT_WORDS)
        if (count := parse_count(cells[2 * at]))
    ]
    levels = [
        level for level, cell in ((_L1, level1), (_L2, level2), (_DC, dc_fast)) if parse_count(cell)
    ]
    level = levels[0] if len(levels) == 1 else None
    described = "-".join(
        f"{plug.word}{'' if plug.power_w is None else f'-{plug.power_w / 1000:g}kW'}"
        for plug in plugs
    )
    return tuple(unit_evses(plugs, ports=None, level=level, uid=f"{UNNAMED}{described}"))


def read_units(units: Sequence[Any]) -> tuple[EvseDraft, ...]:
    """The bays of the API's ``ev_charging_units``; members that are no units say nothing."""
    evses: list[EvseDraft] = []
    for number, unit in enumerate(units, start=1):
        if isinstance(unit, Mapping) and len(evses) <= MAX_EVSES:
            level = _LEVEL_WORDS.get((clean_text(unit.get("charging_level")) or "").lower())
            evses += unit_evses(
                _unit_plugs(unit.get("connectors")),
                ports=parse_count(unit.get("port_count")),
                level=level,
                uid=f"unit-{number}",
            )
    return tuple(evses)


def _unit_plugs(connectors: Any) -> list[UnitPlug]:
    """Plugs by their words, or in a list in which each names its own."""
    if isinstance(connectors, Mapping):
        named = list(connectors.items())
    else:
        named = [(plug.get("type"), plug) for plug in objects(connectors)]
    return [
        UnitPlug(
            clean_text(word) or "?",
            parse_count(plug.get("port_count")) or 1,
            power_w(parse_power_kw(plug.get("power_kw"))),
        )
        for word, plug in named
        if isinstance(plug, Mapping)
    ]


def with_unknown_words(evses: tuple[EvseDraft, ...]) -> Bays:
    """Bays described by unit, with their unknown words counted."""
    words = [c.standard_word for e in evses for c in e.connectors if c.standard_word is not None]
    return Bays(evses, tuple((word, 1) for word in words))
