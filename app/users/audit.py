"""Who did what to accounts and keys: one log line each, with no personal data but the id."""

from __future__ import annotations

import logging

from app.utils.advanced_logging import setup_logging

_logger = setup_logging("app.audit")

REFUSED = frozenset({"log-in-refused", "registration-refused", "refresh-reused", "key-refused"})
"""Events that an operator may want to be told of."""


def note(event: str, account: str | None = None, **facts: str | int | None) -> None:
    """Write an event down.

    Args:
        event: A word such as ``log-in``; see ``docs/explanation/security.md``.
        account: Public id of the account that it is about; ``None`` where there is none.
        facts: Further ids; never names, addresses or secrets.
    """
    level = logging.WARNING if event in REFUSED else logging.INFO
    _logger.log(level, event, extra={"event": event, "account": account, **facts})
