"""Licences as registries state them, as SPDX identifiers; and which of them are open."""

from __future__ import annotations

import re
from functools import lru_cache

from app.importers.parse.text import clean_text

UNKNOWN = "unknown"
"""No licence was stated: kept, and left out of exports unless asked for."""

ANY_PURPOSE = "LicenseRef-any-purpose"
"""Free for any use, said in prose; the United States' registry does so."""

NOT_OPEN = "LicenseRef-not-open"
"""The source says that its data are not open, and no more."""

_MAX_LENGTH = 200

_OPEN = re.compile(
    r"CC0-1\.0|CC-BY(?:-SA)?-\d\.\d(?:-[A-Z]{2})?|ODbL-1\.0|ODC-By-1\.0|PDDL-1\.0|"
    r"OGL-UK-[123]\.0|OGL-Canada-2\.0|etalab-2\.0|LicenseRef-etalab-1\.0|NLOD-[12]\.0|"
    r"DL-DE-(?:BY|ZERO)-2\.0|LicenseRef-any-purpose"
)

_CREATIVE_COMMONS = re.compile(
    r"(?:creative ?commons|\bcc\b|\bcc-|attribution|creativecommons\.org/licenses/).*", re.DOTALL
)
_BY_PARTS = (
    ("nc", re.compile(r"non-? ?commercial|\bnc\b")),
    ("nd", re.compile(r"no-? ?deriv|\bnd\b")),
    ("sa", re.compile(r"share-? ?alike|\bsa\b")),
)
_VERSION = re.compile(r"\bv?(\d\.\d)\b")
_FIXED = (
    (re.compile(r"\bcc-?0\b|cc zero|publicdomain/zero|public domain"), "CC0-1.0"),
    (re.compile(r"\bodbl\b|open database licen[cs]e"), "ODbL-1.0"),
    (re.compile(r"\bpddl\b"), "PDDL-1.0"),
    (re.compile(r"\bodc-by\b|open data commons attribution"), "ODC-By-1.0"),
    (re.compile(r"(?:licence ouverte|open licen[cs]e|etalab).*2\.0|etalab-2"), "etalab-2.0"),
    (re.compile(r"licence ouverte|licence_ouverte|etalab"), "LicenseRef-etalab-1.0"),
    (re.compile(r"any purpose"), ANY_PURPOSE),
)
_GOVERNMENT = re.compile(r"open government licen[cs]e|\bogl\b")


def licence_from_text(value: object) -> str:
    """The SPDX identifier that a statement names, else its own words; ``unknown`` for none."""
    text = clean_text(value)
    return UNKNOWN if text is None else _licence(text)


def is_open(licence: str) -> bool:
    """Whether a licence allows anyone to use, share and change the data for any purpose."""
    return _OPEN.fullmatch(licence) is not None


@lru_cache(maxsize=1_024)
def _licence(text: str) -> str:
    if is_open(text):
        return text
    folded = text.lower()
    for pattern, licence in _FIXED:
        if pattern.search(folded):
            return licence
    version = _VERSION.search(folded)
    if version and _GOVERNMENT.search(folded):
        return f"OGL-UK-{version[1]}"
    if version and _CREATIVE_COMMONS.search(folded):
        parts = "".join(f"-{part}" for part, pattern in _BY_PARTS if pattern.search(folded))
        return f"CC-BY{parts.upper()}-{version[1]}"
    return text[:_MAX_LENGTH]
