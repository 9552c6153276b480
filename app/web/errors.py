"""Problems of a request as such, whatever it asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

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


class BodyTooLong(VoltWayError):
    """A body has more bytes than are read."""

    slug, title, status = "body-too-long", "The body is too long", 413
    # What is still coming is not read.
    headers: ClassVar[Mapping[str, str]] = {"Connection": "close"}

    def __init__(self, max_bytes: int) -> None:
        super().__init__(f"The body may have {max_bytes:,} bytes at most.", max_bytes=max_bytes)


class BodyTooDeep(VoltWayError):
    """Arrays and objects of a body lie too deep in each other."""

    slug, title, status = "body-too-deep", "The body is nested too deeply", 422

    def __init__(self, max_depth: int) -> None:
        super().__init__(
            f"Arrays and objects may lie {max_depth} deep in each other at most.",
            max_depth=max_depth,
        )


class AddressTooLong(VoltWayError):
    """The address of a request does not come to an end."""

    slug, title, status = "address-too-long", "The address is too long", 414

    def __init__(self, max_bytes: int) -> None:
        super().__init__(f"An address may have {max_bytes:,} bytes.", max_bytes=max_bytes)


class HeadersTooLong(VoltWayError):
    """The headers of a request do not come to an end."""

    slug, title, status = "headers-too-long", "The headers are too long", 431

    def __init__(self, max_bytes: int) -> None:
        super().__init__(
            f"Request line and headers may have {max_bytes:,} bytes together.",
            max_bytes=max_bytes,
        )


class MethodUnknown(VoltWayError):
    """No application knows the method of a request."""

    slug, title, status = "not-implemented", "Not Implemented", 501

    def __init__(self) -> None:
        super().__init__("This server does not know the method.")


class BodyKindUnknown(VoltWayError):
    """The body is of another media type than is read here."""

    slug, title, status = "body-kind-unknown", "The body is of another kind", 415

    def __init__(self, kind: str, accepted: Sequence[str]) -> None:
        what = (
            f"Content-Type {kind[:100]!r} is not read here" if kind else "Content-Type is missing"
        )
        bounds = " or ".join(accepted)
        entry = {"parameter": "Content-Type", "pointer": "/header/Content-Type",
                 "detail": f"{what}.", "bounds": bounds, "example": accepted[0]}  # fmt: skip
        super().__init__(f"{what}; send {bounds}.", accepted=list(accepted), errors=[entry])


class BodyInvalid(VoltWayError):
    """The body is not what is asked for here."""

    slug, title, status = "invalid-body", "The body is not valid", 422

    def __init__(self, pointer: str, detail: str) -> None:
        entry = {"parameter": "body", "pointer": pointer, "detail": detail, "bounds": "",
                 "example": ""}  # fmt: skip
        super().__init__(f"{pointer}: {detail}", errors=[entry])
