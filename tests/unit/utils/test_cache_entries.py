from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from app.utils._cache_entries import Entry, EntryStore

KEYS = st.sampled_from([b"a", b"b", b"c", b"d", b"e", b"f"])


def entry(value: int, *, size: int = 10, until: float = 100.0) -> Entry:
    return Entry(
        value,
        is_packed=False,
        size=size,
        refreshed_from=until,
        fresh_until=until,
        kept_until=until,
        quick_until=until,
    )


def test_what_was_read_since_outlives_what_was_not() -> None:
    store = EntryStore("numbers", max_entries=3, max_bytes=10_000)
    for number, key in enumerate([b"a", b"b", b"c"]):
        store.put(key, entry(number), now=0, as_of=0)
    store.entries[b"a"].was_used = True
    store.put(b"d", entry(4), now=0, as_of=0)
    assert set(store.entries) == {b"a", b"c", b"d"}
    assert store.evicted == 1


def test_what_has_expired_goes_even_if_it_was_read() -> None:
    store = EntryStore("numbers", max_entries=2, max_bytes=10_000)
    store.put(b"a", entry(1, until=5), now=0, as_of=0)
    store.put(b"b", entry(2), now=0, as_of=0)
    store.entries[b"a"].was_used = True
    store.put(b"c", entry(3), now=6, as_of=0)
    assert set(store.entries) == {b"b", b"c"}


def test_what_was_revoked_while_it_was_computed_is_not_kept() -> None:
    store = EntryStore("numbers", max_entries=3, max_bytes=10_000)
    as_of = store.revoked
    store.revoke(b"a")
    store.put(b"a", entry(1), now=0, as_of=as_of)
    assert store.held() == (0, 0)


class Bounded(RuleBasedStateMachine):
    """A store beside a dictionary without bounds."""

    def __init__(self) -> None:
        super().__init__()
        self.store = EntryStore("numbers", max_entries=4, max_bytes=2000)
        self.model: dict[bytes, int] = {}

    @rule(key=KEYS, value=st.integers(), size=st.integers(0, 2200))
    def put(self, key: bytes, value: int, size: int) -> None:
        self.store.put(key, entry(value, size=size), now=0, as_of=self.store.revoked)
        self.model[key] = value
        assert (key in self.store.entries) == (size + 300 <= 2000)

    @rule(key=KEYS)
    def read(self, key: bytes) -> None:
        if key in self.store.entries:
            self.store.entries[key].was_used = True

    @rule(key=KEYS)
    def revoke(self, key: bytes) -> None:
        self.store.revoke(key)
        self.model.pop(key, None)

    @rule()
    def clear(self) -> None:
        self.store.revoke()
        self.model.clear()
        assert self.store.held() == (0, 0)

    @invariant()
    def what_is_held_is_right_and_within_bounds(self) -> None:
        for key, held in self.store.entries.items():
            assert held.value == self.model[key]
        size, held_bytes = self.store.held()
        assert size <= 4
        assert held_bytes == sum(held.size for held in self.store.entries.values()) <= 2000


TestBounded = Bounded.TestCase
TestBounded.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
