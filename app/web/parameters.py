"""Query parameters from one table: read, bounded, documented, and blamed by name.

FastAPI's own parameter machinery costs several times the search itself, and its messages
name neither bounds nor an example; so one table of ``Parameter`` yields both the reading
and the OpenAPI documentation.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus

from app.web.errors import ParametersInvalid, fault

MAX_QUERY_LENGTH = 65_536
"""Characters of a whole query string."""

MAX_REPEATS = 50
"""Values of one repeatable parameter."""

MAX_FAULTS = 20
"""More faults than this are not listed one by one."""

_NUMBER = re.compile(r"[+-]?(\d{1,20}(\.\d{0,20})?|\.\d{1,20})([eE][+-]?\d{1,2})?", re.ASCII)
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Unfit(ValueError):
    """A value that a parameter cannot take; the text says why, as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One query parameter.

    Attributes:
        read: Text to value; raises ``Unfit``.
        bounds: What is allowed, for a person to read.
        schema: The JSON schema of one value, for OpenAPI.
        is_repeatable: Whether it may occur several times; its value is then a tuple.
        max_length: Longest text that is looked at, in characters.
    """

    name: str
    read: Callable[[str], Any]
    summary: str
    bounds: str
    example: str
    schema: Mapping[str, Any]
    is_repeatable: bool = False
    max_length: int = 200

    def fault(self, detail: str) -> dict[str, Any]:
        """An entry of a problem's ``errors``."""
        return fault(self.name, detail, bounds=self.bounds, example=f"{self.name}={self.example}")

    def as_openapi(self) -> dict[str, Any]:
        """The parameter object of OpenAPI 3.1."""
        schema: dict[str, Any] = dict(self.schema)
        example: object = self.example
        if schema.get("type") in {"number", "integer"}:
            example = float(self.example) if "." in self.example else int(self.example)
        elif schema.get("type") == "boolean":
            example = self.example == "true"
        if self.is_repeatable:
            schema, example = {"type": "array", "items": schema, "maxItems": MAX_REPEATS}, [example]
        return {
            "name": self.name,
            "in": "query",
            "required": False,
            "description": f"{self.summary} Allowed: {self.bounds}.",
            "schema": schema,
            "example": example,
        }


Table = Mapping[str, Parameter]


def table_of(*parameters: Parameter) -> dict[str, Parameter]:
    """A table by name, in the order of documentation."""
    return {parameter.name: parameter for parameter in parameters}


def split_query(query_string: bytes) -> list[tuple[str, str]]:
    """Names and values of a raw query string, decoded, in order.

    Raises:
        ParametersInvalid: It is longer than ``MAX_QUERY_LENGTH``.
    """
    if not query_string:
        return []
    if len(query_string) > MAX_QUERY_LENGTH:
        raise ParametersInvalid(
            [
                {
                    "parameter": "(query)",
                    "pointer": "/query",
                    "detail": f"The query string has {len(query_string)} characters.",
                    "bounds": f"at most {MAX_QUERY_LENGTH} characters",
                    "example": "limit=50",
                }
            ]
        )
    text = query_string.decode("latin-1")
    pairs = [part.partition("=") for part in text.split("&") if part]
    if "%" in text or "+" in text:
        return [(unquote_plus(name), unquote_plus(value)) for name, _, value in pairs]
    return [(name, value) for name, _, value in pairs]


def read_values(
    pairs: Iterable[tuple[str, str]], table: Table
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Values by name, and the faults of those that could not be read.

    Cost: about 1 µs a pair.
    """
    values: dict[str, Any] = {}
    faults: list[dict[str, Any]] = []
    for name, text in pairs:
        parameter = table.get(name)
        if parameter is None:
            faults.append(_unknown(name, table))
            continue
        try:
            value = _read(parameter, text)
        except Unfit as unfit:
            faults.append(parameter.fault(f"{_shown(text)} {unfit}."))
            continue
        if parameter.is_repeatable:
            values.setdefault(name, []).append(value)
        elif name in values:
            faults.append(parameter.fault("It is given more than once; give it once."))
        else:
            values[name] = value
    for name, value in values.items():
        if type(value) is list:
            if len(value) > MAX_REPEATS:
                faults.append(table[name].fault(f"It is given {len(value)} times."))
            values[name] = tuple(value)
    return values, faults


def refuse(faults: Sequence[dict[str, Any]]) -> None:
    """Raise ``ParametersInvalid`` if there is any fault."""
    if faults:
        raise ParametersInvalid(faults[:MAX_FAULTS])


def refuse_all(query_string: bytes) -> None:
    """Raise ``ParametersInvalid`` for any parameter, where none is taken."""
    if query_string:
        _, faults = read_values(split_query(query_string), {})
        refuse(faults)


def _read(parameter: Parameter, text: str) -> Any:
    if not text.strip():
        raise Unfit("is empty; give a value or leave the parameter out")
    if len(text) > parameter.max_length:
        raise Unfit(f"has {len(text)} characters, more than {parameter.max_length}")
    return parameter.read(text)


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:40]}…")  # noqa: PLR2004 - a glance's worth


def _unknown(name: str, table: Table) -> dict[str, Any]:
    folded = name[:64].casefold()
    near = [known for known in table if len(folded) > 2 and known.startswith(folded)]  # noqa: PLR2004 - "la" says little
    near = near or difflib.get_close_matches(folded, table, n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return fault(
        name[:64],
        f"There is no parameter of this name.{hint}",
        bounds=", ".join(table) or "no parameters",
        example=f"{near[0]}={table[near[0]].example}" if near else "",
    )


def number(lowest: float, highest: float) -> Callable[[str], float]:
    """Reads a finite decimal number within bounds, both included."""

    def read(text: str) -> float:
        if _NUMBER.fullmatch(text) is None:
            raise Unfit("is not a decimal number")
        value = float(text)
        if not lowest <= value <= highest or not math.isfinite(value):
            raise Unfit(f"is not within {lowest:g}…{highest:g}")
        return value

    return read


def whole(lowest: int, highest: int) -> Callable[[str], int]:
    """Reads a whole number within bounds, both included."""

    def read(text: str) -> int:
        if _WHOLE.fullmatch(text) is None or not lowest <= int(text) <= highest:
            raise Unfit(f"is not a whole number within {lowest}…{highest}")
        return int(text)

    return read


def flag(text: str) -> bool:
    """Reads ``true`` or ``false`` (``1`` and ``0`` too)."""
    try:
        return {"true": True, "1": True, "false": False, "0": False}[text.casefold()]
    except KeyError:
        raise Unfit("is neither true nor false") from None


def choice(words: Mapping[str, Any]) -> Callable[[str], Any]:
    """Reads one of some words, in any case."""

    def read(text: str) -> Any:
        try:
            return words[text.casefold()]
        except KeyError:
            near = difflib.get_close_matches(text.casefold(), words, n=1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            raise Unfit(f"is not one of {', '.join(words)}{hint}") from None

    return read


def moment(text: str) -> datetime:
    """Reads an RFC 3339 time with a zone, or a date (its midnight in UTC)."""
    # In a query string an unescaped "+" of a zone arrives as a blank.
    text = text.replace(" ", "+") if len(text) > len("2026-01-31 12:00") else text
    try:
        value = datetime.fromisoformat(text)
        if _DATE.fullmatch(text):
            return value.replace(tzinfo=UTC)
        return value.astimezone(UTC) if value.tzinfo is not None else _needs_zone()
    except (ValueError, OverflowError) as error:
        if isinstance(error, Unfit):
            raise
        raise Unfit("is not an RFC 3339 date or time") from None


def _needs_zone() -> datetime:
    raise Unfit("has no time zone; end it with Z for UTC")
