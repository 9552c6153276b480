"""Whom a cluster's link asks, step by step; no Redis needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from redis.exceptions import AskError, ClusterDownError, MovedError

from app.utils._cache_cluster import ClusterLink, Rounds
from app.utils._cache_redis import AWAY, Command
from app.utils.caching import TestClock

SLOTS = [[0, 8191, [b"a", 1, b"id"]], [8192, 16383, [b"b", 1, b"id"]]]
LOW, HIGH = "foo12", "key"
"""Keys of the first and of the second node."""


class Nodes:
    """Answers for the nodes of a cluster, and notes what each was asked."""

    def __init__(self, answer: Callable[[str, Command], Any]) -> None:
        self.clock = TestClock()
        self.link = ClusterLink("redis+cluster://a:1,b:1", clock=self.clock)
        self.asked: list[tuple[str, Any]] = []
        self._answer = answer

    def run(self, rounds: Rounds[Any]) -> Any:
        heard: Any = None
        while True:
            try:
                asks = rounds.send(heard)
            except StopIteration as end:
                return end.value
            heard = []
            for node, commands in asks:
                name = next(key for key, link in self.link._nodes.items() if link is node)
                self.asked += [(name, command[0]) for command in commands]
                answers = [self._answer(name, command) for command in commands]
                heard.append(AWAY if AWAY in answers else answers)

    def get(self, *keys: str) -> Any:
        return self.run(self.link._rounds([("GET", key) for key in keys]))


def with_slots(answer: Callable[[str, Command], Any]) -> Callable[[str, Command], Any]:
    return lambda name, command: SLOTS if command[0] == "CLUSTER" else answer(name, command)


def test_the_map_is_asked_for_once_and_then_owners_are_asked() -> None:
    nodes = Nodes(with_slots(lambda name, _command: name))
    assert nodes.get(HIGH, LOW) == ["b:1", "a:1"]
    assert nodes.get(LOW) == ["a:1"]
    assert nodes.asked == [("a:1", "CLUSTER"), ("b:1", "GET"), ("a:1", "GET"), ("a:1", "GET")]


def test_without_a_map_any_node_is_asked_and_followed() -> None:
    def answer(name: str, command: Command) -> Any:
        if command[0] == "CLUSTER":
            return ClusterDownError("")
        return b"here" if name == "c:3" else MovedError("12539 c:3")

    nodes = Nodes(answer)
    assert nodes.get(HIGH) == [b"here"]
    assert nodes.get(HIGH) == [b"here"]
    assert [who for who, what in nodes.asked if what == "GET"][-1] == "c:3"
    assert [what for _, what in nodes.asked] == ["CLUSTER", "GET", "GET", "GET"]


def test_a_key_under_way_is_asked_for_with_asking_and_the_map_stays() -> None:
    def answer(name: str, command: Command) -> Any:
        return AskError("12539 a:1") if name == "b:1" else command[0]

    nodes = Nodes(with_slots(answer))
    assert nodes.get(HIGH) == ["GET"]
    assert nodes.asked[1:] == [("b:1", "GET"), ("a:1", "ASKING"), ("a:1", "GET")]
    assert nodes.link._slots.owner(HIGH) == "b:1"


def test_a_key_that_is_sent_round_in_circles_is_a_miss() -> None:
    other = {"a:1": "b:1", "b:1": "a:1"}
    nodes = Nodes(with_slots(lambda name, _command: MovedError(f"12539 {other[name]}")))
    assert nodes.get(HIGH) == [AWAY]
    assert len(nodes.asked) == 1 + 4


def test_a_word_without_a_key_goes_to_another_node_where_one_is_away() -> None:
    nodes = Nodes(with_slots(lambda name, _command: AWAY if name == "b:1" else 0))
    for _ in range(3):
        assert nodes.run(nodes.link._rounds([("PUBLISH", "channel", b"news")])) == [0]


@pytest.mark.parametrize("fault", [AWAY, ClusterDownError("")])
def test_after_a_failure_the_map_is_asked_for_again_once_a_second(fault: Any) -> None:
    nodes = Nodes(with_slots(lambda _name, _command: fault))
    for _ in range(5):
        nodes.get(HIGH)
    assert [what for _, what in nodes.asked].count("CLUSTER") == 1
    nodes.clock.advance(1.0)
    for _ in range(5):
        nodes.get(HIGH)
    assert [what for _, what in nodes.asked].count("CLUSTER") == 2


def test_scripts_are_placed_by_their_key() -> None:
    nodes = Nodes(with_slots(lambda name, _command: name))
    for key, owner in ((LOW, "a:1"), (HIGH, "b:1")):
        commands: list[Command] = [("EVAL", "return 1", 1, key, "x"), ("GET", key.encode())]
        assert nodes.run(nodes.link._rounds(commands)) == [owner, owner]
