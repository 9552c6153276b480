from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.middleware.trace_context import TraceParent, read_traceparent

_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
_SPAN = "00f067aa0ba902b7"


@pytest.mark.parametrize(
    "value",
    [
        f"00-{_TRACE}-{_SPAN}-01",
        f"00-{_TRACE}-{_SPAN}-00",
        f" 00-{_TRACE}-{_SPAN}-ff\t",
        f"01-{_TRACE}-{_SPAN}-01",
        f"cc-{_TRACE}-{_SPAN}-01-what-the-future-will-be-like",
    ],
)
def test_a_trace_is_read(value: str) -> None:
    assert read_traceparent([value.encode()]) == TraceParent(_TRACE, _SPAN)


@pytest.mark.parametrize(
    "value",
    [
        "",
        f"ff-{_TRACE}-{_SPAN}-01",
        f"00-{'0' * 32}-{_SPAN}-01",
        f"00-{_TRACE}-{'0' * 16}-01",
        f"00-{_TRACE.upper()}-{_SPAN}-01",
        f"00-{_TRACE}-{_SPAN}-01-more",
        f"01-{_TRACE}-{_SPAN}-01more",
        f"00-{_TRACE}-{_SPAN}",
        f"00-{_TRACE}-{_SPAN}-1",
        f"0-{_TRACE}-{_SPAN}-01",
        f"00-{_TRACE[1:]}-{_SPAN}-01",
        f"00-{_TRACE}-{_SPAN}-01\n",
    ],
)
def test_nonsense_is_no_trace(value: str) -> None:
    assert read_traceparent([value.encode()]) is None


def test_none_or_several_are_no_trace() -> None:
    value = f"00-{_TRACE}-{_SPAN}-01".encode()
    assert read_traceparent([]) is None
    assert read_traceparent([value, value]) is None


@given(st.binary(max_size=70))
def test_whatever_is_read_is_fit_for_a_log_line(value: bytes) -> None:
    found = read_traceparent([b"00-" + value])
    assert found is None or re.fullmatch(r"[0-9a-f]{32} [0-9a-f]{16}", " ".join(found))
