"""What a user may ask of an import, and how it is watched."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from app.importers.outcomes import REJECTED
from app.importers.report import Report
from app.importers.row import RejectedRow


class RejectBound(NamedTuple):
    """How many rows may be rejected before an import counts as failed in part."""

    rows: int | None = None
    share: float = 0.2
    """Used where ``rows`` is ``None``."""

    def is_exceeded(self, report: Report) -> bool:
        """Whether a report is beyond it."""
        rejected = report.outcomes[REJECTED]
        if self.rows is not None:
            return rejected > self.rows
        return rejected > self.share * report.rows_read


@dataclass(frozen=True, slots=True)
class Options:
    """What the user may ask of an import."""

    feed_name: str | None = None
    """Another publisher's instance of the source; ``None`` for the source's own name."""
    claims_complete: bool = False
    """The user vouches that a file or standard input is the whole feed."""
    is_dry_run: bool = False
    allow_non_open: bool = False
    bound: RejectBound = field(default_factory=RejectBound)


class Progress(Protocol):
    """Told how far an import is."""

    def reading(self, rows: int, bytes_read: int, size_bytes: int | None) -> None:
        """So many rows and bytes of the input were read."""
        ...

    def storing(self, rows: int, rows_total: int) -> None:
        """The stations of so many rows were stored."""
        ...


class Silent:
    """Progress that nobody watches."""

    def reading(self, rows: int, bytes_read: int, size_bytes: int | None) -> None:
        """Nothing."""

    def storing(self, rows: int, rows_total: int) -> None:
        """Nothing."""


def ignore_reject(_reject: RejectedRow) -> None:
    """Take a rejected row and do nothing."""
