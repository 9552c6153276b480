"""The report of an import: every row accounted for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from app.importers.messages import Learnt
from app.importers.outcomes import OUTCOMES, REJECTED, SKIPPED
from app.importers.row import Notes


@dataclass(slots=True)
class Report:
    """What an import came to; ``rows_read`` is the sum of its ``outcomes``."""

    source: str
    feed: str
    origin: str
    state: str = "running"
    """``running``, ``done``, ``failed`` or ``interrupted``."""
    is_dry_run: bool = False
    is_complete: bool = False
    is_unmodified: bool = False
    """The server said that nothing has changed since the last run."""
    outcomes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    """Why rows were skipped or rejected; sums up to both."""
    stations_new: int = 0
    stations_changed: int = 0
    stations_unchanged: int = 0
    stations_returned: int = 0
    """Of the changed ones: they had been gone."""
    stations_gone: int = 0
    stations_total: int = 0
    """Of the feed, after the run, without those that are gone."""
    evses_total: int = 0
    statuses_applied: int = 0
    seconds: float = 0.0
    notes: Notes = field(default_factory=Notes)

    @property
    def rows_read(self) -> int:
        """All rows."""
        return self.outcomes.total()

    def reject(self, reason: str, rows: int = 1) -> None:
        """Count rejected rows."""
        self.outcomes[REJECTED] += rows
        self.reasons[reason] += rows

    def skip(self, reason: str, rows: int = 1) -> None:
        """Count skipped rows."""
        self.outcomes[SKIPPED] += rows
        self.reasons[reason] += rows

    def learn(self, learnt: Learnt) -> None:
        """Take what is known of the whole input; what was known before is part of it."""
        unknown_words = {kind: Counter(words) for kind, words in learnt.unknown_words.items()}
        self.notes = Notes(
            unknown_words=unknown_words,
            remarks=learnt.remarks,
            unmapped_columns=learnt.unmapped_columns,
            flags=Counter(learnt.flags),
        )

    def as_json(self) -> dict[str, Any]:
        """The object that ``--json`` prints and the ledger keeps."""
        return {
            "source": self.source,
            "feed": self.feed,
            "file": self.origin,
            "state": self.state,
            "complete": self.is_complete,
            "dry_run": self.is_dry_run,
            "not_modified": self.is_unmodified,
            "rows_read": self.rows_read,
            **{outcome: self.outcomes[outcome] for outcome in OUTCOMES},
            "reasons": dict(self.reasons.most_common()),
            "unknown_words": {
                kind: dict(words.most_common()) for kind, words in self.notes.unknown_words.items()
            },
            "flags": dict(self.notes.flags.most_common()),
            "remarks": self.notes.remarks,
            "unmapped_columns": list(self.notes.unmapped_columns),
            "stations_new": self.stations_new,
            "stations_changed": self.stations_changed,
            "stations_unchanged": self.stations_unchanged,
            "stations_returned": self.stations_returned,
            "stations_gone": self.stations_gone,
            "stations_total": self.stations_total,
            "evses_total": self.evses_total,
            "statuses_applied": self.statuses_applied,
            "seconds": round(self.seconds, 3),
        }
