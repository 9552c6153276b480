"""Cells of the French registry read into the vocabulary; cached, since rows repeat them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from app.importers.feeds._columns import Point
from app.importers.feeds._plug_limits import LIMIT_W, carried_power_w
from app.importers.parse.connectors import connector_from_word
from app.importers.parse.numbers import parse_number, parse_power_kw, power_w
from app.importers.parse.text import clean_text, clean_word, parse_bool
from app.stations.draft import ConnectorDraft
from app.stations.vocabulary import (
    Access,
    ConnectorFormat,
    ConnectorStandard,
    Payment,
    PowerType,
)
from app.stations.words import fold

ONE_PHASE_W = 7_400
"""What 32 A give on one phase; a Type 2 plug that carries more has three."""

MOST_KW = 1_000
"""No bay of the registry gives more: a larger number is in W."""

_S = ConnectorStandard


class Plugs(NamedTuple):
    """What a bay offers, and what was odd about it."""

    connectors: tuple[ConnectorDraft, ...]
    unknown_words: tuple[str, ...]
    flags: tuple[str, ...]
    summary: str
    """Tells the bay from others at a station where bays have no ids: ``22kW-T2``."""
    unread_power: str | None
    """The words of a power that none could be read from."""


@lru_cache(maxsize=8_192, typed=True)
def read_plugs(
    power: Any,
    is_domestic: Any,
    is_type2: Any,
    is_combo: Any,
    is_chademo: Any,
    is_other: Any,
    plug_words: Any,
    has_cable: Any,
    *,
    is_in_watts: bool,
) -> Plugs:
    """The connectors of a bay from its cells."""
    stated = {
        _S.IEC_62196_T2_COMBO: is_combo,
        _S.CHADEMO: is_chademo,
        _S.IEC_62196_T2: is_type2,
        _S.DOMESTIC_E: is_domestic,
    }
    named, unknown_words = _read_words(clean_text(plug_words))
    standards = [s for s, cell in stated.items() if parse_bool(cell) or s in named]
    standards += [s for s in named if s not in stated]
    if parse_bool(is_other):
        unknown_words += ("autre",)
    power_kw = parse_power_kw(power)
    flags: list[str] = []
    if power_kw is not None and (is_in_watts or power_kw > MOST_KW):
        power_kw /= 1000
        if not is_in_watts:
            flags.append("power-in-watts")
    nominal_w = power_w(power_kw)
    has_dc = _S.IEC_62196_T2_COMBO in standards or _S.CHADEMO in standards
    is_attached = parse_bool(has_cable)
    connectors = [
        _connector(standard, nominal_w, is_attached=is_attached) for standard in standards
    ]
    is_only_plug = not connectors and len(unknown_words) == 1
    connectors += [
        ConnectorDraft(standard_word=word, max_power_w=nominal_w if is_only_plug else None)
        for word in unknown_words
    ]
    if not connectors:
        flags.append("no-plug")
    elif nominal_w and not has_dc and all(c.max_power_w is None for c in connectors):
        flags.append("power-beyond-plug")
    names = "-".join(str(c.standard or c.standard_word) for c in connectors)
    summary = f"{nominal_w / 1000:g}kW-{names}" if nominal_w else names
    unread_power = clean_text(power) if power_kw is None else None
    return Plugs(tuple(connectors), unknown_words, tuple(flags), summary, unread_power)


def _connector(
    standard: ConnectorStandard, nominal_w: int | None, *, is_attached: bool | None
) -> ConnectorDraft:
    carried_w = carried_power_w(standard, nominal_w)
    if standard in {_S.IEC_62196_T2_COMBO, _S.CHADEMO}:
        return ConnectorDraft(
            standard, None, ConnectorFormat.CABLE, PowerType.DC, max_power_w=carried_w
        )
    if standard is _S.DOMESTIC_E:
        return ConnectorDraft(
            standard, None, ConnectorFormat.SOCKET, PowerType.AC_1_PHASE, max_power_w=carried_w
        )
    attachment = {True: ConnectorFormat.CABLE, False: ConnectorFormat.SOCKET, None: None}
    return ConnectorDraft(
        standard,
        None,
        attachment[is_attached] if standard is _S.IEC_62196_T2 else None,
        None if carried_w is None else _current(carried_w),
        max_power_w=carried_w,
    )


def _current(power_w: int) -> PowerType:
    if power_w > LIMIT_W[_S.IEC_62196_T2]:
        return PowerType.DC
    return PowerType.AC_3_PHASE if power_w > ONE_PHASE_W else PowerType.AC_1_PHASE


_TYPE_NUMBER = re.compile(r"\btype ?s?e?n? ?([123][ac]?)\b|\bt ([123][ac]?)\b")
_WORD_JOINTS = re.compile(r"[^a-z0-9]+")
_SAYS_NOTHING = frozenset({"ac", "dc", "prise", "prises", "type", "types", "et", "ou", "cable"})
_PLUG_WORDS = {
    "ef": _S.DOMESTIC_E, "domestique": _S.DOMESTIC_E, "t1": _S.IEC_62196_T1,
    "t2": _S.IEC_62196_T2, "t3": _S.IEC_62196_T3C, "t3c": _S.IEC_62196_T3C,
    "t3a": _S.IEC_62196_T3A, "chademo": _S.CHADEMO, "combo": _S.IEC_62196_T2_COMBO,
    "ccs": _S.IEC_62196_T2_COMBO, "combo2": _S.IEC_62196_T2_COMBO,
    "ccs2": _S.IEC_62196_T2_COMBO, "comboccs": _S.IEC_62196_T2_COMBO, "tesla": _S.TESLA_S,
}  # fmt: skip


def _read_words(text: str | None) -> tuple[list[ConnectorStandard], tuple[str, ...]]:
    """Standards and unknown words of a cell such as ``EF - T2`` or ``T2+CHADEMO``."""
    if text is None:
        return [], ()
    whole = connector_from_word(text)
    if whole is not None:
        return [whole], ()
    spelled = _TYPE_NUMBER.sub(lambda m: f" t{m[1] or m[2]} ", fold(text).replace("e/f", "ef"))
    standards: list[ConnectorStandard] = []
    unknown: list[str] = []
    for word in _WORD_JOINTS.split(spelled):
        standard = _PLUG_WORDS.get(word) or connector_from_word(word)
        if standard is not None:
            standards.append(standard)
        elif word and word not in _SAYS_NOTHING and not word.isdigit():
            unknown.append(word)
    return list(dict.fromkeys(standards)), tuple(dict.fromkeys(unknown))


@lru_cache(maxsize=1_024, typed=True)
def read_payments(
    is_free: Any, pays_per_use: Any, takes_cards: Any, payment_words: Any
) -> tuple[Payment, ...]:
    """Ways to pay, sorted; a card is always taken without a contract."""
    payments: set[Payment] = set()
    if parse_bool(is_free) or "gratuit" in clean_word(payment_words):
        payments.add(Payment.FREE)
    if parse_bool(pays_per_use):
        payments.add(Payment.AD_HOC)
    if parse_bool(takes_cards):
        payments |= {Payment.AD_HOC, Payment.CARD}
    return tuple(sorted(payments))


_ACCESS = {
    "acces libre": Access.PUBLIC, "libre": Access.PUBLIC, "public": Access.PUBLIC,
    "acces public": Access.PUBLIC, "acces reserve": Access.RESTRICTED,
    "reserve": Access.RESTRICTED, "acces prive": Access.PRIVATE, "prive": Access.PRIVATE,
}  # fmt: skip


@lru_cache(maxsize=1_024, typed=True)
def read_access(value: Any) -> tuple[Access | None, str | None]:
    """Who may charge, and the word if it is unknown."""
    text = clean_text(value)
    if text is None:
        return None, None
    words = f"{' '.join(_WORD_JOINTS.split(fold(text))).strip()} "
    access = next((_ACCESS[known] for known in _ACCESS if words.startswith(f"{known} ")), None)
    return access, text if access is None else None


_EACH_NUMBER = re.compile(r"-?\d+[.,]\d+")
_LATITUDE_FIRST = re.compile(r"lat.*(?:lon|lng)", re.IGNORECASE | re.DOTALL)
_PLAIN_PAIR = re.compile(r"\[(-?[0-9]{1,3}\.[0-9]{1,15}), ?(-?[0-9]{1,3}\.[0-9]{1,15})\]")
"""As the schema asks for it, and nearly all rows have it."""


def read_position(value: Any) -> tuple[float, float] | None:
    """Latitude and longitude from ``[lon, lat]``, however it is bracketed, joined and named."""
    plain = _PLAIN_PAIR.fullmatch(value) if isinstance(value, str) else None
    if plain:
        return float(plain[2]), float(plain[1])
    if isinstance(value, tuple):
        return _as_pair(value)
    text = (clean_text(value) or "").strip("[]() ")
    pair = _as_pair(text.split(";" if ";" in text else "," if "," in text else " "))
    if pair is not None:
        return pair
    pair = _as_pair(_EACH_NUMBER.findall(text))
    return pair[::-1] if pair and _LATITUDE_FIRST.search(text) else pair


def read_point(value: Any) -> tuple[float, float] | None:
    """Latitude and longitude from a geographical point, which names the latitude first."""
    position = read_position(value)
    return position if position is None or isinstance(value, Point) else position[::-1]


def _as_pair(parts: Sequence[Any]) -> tuple[float, float] | None:
    """Latitude and longitude from two numbers in the other order."""
    numbers = [number for part in parts if (number := parse_number(part)) is not None]
    return (numbers[1], numbers[0]) if len(numbers) == len(parts) == len("XY") else None


class Address(NamedTuple):
    """A French address, as far as it could be told apart."""

    street: str | None
    postal_code: str | None
    city: str | None


_HAS_CODE = re.compile(r"\d{5}")
"""What all of the following look for, found in a fraction of their time."""
_BRACKETED = re.compile(r"\[(.*?)\]\s*\[(\d{5})\]\s*\[(.*?)\]")
_CODE_LAST = re.compile(r"(.*?)[\s,;]+(\d{5})(?:[\s,]+france)?[\s,.]*", re.IGNORECASE)
_CODE_FIRST = re.compile(
    r"(?:(.*?)[\s,;-]+)?(\d{5})[\s,;-]+([^\d,;]+?)(?:\s*\(\d\w?\d?\))?(?:\s*,\s*france)?[\s,.]*",
    re.IGNORECASE,
)


@lru_cache(maxsize=2_048, typed=True)
def read_address(address: Any, postal_code: Any, city: Any) -> Address:
    """Street, postal code and city; the whole text is the street where it has no code."""
    text, code, town = clean_text(address), _postal_code(postal_code), clean_text(city)
    if text is None:
        return Address(None, code, town)
    if not _HAS_CODE.search(text):
        return Address(text, code, town)
    bracketed = _BRACKETED.fullmatch(text)
    if bracketed:
        street, own_code, own_town = map(clean_text, bracketed.groups())
        return Address(street, code or own_code, town or own_town)
    last = _CODE_LAST.fullmatch(text)
    if last:
        street, comma, own_town = last[1].rpartition(",")
        if not comma:
            street, own_town = own_town, ""
        return Address(clean_text(street), code or last[2], town or clean_text(own_town))
    first = _CODE_FIRST.fullmatch(text)
    if first:
        return Address(clean_text(first[1]), code or first[2], town or clean_text(first[3]))
    return Address(text, code, town)


def _postal_code(value: Any) -> str | None:
    text = clean_text(value)
    return text.zfill(5) if text and text.isdigit() and len(text) >= 4 else text  # noqa: PLR2004 - a lost leading zero


_OPERATOR_CODE = re.compile(r"\s*\|\s*[A-Z]{2}\*?[A-Z0-9]{3}$")


@lru_cache(maxsize=4_096, typed=True)
def read_operator(*names: Any) -> str | None:
    """The first name that says something, without the code behind it (``… | FR*FR1``)."""
    for name in names:
        text = clean_text(name)
        if text is not None:
            return _OPERATOR_CODE.sub("", text)
    return None
