from __future__ import annotations

from app.utils._cache_slots import SlotMap, address_of


def told(*parts: tuple[int, int, str]) -> list[object]:
    """An answer to ``CLUSTER SLOTS``; each part has a replica of the same host."""
    return [
        [first, last, [host.encode(), 1, b"id", []], [host.encode(), 2, b"id", []]]
        for first, last, host in parts
    ]


def test_nothing_is_known_at_first_but_the_seeds() -> None:
    slots = SlotMap(["a:1", "b:1"])
    assert slots.owner("key") is None
    assert slots.primaries() == ()
    assert slots.nodes == ("a:1", "b:1")


def test_keys_with_the_same_part_in_braces_have_the_same_owner() -> None:
    slots = SlotMap(["a:1"])
    slots.learn(told((0, 12538, "low"), (12539, 16383, "high")), asked="a:1")
    assert slots.owner("foo") == slots.owner("{foo}:lock") == slots.owner(b"x{foo}") == "low:1"
    assert slots.owner("key") == "high:1"
    slots.learn(told((0, 12539, "low"), (12540, 16383, "high")), asked="a:1")
    assert slots.owner("key") == "low:1"
    assert slots.primaries() == ("low:1", "high:1")
    assert slots.nodes == ("a:1", "low:1", "low:2", "high:1", "high:2")


def test_what_an_answer_leaves_out_has_no_owner_and_former_nodes_are_forgotten() -> None:
    slots = SlotMap(["a:1"])
    slots.learn(told((0, 16383, "all")), asked="a:1")
    slots.learn(told((0, 99, "few")), asked="a:1")
    assert slots.owner("key") is None
    assert slots.nodes == ("a:1", "few:1", "few:2")


def test_a_slot_that_moves_alone_takes_no_other_along() -> None:
    slots = SlotMap(["a:1"])
    slots.learn(told((0, 16383, "all")), asked="a:1")
    for _ in range(2):
        slots.move(12539, "new:1")
    assert (slots.owner("key"), slots.owner("foo")) == ("new:1", "all:1")
    assert slots.nodes == ("a:1", "all:1", "all:2", "new:1")


def test_a_node_without_a_name_is_where_the_question_went() -> None:
    for host in (b"", "", None, b"?"):
        assert address_of(host, 7001, asked="here:7000") == "here:7001"
        assert address_of(host, 7001, asked="[::1]:7000") == "[::1]:7001"
    assert address_of(b"::2", 7001, asked="here:7000") == "[::2]:7001"
