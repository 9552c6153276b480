"""Opening hours in French words, as the older editions of the French registry have them."""

from __future__ import annotations

import re
from functools import lru_cache

from app.importers.parse.hours import ALWAYS, NO_HOURS, Hours, read_osm_hours, says_always
from app.importers.parse.text import clean_text
from app.importers.parse.week import DAYS
from app.stations.words import fold

_FULL_NAMES = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_DAY = rf"(?:{'|'.join(DAYS).lower()})"
_CLOCK = r"\d{1,2}:\d{2}"
_IN_OSM_WORDS = (
    *(
        (re.compile(rf"\b(?:{name}|{name[:3]})s?\b\.?"), osm.lower())
        for name, osm in zip(_FULL_NAMES, DAYS, strict=True)
    ),
    (re.compile(r"(?:tous les jours|7 ?j(?:ours)?[ /]*(?:sur )?7)[ ,:]*"), "mo-su "),
    (re.compile(r"\b(\d{1,2}) ?h(?:eures?)?(?! ?\d)"), r"\1:00"),
    (re.compile(r"\b(\d{1,2}) ?h ?(\d{2})\b"), r"\1:\2"),
    (re.compile(rf"({_DAY}) (?:au|a|-) ({_DAY})"), r"\1-\2"),
    (re.compile(rf"({_DAY}) ?(?:,|et|/|&) ?(?={_DAY})"), r"\1,"),
    (re.compile(rf"({_DAY}) ?[:,] ?(?=\d)"), r"\1 "),
    (re.compile(rf"({_CLOCK}) ?(?:a|-|–) ?({_CLOCK})"), r"\1-\2"),
    (re.compile(rf"({_CLOCK}-{_CLOCK}) ?(?:et|/|&|puis|,) ?(?:de )?(?={_CLOCK})"), r"\1,"),
    (re.compile(rf"({_CLOCK}) ?(?:et|/|\||,)? ?(?:du |le )?(?={_DAY})"), r"\1; "),
    (re.compile(r"\b(?:du|de|le|les|ouvert|ouverte|ouverture|acces|libre|horaires?)\b ?:? ?"), ""),
)
"""Applied in this order to folded text."""

_EVERY_DAY = r"(?:tous les jours|(?:du )?(?:lundi|lun|mo) ?(?:-|au) ?(?:dimanche|dim|su))"
_ALWAYS = re.compile(
    rf"(?:{_EVERY_DAY}|(?:acces )?libre|(?:acces )?permanent|accessible|ouvert|ouverture)?[ ,:]*"
    r"(?:h24|24 ?h? ?(?:sur|/) ?24 ?h?|24 ?heures ?(?:sur|/) ?24)"
    r"(?:[ ,;&-]*(?:et )?7 ?j?(?:ours)? ?(?:sur|/) ?7 ?j?(?:ours)?)?"
    r"|(?:acces )?permanent|jour et nuit|sans restriction|sans interruption"
)


def read_french_hours(value: object) -> Hours:
    """Hours in OSM syntax, else in French words: ``du lundi au vendredi 8h-19h``."""
    text = clean_text(value)
    return NO_HOURS if text is None else _read(text)


@lru_cache(maxsize=4_096)
def _read(text: str) -> Hours:
    hours = read_osm_hours(text)
    if hours.opening_hours is not None:
        return hours
    folded = fold(text).strip(" .;")
    if _ALWAYS.fullmatch(folded) or says_always(folded.removeprefix("libre ")):
        return ALWAYS
    for pattern, words in _IN_OSM_WORDS:
        folded = pattern.sub(words, folded)
    translated = read_osm_hours(folded)
    return hours if translated.opening_hours is None else translated
