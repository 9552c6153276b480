"""Secrets kept out of log lines and error reports: by key at any depth, by pattern in text."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from functools import lru_cache
from itertools import islice
from re import Match
from typing import Any

import msgspec

from app.utils import _redaction_patterns as patterns

HIDDEN = patterns.HIDDEN
MAX_TEXT_LENGTH = 16_384
"""Texts are cut to this many characters."""
MAX_DEPTH = 8
MAX_ITEMS = 200
"""Of one container."""
MAX_TOTAL_LENGTH = 65_536
"""Characters of all texts and names of one value together."""

_PAIR_LENGTH = 2
INT64 = 1 << 63
"""Beyond it, either way, readers of JSON lose digits: such numbers are told as text."""
_KNOWN_HARMLESS = 4096

HARMLESS: set[str] = set()
"""Short texts that ``clean_text`` has found to hold no secret, to be asked before it is."""
_CUT = "[cut]"


@lru_cache(maxsize=4096)
def is_secret(key: str) -> bool:
    """Whether a value under this name must not be shown.

    Case and separators do not matter: ``X-Api-Key``, ``apiKey`` and ``API_KEY`` are one name.
    A name that ends by telling about a secret (``token_count``, ``cookieSize``) is none.
    """
    words = [word.lower() for word in patterns.WORDS.findall(key)]
    if not words:
        return False
    if words[-1] in patterns.SECRET_LAST_WORDS:
        return True
    if words[-1] in patterns.HARMLESS_LAST_WORDS or not patterns.HARMLESS_WORDS.isdisjoint(words):
        return False
    return patterns.SECRET_NAME.search("".join(words)) is not None


def hides(key: str, value: object) -> bool:
    """Whether a value under this name must not be shown; none, yes and no tell no secret."""
    return is_secret(key) and value is not None and type(value) is not bool


def clean_text(text: str) -> str:
    """The text, cut to ``MAX_TEXT_LENGTH``, with all that looks like a secret hidden.

    Hidden are ``Bearer`` and ``Basic`` credentials, those in URLs, tokens of well-known forms,
    private keys, and what follows a secret's name: ``password=…``, ``"api_key": "…"``,
    ``?token=…``, ``--secret …``, and after ``Cookie:`` or ``Authorization:`` the whole line.

    Cost: below a microsecond for a short text that was seen before; else linear.
    """
    if text in HARMLESS:
        return text
    if len(text) > MAX_TEXT_LENGTH:
        text = text[:MAX_TEXT_LENGTH] + "…"
    if any(map(text.lower().__contains__, patterns.HINTS)):
        return _hide(text)
    if len(HARMLESS) >= _KNOWN_HARMLESS:
        HARMLESS.clear()
    if len(text) <= 128:  # noqa: PLR2004 - what comes again is short: paths, messages, addresses
        HARMLESS.add(text)
    return text


def _hide(text: str) -> str:
    text = patterns.KNOWN_FORM.sub(HIDDEN, text)
    text = patterns.BEARER.sub(rf"\1{HIDDEN}", text)
    text = patterns.URL_USER.sub(_hide_user, text)
    text = patterns.HEADER.sub(_hide_value, text)
    text = patterns.PAIR.sub(_hide_named, text)
    return patterns.OPTION.sub(_hide_named, text)


def _hide_user(match: Match[str]) -> str:
    start, user, password = match.groups()
    return f"{start}{HIDDEN}@" if password is None else f"{start}{user}:{HIDDEN}@"


def _hide_named(match: Match[str]) -> str:
    return _hide_value(match) if is_secret(match["name"]) else match[0]


def _hide_value(match: Match[str]) -> str:
    found = match.groupdict()
    kept = match[0][: match.end("is") - match.start()]
    quote = found.get("quote") or ""
    # Brackets that the value stood in are not of it, and keep the text readable.
    bare = found.get("bare") or ""
    closing = bare[len(bare.rstrip(",;)]}")) :]
    return f"{kept}{quote}{HIDDEN}{quote}{closing}"


def clean(value: object) -> Any:
    """A copy of any value, of what JSON has, with secrets hidden and everything bounded.

    Objects with fields (dataclasses, msgspec structs, pydantic models, named tuples) become
    mappings, so that their fields are hidden by name; exceptions and all else become text.
    Never raises: what cannot be shown is named by its type.

    Cost: at most ``MAX_TOTAL_LENGTH`` characters, ``MAX_ITEMS`` items of each container,
    ``MAX_DEPTH`` containers deep.
    """
    return _Copy().of(value, 0)


class _Copy:
    """One value being copied, and how much more of it may be."""

    def __init__(self) -> None:
        self.left = MAX_TOTAL_LENGTH

    def of(self, value: object, depth: int) -> Any:
        if value is None or type(value) in {bool, float}:
            return value
        if self.left <= 0:
            return _CUT
        self.left -= 4
        if type(value) is str:
            return self.text(value)
        if type(value) is int and -INT64 <= value < INT64:
            return value
        return "[too deep]" if depth >= MAX_DEPTH else self.rare(value, depth + 1)

    def rare(self, value: object, depth: int) -> Any:
        try:
            if type(value) is int:
                return self.text(_digits(value))
            if (fields := _fields_of(value)) is not None:
                return self.fields(fields, depth)
            if isinstance(value, list | tuple | set | frozenset):
                return self.items(value, depth)
            plain = next((plain for kind, plain in _PLAIN if isinstance(value, kind)), str)
            return self.of(plain(value), depth)
        except Exception:  # noqa: BLE001 - a value's own methods may raise anything
            return f"[unprintable {type(value).__name__}]"

    def text(self, text: str) -> str:
        text = clean_text(text.encode("utf-8", "backslashreplace").decode())
        self.left -= len(text)
        return text

    def fields(self, fields: Mapping[Any, object], depth: int) -> dict[str, Any]:
        return {
            (name := self.text(_name(key))): HIDDEN if hides(name, item) else self.of(item, depth)
            for key, item in islice(fields.items(), MAX_ITEMS)
        }

    def items(self, values: Iterable[object], depth: int) -> list[Any]:
        copied = [self.of(item, depth) for item in islice(values, MAX_ITEMS)]
        # Headers and parameters travel as pairs of a name and a value.
        if len(copied) == _PAIR_LENGTH and isinstance(copied[0], str) and is_secret(copied[0]):
            copied[1] = HIDDEN
        return copied


def _fields_of(value: object) -> Mapping[Any, object] | None:
    if isinstance(value, Mapping):
        return value
    if isinstance(value, type):
        return None
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        named: dict[str, object] = value._asdict()
        return named
    if isinstance(value, msgspec.Struct):
        names: tuple[str, ...] = value.__struct_fields__
    elif dataclasses.is_dataclass(value):
        names = tuple(field.name for field in dataclasses.fields(value) if field.repr)
    elif hasattr(type(value), "model_fields"):
        names = tuple(vars(value))
    else:
        return None
    return {name: getattr(value, name) for name in names}


def _name(key: object) -> str:
    if isinstance(key, bytes):
        return _decoded(key)
    return key if isinstance(key, str) else str(key)


def _decoded(value: bytes | bytearray | memoryview) -> str:
    return bytes(value[:MAX_TEXT_LENGTH]).decode("utf-8", "backslashreplace")


def _digits(number: int) -> str:
    # Python refuses to write very long numbers in decimal.
    return str(number) if number.bit_length() < 10_000 else hex(number)  # noqa: PLR2004 - below that limit


_PLAIN: tuple[tuple[type | tuple[type, ...], Callable[[Any], object]], ...] = (
    (Enum, lambda value: value.value),
    (str, str.__str__),
    (int, int.__int__),
    (float, float.__float__),
    ((bytes, bytearray, memoryview), _decoded),
    ((dt.date, dt.time), lambda value: value.isoformat()),
    (BaseException, lambda error: f"{type(error).__name__}: {error}"),
)
"""What values become that JSON does not have; all others become their ``str``."""
