"""Numbers and powers, however a registry spells them."""

from __future__ import annotations

import math
import re
from functools import lru_cache

from app.stations.draft import MAX_POWER_W, POWER_STEP_W
from app.stations.vocabulary import PowerType

_NUMBER = re.compile(
    r"(?:ca\.?|max\.?|up to|bis zu|jusqu['’]?[àa]|env(?:iron|\.)?|[~≈<>≤≥])?\s*"
    r"([+-]?(?:\d[\d.,' \u00a0\u202f]*|[.,]\d+))\s*(.*)",
    re.IGNORECASE | re.DOTALL,
)
_EXPONENT = re.compile(r"[+-]?\d{1,3}(?:\.\d{1,17})?[eE][+-]?\d{1,3}")
_PLAIN_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?")
_UNIT_KW = {"w": 0.001, "watt": 0.001, "watts": 0.001, "va": 0.001, "mw": 1000.0, "mva": 1000.0}
_OTHER_UNITS = frozenset({"a", "amp", "amps", "ampere", "amperes", "v", "volt", "volts"})
_BARE, _KW = r"(\d+(?:[.,]\d+)?)", r"\s*(?:k?(?:w|va))?\s*"
_RANGE = re.compile(
    rf"{_BARE}{_KW}(?:-|–|à|a|to|bis|ou|/)\s*{_BARE}\s*(?P<unit>[a-z]*)", re.IGNORECASE
)
_TIMES = re.compile(rf"\d{{1,2}}\s*[x×*]\s*{_BARE}\s*(?P<unit>[a-z]*)", re.IGNORECASE)
_LINE_TO_LINE_V = 300
"""A three-phase voltage above this was measured between two phases, below it to neutral."""


def parse_number(value: object) -> float | None:
    """A finite number from a cell: ``22``, ``3,7``, ``1.234,5``, ``22 kW``, ``7.4kW``.

    The later of comma and point is the decimal sign if both stand there; a single comma is
    always decimal. A unit behind the number is ignored (see ``parse_power_kw``).
    """
    if isinstance(value, str):
        return float(value) if _PLAIN_NUMBER.fullmatch(value) else _split(value)[0]
    return _finite(value)


def parse_power_kw(value: object) -> float | None:
    """A power in kW from a cell; the unit behind the number counts, kW where there is none.

    Of a range the upper end (``3,7 à 22``, ``50-150 kW``), of several equal outputs the one
    (``2x150 kW``). Amperes and volts are no power.
    """
    if isinstance(value, str):
        number, unit = _split(value)
        if number is None:
            return _most_of_range(value)
        return None if unit in _OTHER_UNITS else number * _UNIT_KW.get(unit, 1.0)
    return _finite(value)


def parse_count(value: object) -> int | None:
    """A whole number of things, 0 or more; ``None`` for anything else, ``yes`` included."""
    number = parse_number(value)
    return int(number) if number is not None and number >= 0 and number.is_integer() else None


def power_w(value_kw: float | None) -> int | None:
    """Watts to ``POWER_STEP_W``; ``None`` for what is no power or above ``MAX_POWER_W``."""
    if value_kw is None or not 0 < value_kw * 1000 <= MAX_POWER_W:
        return None
    return round(value_kw * 1000 / POWER_STEP_W) * POWER_STEP_W or None


def power_from_current(
    voltage_v: float | None, amperage_a: float | None, power_type: PowerType | None
) -> int | None:
    """Watts from volts, amperes and the kind of current; ``None`` unless all are known.

    Three phases count ``3 · V · A`` to neutral (OCPI's definition) and ``√3 · V · A`` where
    the voltage can only be one between phases; split phase counts both legs of 100…130 V.
    """
    if not voltage_v or not amperage_a or power_type is None or min(voltage_v, amperage_a) < 0:
        return None
    between_phases = voltage_v > _LINE_TO_LINE_V
    factor = {
        PowerType.AC_1_PHASE: 1.0,
        PowerType.AC_2_PHASE: 1.0 if between_phases else 2.0,
        PowerType.AC_2_PHASE_SPLIT: 1.0 if voltage_v > 150 else 2.0,  # noqa: PLR2004 - two legs of at most 130 V
        PowerType.AC_3_PHASE: math.sqrt(3) if between_phases else 3.0,
        PowerType.DC: 1.0,
    }[power_type]
    return power_w(voltage_v * amperage_a * factor / 1000)


def _finite(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


@lru_cache(maxsize=1_024)
def _most_of_range(text: str) -> float | None:
    match = _RANGE.fullmatch(text.strip()) or _TIMES.fullmatch(text.strip())
    if match is None:
        return None
    numbers = [float(part.replace(",", ".")) for part in match.groups()[:-1] if part]
    unit = match["unit"].lower()
    return None if unit in _OTHER_UNITS else max(numbers) * _UNIT_KW.get(unit, 1.0)


@lru_cache(maxsize=16_384)
def _split(text: str) -> tuple[float | None, str]:
    """The number at the beginning of a text and the unit behind it, in lower case."""
    if _EXPONENT.fullmatch(text):
        return _finite(float(text)), ""
    match = _NUMBER.fullmatch(text.strip())
    if match is None or any(map(str.isdigit, match[2])):
        return None, ""
    digits = match[1].translate(_NO_BLANKS).rstrip(".,")
    if "," in digits and "." in digits:
        group = "," if digits.rfind(",") < digits.rfind(".") else "."
        digits = digits.replace(group, "")
    elif _GROUPED.fullmatch(digits):
        digits = digits.replace(",", "").replace(".", "")
    try:
        return _finite(float(digits.replace(",", "."))), match[2].strip().lower()
    except ValueError:
        return None, ""


_GROUPED = re.compile(r"[+-]?\d{1,3}(?:([,.])\d{3})(?:\1\d{3})+")
_NO_BLANKS = str.maketrans("", "", " '\u00a0\u202f")
