"""Who a request is from, as far as that can be told without a database: for limits."""

from __future__ import annotations

import time
from collections.abc import Callable

from starlette.types import Scope

from app.users.tokens import Signer, hash_of

KEY_PREFIX = b"vw_"
REMEMBERED_S = 60.0
MOST_REMEMBERED = 10_000
_BEARER = b"bearer "


class Callers:
    """Names users by their access tokens, and by keys that held a moment ago.

    A key that nobody has looked up yet names nobody: else everyone could be somebody new with
    each request, and never be limited.

    Args:
        signer: Reads access tokens.
        clock: Seconds of a monotonic clock.
    """

    def __init__(self, signer: Signer, clock: Callable[[], float] = time.monotonic) -> None:
        self._signer = signer
        self._clock = clock
        self._keys: dict[bytes, tuple[str, float]] = {}

    def remember_key(self, secret: str, name: str) -> None:
        """A key was looked up, and holds."""
        self._keys.pop(hash_of(secret), None)
        self._keys[hash_of(secret)] = name, self._clock() + REMEMBERED_S
        while len(self._keys) > MOST_REMEMBERED:
            del self._keys[next(iter(self._keys))]

    def name_of(self, scope: Scope) -> str | None:
        """The user's public id, or the key's; ``None`` where that is not known."""
        for header, value in scope["headers"]:
            if header == b"authorization" and value[: len(_BEARER)].lower() == _BEARER:
                return self._name(value[len(_BEARER) :].strip())
            if header == b"x-api-key":
                return self._name(value.strip())
        return None

    def _name(self, secret: bytes) -> str | None:
        text = secret.decode("latin-1")
        if not secret.startswith(KEY_PREFIX):
            access = self._signer.read(text)
            return None if access is None else access.public_id
        name, until_s = self._keys.get(hash_of(text), (None, 0.0))
        return name if until_s > self._clock() else None
