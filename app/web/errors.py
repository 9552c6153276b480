"""Problems of a request as such, whatever it asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.errors import VoltWayError


def fault(name: str, detail: str, *, bounds: str, example: str = "") -> dict[str, str]:
    """An entry of a problem's ``errors``: what is wrong with one query parameter.

    Args:
        name: The parameter's; its JSON pointer (RFC 6901) is made of it.
        detail: What was wrong, as a sentence.
        bounds: What would be right.
        example: A pair that is right, as it stands in a query.
    """
    escaped = name.replace("~", "~0").replace("/", "~1")
    return {
        "parameter": name,
        "pointer": f"/query/{escaped}",
        "detail": detail,
        "bounds": bounds,
        "example": example,
    }


class ParametersInvalid(VoltWayError):
    """Parameters that cannot be understood or do not go together; all of them at once."""

    slug, title, status = "invalid-parameters", "Parameters are not valid", 422
    exit_code = 2

    def __init__(self, errors: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(
            " ".join(f"{error['parameter']}: {error['detail']}" for error in errors),
            errors=list(errors),
        )


class FormatNotAcceptable(VoltWayError):
    """None of the formats that the client accepts can be made."""

    slug, title, status = "format-not-acceptable", "No acceptable format", 406

    def __init__(self, accept: str, offered: Sequence[str]) -> None:
        super().__init__(
            f"Accept: {accept[:200]!r} allows none of the formats offered: {', '.join(offered)}.",
            offered=list(offered),
        )
