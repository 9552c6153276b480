"""Text cells: trimmed, in one Unicode form, without the words that stand for nothing."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_PLACEHOLDERS = frozenset(
    {
        "-", "--", "---", "–", "—", ".", "..", "...", "?", "#n/a", "n/a", "n.a.", "null", "none",
        "nan", "nil", "undefined", "unknown", "inconnu", "inconnue", "non renseigné",
        "non renseigne", "non communiqué", "non communique", "non concerné", "non concerne",
        "keine angabe", "keine angaben", "k.a.", "k. a.", "unbekannt", "tbd", "(null)", "[]", "{}",
    }
)  # fmt: skip
"""Compared in lower case. ``na`` and ``nc`` are missing on purpose: they are codes of places."""

_LONGEST_PLACEHOLDER = max(map(len, _PLACEHOLDERS))

_SCRAMBLED = re.compile("[ÂÃÄÅâ][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")
"""A first byte of UTF-8 and a further one, both taken for characters."""
_LATIN = re.compile(r"[\x00-\u017f\u2010-\u20ac]*")
"""What was scrambled is Latin letters and punctuation: ``CAFÉ®`` would be something else."""

_EXCEL_ESCAPE = re.compile(r"_x00(?:0[0-9A-F]|1[0-9A-F]|20)_", re.IGNORECASE)
"""A control character as spreadsheets spell it in text: ``_x000D_``."""


def clean_text(value: object) -> str | None:
    """The text of a cell, or ``None`` where it says nothing.

    Mends text that was taken for Windows-1252 once too often, takes a spreadsheet's ``="…"``
    off, trims, turns runs of blanks and line feeds into one blank, composes accents (NFC), drops
    control characters and placeholders such as ``N/A``, ``null`` or ``-``. Numbers and
    booleans become their shortest text (``22.0`` is ``22``), lists their texts joined by
    ``, ``; objects say nothing.
    """
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _clean(str(int(value)) if value % 1 == 0 else repr(value))
    if isinstance(value, list | tuple):
        return ", ".join(text for text in map(clean_text, value) if text) or None
    return None


def unscrambled(text: str) -> str:
    """``Besançon`` where it became ``BesanÃ§on``: no other text has bytes that are UTF-8."""
    if not _SCRAMBLED.search(text):
        return text
    try:
        mended = text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return text
    return mended if _LATIN.fullmatch(mended) else text


@lru_cache(maxsize=16_384)
def _clean(text: str) -> str | None:
    # What one thing hid may have to be tidied itself, once it is there.
    while (tidier := _tidied(text)) != text:
        text = tidier
    is_placeholder = len(text) <= _LONGEST_PLACEHOLDER and text.lower() in _PLACEHOLDERS
    return None if not text or is_placeholder else text


def _tidied(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFC", unscrambled(text))
    if not text.isprintable():
        text = "".join(char for char in text if char.isprintable() or char.isspace())
    if "_x" in text:
        text = _EXCEL_ESCAPE.sub(" ", text)
    if text.startswith('="') and text.endswith('"'):
        text = text[2:-1]
    return " ".join(text.split())


def clean_code(value: object) -> str | None:
    """A code (of an area, a house, a row) without the ``.0`` that data frames put behind it."""
    text = clean_text(value)
    is_float = text is not None and text.endswith(".0") and text[:-2].isdigit()
    return text[:-2] if text is not None and is_float else text


def clean_word(value: object) -> str:
    """A cell to be looked up in a table of words: cleaned, lower case; empty for nothing."""
    return (clean_text(value) or "").lower()


_TRUE = frozenset({"true", "1", "1.0", "yes", "y", "t", "oui", "o", "vrai", "ja", "j", "wahr", "x"})
_FALSE = frozenset({"false", "0", "0.0", "no", "n", "f", "non", "faux", "nein", "falsch"})


def parse_bool(value: object) -> bool | None:
    """A yes or no in English, French or German, or as 1 and 0; ``None`` for anything else."""
    if value is True or value is False:
        return value
    if isinstance(value, int | float) and value in {0, 1}:
        return value == 1
    return _parse_bool(value) if isinstance(value, str) else None


@lru_cache(maxsize=256)
def _parse_bool(text: str) -> bool | None:
    word = text.strip().lower()
    return True if word in _TRUE else False if word in _FALSE else None
