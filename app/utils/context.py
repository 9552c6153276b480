"""What a log line says about where it comes from, carried along in context variables."""

from __future__ import annotations

import os
import random
import re
import secrets
from contextvars import ContextVar

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
"""Ids that are taken over from a client; anything else gets a fresh one."""

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""Id of the request that is being answered; ``None`` outside of one."""

user_id: ContextVar[str | None] = ContextVar("user_id", default=None)
"""Who is asking; ``None`` for a caller without a name."""

trace_id: ContextVar[str | None] = ContextVar("trace_id", default=None)
"""W3C trace id of the request, 32 hexadecimal digits; ``None`` where none was given."""

span_id: ContextVar[str | None] = ContextVar("span_id", default=None)
"""W3C id of the span within the trace, 16 hexadecimal digits."""

# Bound once: each request asks some ten times, and binding takes longer than looking.
current_request_id, current_user_id = request_id.get, user_id.get
current_trace_id, current_span_id = trace_id.get, span_id.get


# Ids are no secrets, and asking the system for random bytes costs more than all of a log line.
_random = random.Random(secrets.randbits(256))  # noqa: S311 - as above
os.register_at_fork(after_in_child=lambda: _random.seed(secrets.randbits(256)))


def new_request_id() -> str:
    """A fresh id: 128 random bits as 32 hexadecimal digits."""
    return _random.getrandbits(128).to_bytes(16, "big").hex()


def accepted_request_id(offered: str | None) -> str:
    """The client's own id where it has the right form, a fresh one otherwise."""
    if offered is not None and REQUEST_ID.fullmatch(offered):
        return offered
    return new_request_id()
