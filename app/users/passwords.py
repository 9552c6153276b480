"""Passwords: what is accepted, and how they are kept.

Rules of NIST SP 800-63B (3.1.1.2): length and a list of common ones, nothing about kinds of
characters. Kept as Argon2id with the parameters that OWASP's cheat sheet names as its least.
"""

from __future__ import annotations

import secrets
import unicodedata
from base64 import b64encode
from collections.abc import Callable
from functools import lru_cache, partial
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

T = TypeVar("T")

MIN_LENGTH, MAX_LENGTH = 8, 128
"""In characters, once normalised."""

_AT_ONCE = 4
"""Each takes a core for some 20 ms and 19 MiB: a crowd that logs in waits, and fills nothing."""

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def normalised(password: str) -> str:
    """The same however a keyboard composes its characters (NFKC, as NIST has it)."""
    return unicodedata.normalize("NFKC", password)


def refusal_of(password: str, *names: str) -> str | None:
    """Why a new password is not accepted; ``None`` where it is.

    Args:
        password: As it was typed.
        names: What it must not be: username, address.
    """
    password = normalised(password)
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        return f"A password has {MIN_LENGTH} to {MAX_LENGTH} characters."
    folded = password.casefold()
    if folded in _common():
        return "This password is one of the most common ones; choose another."
    if folded in {part for name in names for part in _parts_of(name.casefold())}:
        return "A password must not be the username or the e-mail address."
    return None


class Passwords:
    """Hashes and verifies, some at once, in threads; the event loop goes on."""

    def __init__(self) -> None:
        self._limiter = CapacityLimiter(_AT_ONCE)

    async def hashed(self, password: str) -> str:
        """The text to keep of a password. Cost: some 20 ms of a thread, 19 MiB."""
        return await self._run(partial(_hasher.hash, normalised(password)))

    async def fits(self, kept: str | None, password: str) -> bool:
        """Whether a password is the one that is kept.

        Args:
            kept: ``None`` where there is no such account: then as much work is done in vain, so
                that the time tells nothing.
            password: As it was typed; a longer one than ``MAX_LENGTH`` never fits.
        """
        password = normalised(password)[: MAX_LENGTH + 1]
        fits = await self._run(partial(_verify, kept or _nobodys(), password))
        return fits and kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Whether it was hashed with other parameters than are used now."""
        return _hasher.check_needs_rehash(kept)

    async def _run(self, work: Callable[[], T]) -> T:
        return await to_thread.run_sync(work, limiter=self._limiter)


def _verify(kept: str, password: str) -> bool:
    try:
        return _hasher.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


@lru_cache(maxsize=1)
def _nobodys() -> str:
    """The hash of a password that nobody has, made up: verifying it is all the work there is."""
    salt, digest = (
        b64encode(secrets.token_bytes(count)).decode().rstrip("=")
        for count in (_hasher.salt_len, _hasher.hash_len)
    )
    cost = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    return f"$argon2id$v=19${cost}${salt}${digest}"


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    """Passwords that everybody has: the list of zxcvbn, 30,000 words, 3 MB while it is kept."""
    from zxcvbn.frequency_lists import (  # type: ignore[import-untyped] # noqa: PLC0415 - has no types; 70 ms that most processes never need
        FREQUENCY_LISTS,
    )

    return frozenset(FREQUENCY_LISTS["passwords"])


def _parts_of(name: str) -> tuple[str, ...]:
    return name, name.partition("@")[0]
