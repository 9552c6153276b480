"""How the connections of a server are divided among processes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.db.pool import MOST_READS, MOST_SESSIONS, RESERVE, Shares, shares_of


@given(st.integers(1, 5_000), st.integers(1, 200))
def test_processes_and_one_more_never_take_what_is_reserved(limit: int, processes: int) -> None:
    shares = shares_of(limit, processes)
    assert 1 <= shares.sessions <= MOST_SESSIONS
    assert 1 <= shares.reads <= MOST_READS
    is_tight = (shares.sessions, shares.reads) == (1, 1)
    taken = (processes + 1) * (shares.sessions + shares.reads + 1)
    assert is_tight or taken <= limit - RESERVE


def test_a_server_as_it_is_installed_feeds_a_few_processes_fully() -> None:
    assert shares_of(97, 1) == Shares(MOST_SESSIONS, MOST_READS)
    assert shares_of(97, 4) == Shares(8, 8)
    assert shares_of(97, 16) == Shares(2, 2)


def test_too_many_processes_get_one_of_each() -> None:
    assert shares_of(97, 64) == Shares(1, 1)
