"""The secret that access tokens are signed with: given, or made once and kept."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from app.users.errors import SecretKeyRefused
from app.users.tokens import Signer

MIN_LENGTH = 32
_FILE = "secret_key"
_PLACEHOLDERS = ("changeme", "change-me", "secret", "placeholder", "example", "insecure", "default")


def open_signer(given: str | None, previous: tuple[str, ...], folder: Path | None) -> Signer:
    """The signer of this installation.

    Args:
        given: ``SECRET_KEY``.
        previous: Secrets that were in force before, whose tokens still hold.
        folder: Where a secret is made and kept if none is given; ``None`` in production, where
            one must be given, since several hosts have to share it.

    Raises:
        SecretKeyRefused: It is too short; in production, it is missing or a placeholder; or
            none can be kept.
    """
    if given is None:
        if folder is None:
            raise SecretKeyRefused("it is not set, and ENVIRONMENT is production")
        return Signer((_kept_in(folder), *previous))
    for secret in (given, *previous):
        _require_long(secret)
        if folder is None and _is_placeholder(secret):
            raise SecretKeyRefused("it is a placeholder, and ENVIRONMENT is production")
    return Signer((given, *previous))


def _require_long(secret: str) -> None:
    if len(secret) < MIN_LENGTH:
        raise SecretKeyRefused(f"it has {len(secret)} characters")


def _is_placeholder(secret: str) -> bool:
    return len(set(secret)) < MIN_LENGTH // 4 or secret.lower().startswith(_PLACEHOLDERS)


def _kept_in(folder: Path) -> str:
    """The secret in a file that only its owner may read; made by whoever comes first."""
    file = folder / _FILE
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not file.exists():
            _make(file)
        secret = file.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SecretKeyRefused(f"none is set, and none can be kept in {folder}: {error}") from error
    _require_long(secret)
    return secret


def _make(file: Path) -> None:
    """Write a random secret; whole before it has its name, and never over another's."""
    beside = file.with_name(f".{_FILE}-{os.getpid()}-{secrets.token_hex(4)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as out:
            out.write(secrets.token_urlsafe(48) + "\n")
            out.flush()
            os.fsync(out.fileno())
        with suppress(FileExistsError):  # another process was faster
            os.link(beside, file)
    finally:
        beside.unlink()
