"""Cells of the German register read into the vocabulary; cached, since rows repeat them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple

from app.importers.feeds._plug_limits import carried_power_w
from app.importers.parse.connectors import connector_from_word
from app.importers.parse.numbers import parse_power_kw, power_w
from app.importers.parse.text import clean_code, clean_text, clean_word
from app.stations.draft import ConnectorDraft
from app.stations.vocabulary import (
    Access,
    ConnectorFormat,
    ConnectorStandard,
    Payment,
    PowerType,
)
from app.stations.words import fold, split

ONE_PHASE_W = 7_400
"""What 32 A give on one phase; a Type 2 plug that carries more has three."""

_S = ConnectorStandard
_DIRECT = {_S.IEC_62196_T2_COMBO, _S.IEC_62196_T1_COMBO, _S.CHADEMO, _S.MCS, _S.TESLA_S}
_CEE_16_W = 11_100
_LIST_JOINT = re.compile(r"[;,\n]")


class Plugs(NamedTuple):
    """What a charge point offers."""

    connectors: tuple[ConnectorDraft, ...]
    unknown_words: tuple[str, ...]
    is_beyond_plug: bool
    """No plug can carry the power that is stated."""
    unread_power: str | None = None
    """The words of a power that none could be read from."""


NO_PLUGS = Plugs((), (), is_beyond_plug=False)


@lru_cache(maxsize=8_192, typed=True)
def read_plugs(plugs: Any, power: Any) -> Plugs:
    """Connectors from words and powers that are joined by ``;``, ``,`` or lines in equal order.

    A single power is the whole point's: each plug has it that can carry it, but an
    alternating one beside a direct one only up to its own limit.
    """
    parts = _LIST_JOINT.split(plugs) if isinstance(plugs, str) else [plugs]
    words = [word for part in parts if (word := clean_text(part))]
    if not words:
        return NO_PLUGS
    stated_kw = powers_kw = _read_powers(power)
    if len(powers_kw) != len(words):
        powers_kw = [max(filter(None, powers_kw), default=None)] * len(words)
    connectors = tuple(
        _connector(word, power_w(power_kw)) for word, power_kw in zip(words, powers_kw, strict=True)
    )
    return Plugs(
        connectors,
        tuple(c.standard_word for c in connectors if c.standard_word is not None),
        is_beyond_plug=any(powers_kw) and all(c.max_power_w is None for c in connectors),
        unread_power=clean_text(power) if None in stated_kw else None,
    )


def _read_powers(power: Any) -> list[float | None]:
    if not isinstance(power, str):
        return [] if power is None else [parse_power_kw(power)]
    joint = ";" if ";" in power else ", " if ", " in power else "\n"
    return [parse_power_kw(part) for part in power.split(joint) if part.strip()]


def _connector(word: str, stated_w: int | None) -> ConnectorDraft:
    standard = connector_from_word(word)
    words = split(word)
    if standard is None:
        return ConnectorDraft(standard_word=word, max_power_w=stated_w)
    if standard is _S.IEC_60309_2_THREE_32 and stated_w is not None and stated_w <= _CEE_16_W:
        standard = _S.IEC_60309_2_THREE_16
    power_type: PowerType | None
    if standard in _DIRECT:
        format_, power_type = ConnectorFormat.CABLE, PowerType.DC
    else:
        is_cable = any(part.endswith("kupplung") for part in words)
        format_ = ConnectorFormat.CABLE if is_cable else ConnectorFormat.SOCKET
        power_type = _phases(standard, carried_power_w(standard, stated_w))
    return ConnectorDraft(
        standard, None, format_, power_type, max_power_w=carried_power_w(standard, stated_w)
    )


def _phases(standard: ConnectorStandard, power_w: int | None) -> PowerType | None:
    if standard in {_S.DOMESTIC_F, _S.IEC_60309_2_SINGLE_16, _S.IEC_62196_T1}:
        return PowerType.AC_1_PHASE
    if standard in {_S.IEC_60309_2_THREE_16, _S.IEC_60309_2_THREE_32}:
        return PowerType.AC_3_PHASE
    if power_w is None:
        return None
    return PowerType.AC_3_PHASE if power_w > ONE_PHASE_W else PowerType.AC_1_PHASE


_PAYMENTS: dict[str, frozenset[Payment]] = {
    "onlinezahlungsverfahren": frozenset({Payment.AD_HOC, Payment.APP}),
    "rfid karte": frozenset({Payment.RFID}),
    "rfid": frozenset({Payment.RFID}),
    "kreditkarte": frozenset({Payment.AD_HOC, Payment.CARD}),
    "debitkarte": frozenset({Payment.AD_HOC, Payment.CARD}),
    "girokarte": frozenset({Payment.AD_HOC, Payment.CARD}),
    "ec karte": frozenset({Payment.AD_HOC, Payment.CARD}),
    "bargeld": frozenset({Payment.AD_HOC, Payment.CASH}),
    "kostenlos": frozenset({Payment.FREE}),
    "plug charge": frozenset({Payment.SUBSCRIPTION}),
    "sonstige": frozenset(),
    "keine": frozenset(),
}
_BRACKETS = re.compile(r"\(.*?\)")


@lru_cache(maxsize=1_024, typed=True)
def read_payments(value: Any) -> tuple[tuple[Payment, ...], tuple[str, ...]]:
    """Ways to pay, sorted, and the words that are unknown."""
    payments: set[Payment] = set()
    unknown: list[str] = []
    for word in (clean_text(value) or "").split(";"):
        ways = _PAYMENTS.get(" ".join(split(_BRACKETS.sub(" ", word))))
        if ways is not None:
            payments |= ways
        elif word.strip():
            unknown.append(word.strip())
    return tuple(sorted(payments)), tuple(unknown)


_PARKING = {
    "keine beschrankung": Access.PUBLIC,
    "nur fur kunden/besucher": Access.RESTRICTED,
    "nur fur kunden": Access.RESTRICTED,
    "nur fur besucher": Access.RESTRICTED,
    "nur fur mitarbeiter": Access.RESTRICTED,
    "nur fur anwohner": Access.RESTRICTED,
}


@lru_cache(maxsize=256, typed=True)
def read_access(parking: Any) -> tuple[Access, str | None]:
    """Public, as the register only lists such; restricted where parking is for some only."""
    text = clean_text(parking)
    if text is None:
        return Access.PUBLIC, None
    access = _PARKING.get(fold(text))
    return (Access.PUBLIC, text) if access is None else (access, None)


_IN_SERVICE = frozenset({"", "in betrieb", "aktiv"})
_OUT_OF_SERVICE = frozenset(
    {"in wartung", "ausser betrieb", "vorubergehend ausser betrieb", "defekt"}
)
_PLANNED = frozenset({"in planung", "geplant", "in bau", "in errichtung", "in vorbereitung"})
_REMOVED = frozenset({"stillgelegt", "abgebaut", "ruckgebaut", "endgultig ausser betrieb"})


class State(NamedTuple):
    """What the register says about the device as a whole."""

    skipped: str | None
    """The rule that leaves it out."""
    is_out_of_service: bool
    unknown: str | None


@lru_cache(maxsize=256, typed=True)
def read_state(status: Any) -> State:
    """Planned and removed devices are left out; those out of service are kept and say so."""
    word = fold(clean_word(status))
    if word in _PLANNED or word in _REMOVED:
        return State("planned" if word in _PLANNED else "removed", False, None)
    known = word in _IN_SERVICE or word in _OUT_OF_SERVICE
    return State(None, word in _OUT_OF_SERVICE, None if known else clean_text(status))


class Address(NamedTuple):
    """A German address."""

    street: str | None
    postal_code: str | None
    city: str | None


_CODE_AND_CITY = re.compile(r"(?:D-?\s?)?(\d{4,5})\s+(.+)")
_CODE_LENGTH = 5


@lru_cache(maxsize=8_192, typed=True)
def read_address(
    street: Any,
    house_number: Any,
    more: Any,
    address: Any,
    postal_code: Any,
    city: Any,
    postal_code_and_city: Any,
) -> Address:
    """Street with number and addition, postal code with its leading zero, city."""
    number = clean_code(house_number)
    line = " ".join(p for p in (clean_text(street), number if number != "0" else None) if p)
    lines = [text for text in (line or clean_text(address), clean_text(more)) if text]
    code, town = clean_code(postal_code), clean_text(city)
    both = _CODE_AND_CITY.fullmatch(clean_text(postal_code_and_city) or "")
    if both:
        code, town = code or both[1], town or both[2]
    if code is not None and code.isdigit():
        code = code.zfill(_CODE_LENGTH)
    return Address(", ".join(lines) or None, code, town)
