"""Text folded and split once, here, the same for every database and every query."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import chain

MAX_TOKEN_LENGTH = 40
"""Longer runs of letters are codes that nobody types; cut, so that the index stays small."""

_FOLD_APART = str.maketrans(
    {"ß": "ss", "ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ı": "i"}
)
_LATIN_MARKS = re.compile("[\u0300-\u034e\u0350-\u036f]+")
_NOT_WORD = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """Lower-case without accents, so that ``Besançon`` and ``BESANCON`` are one word."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = _LATIN_MARKS.sub("", decomposed)
    if bare.isascii():  # nearly every text of the registries, in a fifth of the time
        return bare.lower()
    bare = "".join(char for char in bare if not unicodedata.combining(char))
    return bare.casefold().translate(_FOLD_APART)


def split_once(text: str) -> tuple[str, ...]:
    """As ``split``, for texts that do not come again."""
    return tuple(word[:MAX_TOKEN_LENGTH] for word in _NOT_WORD.split(fold(text)) if word)


@lru_cache(maxsize=8_192)
def split(text: str) -> tuple[str, ...]:
    """The folded words of a text, in order, each at most ``MAX_TOKEN_LENGTH`` characters."""
    return split_once(text)


def tokens(*texts: str | None) -> str:
    """The distinct folded words of some texts, in order of appearance, joined by blanks."""
    return " ".join(dict.fromkeys(chain.from_iterable(map(split, filter(None, texts)))))
