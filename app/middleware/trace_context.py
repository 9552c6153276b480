"""The ``traceparent`` header of W3C Trace Context, read and checked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

_TRACEPARENT = re.compile(
    rb"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(-.*)?"
)
_NAMES_ALL = b"00"
"""The version that ends with the flags; a later one may say more behind them."""


class TraceParent(NamedTuple):
    """Where a request stands in a distributed trace."""

    trace_id: str
    """32 hexadecimal digits, not all zero."""
    span_id: str
    """The caller's span: 16 hexadecimal digits, not all zero."""


def read_traceparent(values: Sequence[bytes]) -> TraceParent | None:
    """The trace that a caller tells; ``None`` where it tells none, several, or nonsense.

    Version ``ff``, ids of zeros and capitals are nonsense; versions to come are read as far
    as this one goes.

    Source: W3C Trace Context, sections 3.2 and 4.3.
    """
    if len(values) != 1:
        return None
    found = _TRACEPARENT.fullmatch(values[0].strip(b" \t"))
    if found is None or (found[4] is not None and found[1] == _NAMES_ALL):
        return None
    return TraceParent(found[2].decode(), found[3].decode())
