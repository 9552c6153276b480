"""Problems of a request as such, whatever it asks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.errors import VoltWayError


class ParametersInvalid(VoltWayError):
    """Parameters that cannot be understood or do not go together; all of them at once."""

    slug, title, status = "invalid-parameters", "Parameters are not valid", 422
    exit_code = 2

    def __init__(self, errors: Sequence[dict[str, Any]]) -> None:
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
