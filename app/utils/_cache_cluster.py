"""Asks a Redis Cluster: each node on its own terms, so that one that hangs harms only its keys."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeAlias, TypeVar

import redis
from redis.exceptions import AskError, ClusterDownError, MovedError, RedisError, ResponseError

from app.utils._cache_redis import AWAY, Away, Command, RedisLink
from app.utils._cache_slots import SlotMap, address_of
from app.utils.redis_urls import cluster_of

T = TypeVar("T")

_MOST_HOPS = 4
"""A key that moves is followed that often; then it counts as a miss."""
_BETWEEN_LOOKS_S = 1.0
_KEYLESS = frozenset({"PUBLISH", "PING", "CLUSTER"})
_KEY_PLACE = {"EVAL": 3}


@dataclass(frozen=True)
class _Errand:
    """A command on its way; ``node`` is the one to ask, ``place`` where its answer belongs."""

    place: int
    command: Command
    node: str
    is_asking: bool = False

    def spoken(self) -> list[Command]:
        return [("ASKING",), self.command] if self.is_asking else [self.command]


Asks: TypeAlias = "list[tuple[RedisLink, list[Command]]]"
Rounds: TypeAlias = Generator[Asks, "list[list[Any] | Away]", T]


class ClusterLink:
    """A way to a Redis Cluster, as ``RedisLink`` is to one server.

    Each node has connections and a breaker of its own: while one is away, its keys are misses
    and the others are served. Who keeps which key is learnt from the first node that answers,
    from those that say a key has moved, and again, once a second at most, after a failure.

    Args:
        url: ``redis+cluster://host:port,host:port``; ``rediss+cluster://`` over TLS.
        timeout_s: As of ``RedisLink``, for each node.
        clock: As of ``RedisLink``.

    Raises:
        ValueError: The URL is not of a cluster.
    """

    def __init__(
        self, url: str, *, timeout_s: float = 0.05, clock: Callable[[], float] = time.monotonic
    ) -> None:
        cluster = cluster_of(url)
        if cluster is None:
            raise ValueError("the URL of a cluster begins with redis+cluster://")
        self._cluster = cluster
        self._timeout_s = timeout_s
        self._clock = clock
        self._slots = SlotMap(cluster.seeds)
        self._nodes: dict[str, RedisLink] = {}
        self._retired: list[RedisLink] = []
        self._turns = count()
        self._is_outdated = True
        self._looks_again_at = clock()

    @property
    def is_away(self) -> bool:
        """Whether callers are kept away from every node."""
        return all(self._node(address).is_away for address in self._slots.nodes)

    async def run(self, *command: str | bytes | int) -> Any:
        """The answer to one command that is about one key or none, or ``AWAY``."""
        return _unless_refused((await self._drive(self._rounds([command])))[0])

    def run_blocking(self, *command: str | bytes | int) -> Any:
        """As ``run``, for functions that are not async."""
        return _unless_refused(_drive_blocking(self._rounds([command]))[0])

    async def run_many(self, commands: Sequence[Command]) -> list[Any] | Away:
        """The answers to several commands about one key each, in one trip to each node.

        A command that is refused leaves its error as its answer, one whose node is away
        leaves ``AWAY``; so does the whole if all are.
        """
        answers = await self._drive(self._rounds(commands))
        return answers if any(answer is not AWAY for answer in answers) else AWAY

    async def get_many(self, names: Sequence[str]) -> list[bytes | None] | Away:
        """The values of several names in one trip to each node, or ``AWAY``.

        What a node that is away would hold is ``None``.
        """
        answers = await self.run_many([("GET", name) for name in names])
        if answers is AWAY:
            return AWAY
        return [answer if isinstance(answer, bytes) else None for answer in answers]

    async def shards(self) -> Sequence[RedisLink]:
        """The nodes that share the keys."""
        await self._drive(self._look())
        return [self._node(address) for address in self._slots.primaries()]

    def shards_blocking(self) -> Sequence[RedisLink]:
        """As ``shards``, for functions that are not async."""
        _drive_blocking(self._look())
        return [self._node(address) for address in self._slots.primaries()]

    def subscribed(self, channel: str) -> redis.client.PubSub:
        """A subscription at one node, another one each time: all of them pass on what is said.

        Raises:
            RedisError: No node takes it.
        """
        error: Exception = RedisError("no node is left to listen to")
        for _ in self._slots.nodes:
            node = self._node(self._next())
            try:
                return node.subscribed(channel)
            except (RedisError, OSError) as refusal:
                error = refusal
        raise error

    async def close(self) -> None:
        """Close the connections of this event loop, and those of the threads."""
        for node in [*self._nodes.values(), *self._retired]:
            await node.close()

    def close_blocking(self) -> None:
        """Close the connections of the threads."""
        for node in list(self._nodes.values()):
            node.close_blocking()

    async def _drive(self, rounds: Rounds[T]) -> T:
        answer = await _drive(rounds)
        while self._retired:
            await self._retired.pop().close()
        return answer

    def _rounds(self, commands: Sequence[Command]) -> Rounds[list[Any]]:
        """Ask the owners, follow those keys that have moved, and give up where a node is away."""
        yield from self._look()
        answers: list[Any] = [AWAY] * len(commands)
        errands = [
            _Errand(place, command, self._owner(command)) for place, command in enumerate(commands)
        ]
        for _ in range(_MOST_HOPS):
            groups: dict[str, list[_Errand]] = {}
            for errand in errands:
                groups.setdefault(errand.node, []).append(errand)
            heard = yield [
                (self._node(node), [said for errand in group for said in errand.spoken()])
                for node, group in groups.items()
            ]
            errands = []
            for (node, group), said in zip(groups.items(), heard, strict=True):
                if said is AWAY:
                    self._is_outdated = True
                    errands += [self._elsewhere(errand) for errand in group if _is_keyless(errand)]
                else:
                    errands += self._understand(node, group, said, answers)
            if not errands:
                break
        return answers

    def _understand(
        self, node: str, group: list[_Errand], said: list[Any], answers: list[Any]
    ) -> list[_Errand]:
        """Put the answers of a node in their places; what it sends elsewhere is left to do."""
        left: list[_Errand] = []
        rest = iter(said)
        for errand in group:
            for _ in errand.spoken():
                answer = next(rest)
            if isinstance(answer, AskError):
                left.append(self._followed(errand, answer, asked=node))
                continue
            if isinstance(answer, ResponseError):
                self._is_outdated |= isinstance(answer, ClusterDownError)
                self._node(node).refused(answer)
            answers[errand.place] = answer
        return left

    def _followed(self, errand: _Errand, error: AskError, *, asked: str) -> _Errand:
        target = address_of(error.host, error.port, asked=asked)
        has_moved = isinstance(error, MovedError)
        if has_moved:
            self._slots.move(error.slot_id, target)
            self._is_outdated = True
        return _Errand(errand.place, errand.command, target, is_asking=not has_moved)

    def _elsewhere(self, errand: _Errand) -> _Errand:
        return _Errand(errand.place, errand.command, self._next())

    def _look(self) -> Rounds[None]:
        """Ask one node who keeps what, if that is in doubt and nobody asked just now."""
        now = self._clock()
        if not self._is_outdated or now < self._looks_again_at:
            return
        self._looks_again_at = now + _BETWEEN_LOOKS_S
        asked = self._next()
        (said,) = yield [(self._node(asked), [("CLUSTER", "SLOTS")])]
        if said is not AWAY and not isinstance(said[0], ResponseError):
            self._is_outdated = False
            self._slots.learn(said[0], asked=asked)
            for address in self._nodes.keys() - set(self._slots.nodes):
                self._retired.append(self._nodes.pop(address))

    def _owner(self, command: Command) -> str:
        verb = command[0]
        if verb in _KEYLESS:
            return self._next()
        key = command[_KEY_PLACE.get(str(verb), 1)]
        return self._slots.owner(key if isinstance(key, bytes) else str(key)) or self._next()

    def _next(self) -> str:
        """The nodes in turn, without those whose last answer failed to come if others are left."""
        nodes = self._slots.nodes
        at_hand = [address for address in nodes if not self._node(address).is_in_doubt] or nodes
        return at_hand[next(self._turns) % len(at_hand)]

    def _node(self, address: str) -> RedisLink:
        node = self._nodes.get(address)
        if node is None:
            url = self._cluster.of_node(address)
            link = RedisLink(url, timeout_s=self._timeout_s, clock=self._clock)
            node = self._nodes.setdefault(address, link)
        return node


def _is_keyless(errand: _Errand) -> bool:
    return errand.command[0] in _KEYLESS


def _unless_refused(answer: Any) -> Any:
    return AWAY if isinstance(answer, ResponseError) else answer


async def _drive(rounds: Rounds[T]) -> T:
    """Ask the nodes of a round side by side."""
    try:
        asks = next(rounds)
        while True:
            if len(asks) == 1:
                heard = [await asks[0][0].exchange(asks[0][1])]
            else:
                heard = await asyncio.gather(*(node.exchange(said) for node, said in asks))
            asks = rounds.send(heard)
    except StopIteration as end:
        result: T = end.value
        return result


def _drive_blocking(rounds: Rounds[T]) -> T:
    """Ask the nodes of a round one after the other."""
    try:
        asks = next(rounds)
        while True:
            asks = rounds.send([node.exchange_blocking(said) for node, said in asks])
    except StopIteration as end:
        result: T = end.value
        return result
