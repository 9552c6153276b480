"""Tags of OpenStreetMap elements, out of the forms that tables and exports give them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from app.importers.parse.text import clean_text

_META_PREFIX = "@"
_NESTED = ("tags", "other_tags", "all_tags")
_HSTORE = re.compile(r'"((?:[^"\\]|\\.)*)"\s*=>\s*"((?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(r"\\(.)")


def tags_of(values: Mapping[str, Any]) -> dict[str, str]:
    """The tags of an element: of one member, of columns of their own, or of both.

    A member holds them as an object, as JSON text, or as PostgreSQL's ``"key"=>"value"``.
    """
    nested = [found for name in _NESTED if (found := _nested(values.get(name)))]
    if not nested:
        return _cleaned(values)
    own = _cleaned({k: v for k, v in values.items() if k not in _NESTED})
    return {**own, **{k: v for one in nested for k, v in _cleaned(one).items()}}


def _nested(value: Any) -> Mapping[str, Any]:
    if isinstance(value, dict):
        return value
    if not isinstance(value, str):
        return {}
    if value.lstrip().startswith("{"):
        try:
            decoded = msgspec.json.decode(value)
        except msgspec.DecodeError:
            return {}
        return decoded if isinstance(decoded, dict) else {}
    return {_unescaped(key): _unescaped(text) for key, text in _HSTORE.findall(value)}


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)


def _cleaned(values: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: text
        for name, value in values.items()
        if not name.startswith(_META_PREFIX) and (text := clean_text(value))
    }
