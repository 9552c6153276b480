"""What one process takes back, the others take back, too: told through Redis."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress

import msgspec
from redis.client import PubSub
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeout

from app.utils._cache_link import Link

_SENDER = secrets.token_hex(8)
_PAUSE_S = 1.0
_POLL_S = 0.2
_POLLS_TO_PING = 5
_POLLS_TO_GIVE_UP = 15


class News(msgspec.Struct, frozen=True):
    """One entry of a function was taken back, or, without a key, all of them."""

    sender: str
    identity: str
    key: bytes | None


def news_of(identity: str, key: bytes | None) -> bytes:
    """What is published."""
    return msgspec.msgpack.encode(News(f"{_SENDER}:{os.getpid()}", identity, key))


def channel_of(namespace: str) -> str:
    """Where it is published."""
    return f"{namespace}:revoked"


class Listener:
    """A thread that hears what others take back, and reconnects when it must.

    A server that says nothing for three seconds, pinged or not, is taken for lost: of a
    cluster, another node is listened to then.

    Args:
        link: The Redis to listen to.
        channel: From ``channel_of``.
        revoke: Called with a function's identity and a key; with None and None after each
            interruption, since what was said meanwhile was not heard.
    """

    def __init__(
        self, link: Link, channel: str, revoke: Callable[[str | None, bytes | None], None]
    ) -> None:
        self.is_listening = threading.Event()
        self._link = link
        self._channel = channel
        self._revoke = revoke
        self._process = os.getpid()
        self._ends = threading.Event()
        self._subscription: PubSub | None = None
        self._quiet_polls = 0
        self._thread = threading.Thread(target=self._listen, name="cache-news", daemon=True)
        self._thread.start()

    def is_alive(self) -> bool:
        """Whether it listens in this process; a fork leaves the thread behind."""
        return self._process == os.getpid() and self._thread.is_alive()

    def close(self) -> None:
        """End the thread."""
        self._ends.set()
        if self._process == os.getpid():
            self._thread.join()

    def _listen(self) -> None:
        was_interrupted = False
        while not self._ends.is_set():
            with suppress(RedisError, OSError):
                self._subscription = self._link.subscribed(self._channel)
                if was_interrupted:
                    self._revoke(None, None)
                self._quiet_polls = 0
                self.is_listening.set()
                while not self._ends.is_set():
                    self._hear(self._subscription)
            was_interrupted = True
            self.is_listening.clear()
            if self._subscription is not None:
                with suppress(RedisError, OSError):
                    self._subscription.close()
                self._subscription = None
            self._ends.wait(_PAUSE_S)

    def _hear(self, subscription: PubSub) -> None:
        message = subscription.get_message(timeout=_POLL_S)
        if message is None:
            self._wonder(subscription)
            return
        self._quiet_polls = 0
        with suppress(msgspec.MsgspecError, TypeError):
            news = msgspec.msgpack.decode(message["data"], type=News)
            if news.sender != f"{_SENDER}:{os.getpid()}":
                self._revoke(news.identity, news.key)

    def _wonder(self, subscription: PubSub) -> None:
        """Whether it is quiet, or whether nobody is there."""
        self._quiet_polls += 1
        if self._quiet_polls >= _POLLS_TO_GIVE_UP:
            raise RedisTimeout("what was listened to does not answer")
        if self._quiet_polls % _POLLS_TO_PING == 0:
            subscription.ping()
