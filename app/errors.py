"""The one base of every error that a user may see."""

from __future__ import annotations

from typing import Any, ClassVar


class VoltWayError(Exception):
    """An expected problem, told in words that a user can act on.

    Subclasses live in the ``errors`` module of their noun. The web renders one as
    ``application/problem+json`` (RFC 9457), the command line as one line and an exit code.

    Attributes:
        slug: Last part of the problem's ``type`` URL; never changes once published.
        title: The kind of problem, the same for every occurrence.
        status: HTTP status, 400 to 599.
        exit_code: Exit code of the command line (documented in ``docs/reference/cli.md``).
        detail: What was wrong here, where, and what would be right.
        public_detail: What the web tells instead, where ``detail`` is for the operator only.
        extra: Further members of the problem document; JSON values only.
    """

    slug: ClassVar[str] = "internal-error"
    title: ClassVar[str] = "Something went wrong"
    status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 4
    public_detail: ClassVar[str | None] = None

    def __init__(self, detail: str, **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extra = extra
