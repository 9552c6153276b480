"""Access tokens (JWT, HS256) and refresh tokens (random, kept as hashes)."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import jwt

ACCESS_LIFETIME = timedelta(minutes=15)
REFRESH_LIFETIME = timedelta(days=30)
"""Of each token of a family: who comes back within a month stays signed in."""

_ALGORITHM = "HS256"
_ISSUER = "voltway"
_AUDIENCE = "voltway-api"
_LEEWAY = timedelta(seconds=10)
_REQUIRED = ["iss", "aud", "sub", "iat", "exp", "jti", "epoch"]
_LONGEST = 2_048
_REFRESH_PREFIX = "vwr_"


class Access(NamedTuple):
    """What an access token says."""

    public_id: str
    """Of the user."""
    epoch: int
    """``User.token_epoch`` when it was issued."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Issues and reads access tokens.

    Attributes:
        keys: Secrets of 32 characters or more; the first signs, all verify, so that a secret can
            be replaced while tokens of the old one are out.
    """

    keys: tuple[str, ...]

    def issue(self, access: Access, *, now: datetime | None = None) -> str:
        """A token that holds for ``ACCESS_LIFETIME``."""
        now = now or datetime.now(UTC)
        claims = {
            "iss": _ISSUER,
            "aud": _AUDIENCE,
            "sub": access.public_id,
            "iat": now,
            "exp": now + ACCESS_LIFETIME,
            "jti": secrets.token_hex(8),
            "epoch": access.epoch,
        }
        return jwt.encode(claims, self.keys[0], algorithm=_ALGORITHM)

    def read(self, token: str) -> Access | None:
        """What a token says; ``None`` where it is not ours, was altered, or is too old.

        The algorithm is ours to choose, never the token's. Cost: some 30 µs, no database.
        """
        if len(token) > _LONGEST:
            return None
        for key in self.keys:
            claims = _claims(token, key)
            if claims is not None:
                return _access(claims)
        return None


def _claims(token: str, key: str) -> dict[str, Any] | None:
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[_ALGORITHM],
            issuer=_ISSUER,
            audience=_AUDIENCE,
            leeway=_LEEWAY,
            options={"require": _REQUIRED},
        )
    except (jwt.InvalidTokenError, ValueError):
        return None
    return claims


def _access(claims: dict[str, Any]) -> Access | None:
    public_id, epoch = claims["sub"], claims["epoch"]
    is_sound = isinstance(public_id, str) and type(epoch) is int
    return Access(public_id, epoch) if is_sound else None


def new_refresh_token() -> str:
    """256 random bits behind a prefix that scanners of leaked secrets can look for."""
    return _REFRESH_PREFIX + secrets.token_urlsafe(32)


def hash_of(secret: str) -> bytes:
    """What is kept of a random secret: nobody can guess 256 bits, so one round is enough."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
