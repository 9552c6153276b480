"""Countries by code or by name, in English, their own language, and the neighbours'."""

from __future__ import annotations

import gettext
from functools import cache, lru_cache

import pycountry

from app.importers.parse.text import clean_text
from app.stations.words import fold

_LANGUAGES = (
    "bg", "cs", "da", "de", "el", "es", "et", "fi", "fr", "hr", "hu", "is", "it", "lt", "lv", "nb",
    "nl", "pl", "pt", "pt_BR", "ro", "ru", "be", "sk", "sl", "sr", "sv", "tr", "uk",
)  # fmt: skip
"""Languages of the registries; a name in two of them that means two countries is dropped."""

_ALSO = {
    "uk": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "great britain": "GB",
    "northern ireland": "GB", "usa": "US", "u.s.a.": "US", "u.s.": "US", "america": "US",
    "holland": "NL", "the netherlands": "NL", "russia": "RU", "россия": "RU", "south korea": "KR",
    "czech republic": "CZ", "macedonia": "MK", "eire": "IE", "republic of ireland": "IE",
    "kosovo": "XK", "brasil": "BR", "turkey": "TR", "la reunion": "RE", "el": "GR",
    "pays-bas": "NL", "niederlande": "NL", "schweiz": "CH", "suisse": "CH", "svizzera": "CH",
}  # fmt: skip


@lru_cache(maxsize=4_096)
def _alpha2(text: str) -> str | None:
    word = fold(text)
    return _by_word().get(word) or _by_word().get(word.split(",", maxsplit=1)[0].strip())


def alpha2(value: object) -> str | None:
    """The ISO 3166-1 alpha-2 code of a country; ``None`` where the cell names none.

    Reads alpha-2, alpha-3 and names such as ``Deutschland``, ``Polska`` or ``USA``.
    """
    text = clean_text(value)
    return None if text is None else _alpha2(text)


@cache
def _by_word() -> dict[str, str]:
    """Folded words to codes; codes win over names. Cost: 60 ms once."""
    words: dict[str, str] = {}
    doubtful: set[str] = set()
    catalogs = [
        gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=[language])
        for language in _LANGUAGES
    ]
    for country in pycountry.countries:
        names = {
            name
            for field in ("name", "common_name", "official_name")
            if (name := getattr(country, field, None))
        }
        for name in names | {catalog.gettext(name) for catalog in catalogs for name in names}:
            word = fold(name)
            if words.setdefault(word, country.alpha_2) != country.alpha_2:
                doubtful.add(word)
    for word in doubtful:
        del words[word]
    for country in pycountry.countries:
        words[fold(country.name)] = country.alpha_2
        words[country.alpha_3.lower()] = words[country.alpha_2.lower()] = country.alpha_2
    return words | {fold(name): code for name, code in _ALSO.items()}
