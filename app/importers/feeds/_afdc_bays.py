"""Charging bays of the United States' registry, from counts by level and plugs by station."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from app.importers.parse.connectors import connector_from_word
from app.importers.parse.numbers import parse_count
from app.importers.parse.text import clean_text
from app.stations.draft import MAX_EVSES, ConnectorDraft, EvseDraft
from app.stations.vocabulary import (
    ConnectorFormat,
    ConnectorStandard,
    PowerLevel,
    PowerType,
)

_S = ConnectorStandard
_L1, _L2, _DC = PowerLevel.LEVEL_1, PowerLevel.LEVEL_2, PowerLevel.DC_FAST

PLUG_WORDS = {
    "J1772": _S.IEC_62196_T1, "J1772COMBO": _S.IEC_62196_T1_COMBO, "CHADEMO": _S.CHADEMO,
    "TESLA": _S.SAE_J3400, "J3400": _S.SAE_J3400, "NACS": _S.SAE_J3400, "J3271": _S.MCS,
    "NEMA515": _S.DOMESTIC_B, "NEMA520": _S.NEMA_5_20, "NEMA1450": _S.NEMA_14_50,
    "CCS": _S.IEC_62196_T1_COMBO,
}  # fmt: skip
"""``TESLA`` is the plug of Tesla's North American stations, standardised as J3400."""

DIRECT = frozenset({_S.IEC_62196_T1_COMBO, _S.CHADEMO, _S.MCS})
"""Plugs of direct current; J3400 carries either."""
_LEVELS: dict[ConnectorStandard, tuple[PowerLevel, ...]] = {
    _S.IEC_62196_T1: (_L2, _L1),
    _S.DOMESTIC_B: (_L1, _L2),
    _S.NEMA_5_20: (_L1, _L2),
    _S.NEMA_14_50: (_L2, _L1),
    _S.SAE_J3400: (_DC, _L2, _L1),
    **dict.fromkeys(DIRECT, (_DC,)),
}
"""Levels at which a plug is found, the likeliest first."""

_UID_PREFIX = {_L1: "L1", _L2: "L2", _DC: "DC"}


class Bays(NamedTuple):
    """The bays of a row, and what was odd about them."""

    evses: tuple[EvseDraft, ...]
    unknown_words: tuple[tuple[str, int], ...] = ()
    flags: tuple[str, ...] = ()
    too_many: int = 0
    """The stated number, where it is beyond ``MAX_EVSES``; there are no bays then."""


@lru_cache(maxsize=8_192, typed=True)
def read_bays(plugs: Any, level1: Any, level2: Any, dc_fast: Any, other: Any) -> Bays:
    """Bays from the number of ports at each level and the station's plugs.

    The registry does not say which port has which plug, so each port of a level lists the
    plugs of the station that are found at this level. No power is made up.
    """
    counts = {
        level: parse_count(cell) or 0
        for level, cell in ((_L1, level1), (_L2, level2), (_DC, dc_fast))
    }
    extra, other_count = _read_other(clean_text(other))
    total = sum(counts.values()) + other_count
    if total > MAX_EVSES:
        return Bays((), too_many=total)
    standards, unknown = _read_words(plugs)
    at_level, homeless = _assign(standards, counts)
    evses = [
        EvseDraft(
            f"{_UID_PREFIX[level]}-{number}",
            None,
            level,
            tuple(connector_of(standard, level) for standard in at_level[level]),
        )
        for level, count in counts.items()
        for number in range(1, count + 1)
    ]
    if unknown:
        words = tuple(ConnectorDraft(standard_word=word) for word in unknown)
        evses.append(EvseDraft("other-1", None, None, words))
    evses += [
        EvseDraft(
            f"uncounted-{standard.value}",
            None,
            only_level(standard),
            (connector_of(standard, None),),
        )
        for standard in homeless
    ]
    evses += [
        EvseDraft(f"extra-{number}", None, None, (ConnectorDraft(standard_word=extra),))
        for number in range(1, other_count + 1)
    ]
    unknown_words = [(word, 1) for word in unknown]
    if extra is not None:
        unknown_words.append((extra, max(other_count, 1)))
    flags = [
        flag
        for flag, holds in (
            ("ports-not-counted", bool(homeless)),
            ("no-plug", not evses or any(not evse.connectors for evse in evses)),
        )
        if holds
    ]
    return Bays(tuple(evses), tuple(unknown_words), tuple(flags))


_BETWEEN_WORDS = re.compile(r"[\s,;|\[\]'\"]+")
"""Data frames write a list as ``['J1772', 'TESLA']``."""
_COUNTED = re.compile(r"(\d{1,3})\s+(\D.*)")


def _read_other(text: str | None) -> tuple[str | None, int]:
    """The word and the number of a cell such as ``3 SP Inductive``."""
    if text is None:
        return None, 0
    match = _COUNTED.fullmatch(text)
    return (match[2], int(match[1])) if match else (text, 0)


def _read_words(plugs: Any) -> tuple[list[ConnectorStandard], list[str]]:
    if isinstance(plugs, str):
        words = [word for word in _BETWEEN_WORDS.split(clean_text(plugs) or "") if word]
    elif isinstance(plugs, tuple):
        words = [text for plug in plugs if (text := clean_text(plug))]
    else:
        words = []
    standards: list[ConnectorStandard] = []
    unknown: list[str] = []
    for word in dict.fromkeys(words):
        found = [plug_standard(name) for name in (word, *word.split("/"))]
        standards += [standard for standard in found if standard is not None]
        if not any(found):
            unknown.append(word)
    return list(dict.fromkeys(standards)), unknown


def plug_standard(word: str) -> ConnectorStandard | None:
    """The standard of one of the registry's words."""
    return PLUG_WORDS.get(word.upper()) or connector_from_word(word)


def _assign(
    standards: Sequence[ConnectorStandard], counts: Mapping[PowerLevel, int]
) -> tuple[dict[PowerLevel, list[ConnectorStandard]], list[ConnectorStandard]]:
    """Plugs by level, and those at whose levels no port is counted.

    A plug goes to its likeliest level that has ports; a level that is left without plugs
    has all that may be found there.
    """
    present = [level for level, count in counts.items() if count]
    at_level: dict[PowerLevel, list[ConnectorStandard]] = {level: [] for level in counts}
    homeless: list[ConnectorStandard] = []
    for standard in standards:
        levels = [level for level in _LEVELS.get(standard, present) if counts[level]]
        if levels:
            at_level[levels[0]].append(standard)
        else:
            homeless.append(standard)
    for level in present:
        if not at_level[level]:
            at_level[level] = [s for s in standards if level in _LEVELS.get(s, present)]
    return at_level, homeless


def only_level(standard: ConnectorStandard) -> PowerLevel | None:
    """The level of a plug that is found at no other."""
    levels = _LEVELS.get(standard, ())
    return levels[0] if len(levels) == 1 else None


def connector_of(
    standard: ConnectorStandard, level: PowerLevel | None, max_power_w: int | None = None
) -> ConnectorDraft:
    """A plug at a bay of a level, with the current and the form that follow."""
    is_socket = standard.name.startswith(("NEMA_", "DOMESTIC_"))
    power_type: PowerType | None = PowerType.AC_1_PHASE
    if standard in DIRECT:
        power_type = PowerType.DC
    elif standard is _S.SAE_J3400 and level in {_DC, None}:
        power_type = PowerType.DC if level else None
    return ConnectorDraft(
        standard,
        None,
        ConnectorFormat.SOCKET if is_socket else ConnectorFormat.CABLE,
        power_type,
        max_power_w=max_power_w,
    )
