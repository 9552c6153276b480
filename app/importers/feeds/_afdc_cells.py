"""Cells of the United States' registry read into the vocabulary; cached."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple

from app.importers.parse.countries import alpha2
from app.importers.parse.text import clean_code, clean_text, clean_word, parse_bool
from app.stations.vocabulary import Access, Payment


class State(NamedTuple):
    """What the registry says about the station as a whole."""

    skipped: str | None
    """The rule that leaves the row out."""
    is_out_of_service: bool
    unknown: str | None


@lru_cache(maxsize=1_024, typed=True)
def read_state(fuel: Any, status: Any, access_groups: Any) -> State:
    """Other fuels and planned stations are left out; unavailable ones are kept and say so."""
    fuel_word, word = clean_word(fuel), clean_word(status)
    groups = clean_word(access_groups)
    if fuel_word and fuel_word not in {"elec", "electric"}:
        return State("not-electric", is_out_of_service=False, unknown=None)
    if word == "p" or groups.startswith("planned"):
        return State("planned", is_out_of_service=False, unknown=None)
    is_out = word == "t" or groups.startswith("temporarily unavailable")
    known = word in {"", "e", "t"}
    return State(None, is_out, None if known else clean_text(status))


_FOR_SOME = re.compile(
    r"\b(?:customers?|guests?|patrons?|employees?|residents?|tenants?|members?|students?|staff|"
    r"faculty|visitors?|fleet|government)\b[^;.]*\bonly\b|permit required"
)


@lru_cache(maxsize=4_096, typed=True)
def read_access(
    access: Any, access_groups: Any, is_restricted: Any, hours: Any
) -> tuple[Access | None, str | None]:
    """Who may charge, and the word if it is unknown.

    Private stays private. A public station is restricted where a column says so or its
    hours speak of customers, guests, employees and the like only.
    """
    word = clean_word(access) or clean_word(access_groups)
    if word.startswith("private"):
        return Access.PRIVATE, None
    if not word.startswith("public"):
        return None, word or None
    for_some = parse_bool(is_restricted) or _FOR_SOME.search(clean_word(hours)) is not None
    return (Access.RESTRICTED if for_some else Access.PUBLIC), None


_BANK_CARD = frozenset({Payment.AD_HOC, Payment.CARD})
_CARDS: dict[str, frozenset[Payment]] = {
    **dict.fromkeys(("a", "d", "m", "v", "debit", "credit"), _BANK_CARD),
    **dict.fromkeys(("android_pay", "apple_pay", "arrow_pay"), _BANK_CARD),
    "cash": frozenset({Payment.AD_HOC, Payment.CASH}),
    "checks": frozenset({Payment.AD_HOC}),
    "account_balance": frozenset({Payment.SUBSCRIPTION}),
    "proprietor": frozenset({Payment.SUBSCRIPTION}),
    **dict.fromkeys(
        ("voyager", "wright_exp", "fuelman", "cfn", "cleanenergy", "comdata", "pacificpride",
         "trillium", "speedway", "comdata", "efs", "gascard", "phh", "rtc", "speedway",
         "t-chek", "ultramar", "arcadia"),
        frozenset({Payment.SUBSCRIPTION}),
    ),
}  # fmt: skip
"""Fleet cards are contracts."""

_FREE = re.compile(r"free\b(?!\s+for\s+(?:the\s+)?first)")


@lru_cache(maxsize=2_048, typed=True)
def read_payments(cards: Any, price: Any) -> tuple[tuple[Payment, ...], tuple[str, ...]]:
    """Ways to pay, sorted, and the words that are unknown."""
    payments: set[Payment] = set()
    unknown: list[str] = []
    for word in (clean_text(cards) or "").replace(",", " ").split():
        ways = _CARDS.get(word.lower())
        if ways is None:
            unknown.append(word)
        else:
            payments |= ways
    text = clean_word(price)
    if _FREE.match(text) and "$" not in text:
        payments.add(Payment.FREE)
    return tuple(sorted(payments)), tuple(unknown)


_PROVINCES = frozenset(
    {"AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"}
)
_ZIP_LENGTH = 5


class Region(NamedTuple):
    """Where a station lies by its address."""

    postal_code: str | None
    state: str | None
    country: str


@lru_cache(maxsize=8_192, typed=True)
def read_region(postal_code: Any, state: Any, country: Any) -> Region:
    """Country by column or province; leading zeros that a spreadsheet took from ZIPs return."""
    state_code, code = clean_text(state), clean_code(postal_code)
    found = alpha2(country) or ("CA" if state_code in _PROVINCES else "US")
    if found == "US" and code is not None and code.isdigit():
        code = code.zfill(_ZIP_LENGTH)
    return Region(code, state_code, found)


@lru_cache(maxsize=1_024, typed=True)
def read_network(value: Any) -> str | None:
    """The network, which operates the station; ``None`` where there is none."""
    text = clean_text(value)
    return None if text is None or text.lower() in {"non-networked", "nonnetworked"} else text
