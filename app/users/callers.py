"""Who a request is from, as far as that can be told without a database: for limits."""

from __future__ import annotations

import time
from collections import OrderedDict
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
    each request, and never be limited. A token is read once a minute, since its signature takes
    longer than all else that a limit costs; who calls is asked anew for what it opens.

    Args:
        signer: Reads access tokens.
        clock: Seconds of a monotonic clock.
    """

    def __init__(self, signer: Signer, clock: Callable[[], float] = time.monotonic) -> None:
        self._signer = signer
        self._clock = clock
        self._known: OrderedDict[bytes, tuple[str, float]] = OrderedDict()

    def remember_key(self, secret: str, name: str) -> None:
        """A key was looked up, and holds."""
        self._remember(hash_of(secret), name)

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
        shown = hash_of(text)
        name, until_s = self._known.get(shown, (None, 0.0))
        if until_s > self._clock():
            return name
        access = None if secret.startswith(KEY_PREFIX) else self._signer.read(text)
        if access is None:
            return None
        self._remember(shown, access.public_id)
        return access.public_id

    def _remember(self, shown: bytes, name: str) -> None:
        self._known[shown] = name, self._clock() + REMEMBERED_S
        self._known.move_to_end(shown)
        while len(self._known) > MOST_REMEMBERED:
            self._known.popitem(last=False)
