"""Problems of accounts, tokens and keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from app.errors import VoltWayError
from app.users.vocabulary import Role, Scope

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="voltway"'}


class CredentialsInvalid(VoltWayError):
    """Name and password do not belong together; which of them is wrong is not told."""

    slug, title, status = "invalid-credentials", "These credentials do not hold", 401
    headers: ClassVar[Mapping[str, str]] = _CHALLENGE

    def __init__(self) -> None:
        super().__init__("There is no account with this name and this password.")


class NotSignedIn(VoltWayError):
    """A token or key is needed, and there is none that holds."""

    slug, title, status = "not-signed-in", "Signing in is needed", 401
    headers: ClassVar[Mapping[str, str]] = _CHALLENGE

    def __init__(self, why: str) -> None:
        super().__init__(
            f"{why} Send Authorization: Bearer with an access token of"
            " POST /api/v1/auth/token, or an API key."
        )

    @classmethod
    def without_credentials(cls) -> NotSignedIn:
        """Nothing was sent."""
        return cls("The Authorization header is missing.")

    @classmethod
    def by(cls, header: str) -> NotSignedIn:
        """What was sent does not hold."""
        return cls(f"What {header} holds is malformed, expired, revoked or not ours.")


class NotAllowed(VoltWayError):
    """Who is calling may not do this."""

    slug, title, status = "not-allowed", "Not allowed", 403

    @classmethod
    def without_role(cls, role: Role) -> NotAllowed:
        """The account's role is too small."""
        return cls(f"This needs the role {role.value}.", role=role.value)

    @classmethod
    def without_scope(cls, scope: Scope | None) -> NotAllowed:
        """The key was made for something else."""
        if scope is None:
            return cls("This needs an access token; no API key may do it.")
        return cls(f"This needs an API key of scope {scope.value}.", scope=scope.value)


class RefreshRefused(VoltWayError):
    """A refresh token does not hold."""

    slug, title, status = "refresh-refused", "The refresh token does not hold", 401
    headers: ClassVar[Mapping[str, str]] = _CHALLENGE

    def __init__(self) -> None:
        super().__init__(
            "The refresh token is unknown, expired, used before or revoked. Sign in again."
        )


class AccountTaken(VoltWayError):
    """Another account has this name or this address; where both were given, which is not told."""

    slug, title, status, exit_code = "account-taken", "There is such an account", 409, 2

    def __init__(self, *fields: str) -> None:
        detail = "The username or the e-mail address belongs to an account. Sign in?"
        entries = [
            {"parameter": field, "pointer": f"/body/{field}", "bounds": "", "example": "",
             "detail": "It may belong to an account."}
            for field in fields
        ]  # fmt: skip
        super().__init__(detail, errors=entries)


class AccountNotFound(VoltWayError):
    """There is no account of this id or name."""

    slug, title, status, exit_code = "account-not-found", "No such account", 404, 2

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no account {name!r}.")


class LastAdmin(VoltWayError):
    """Without this account nobody could manage accounts."""

    slug, title, status, exit_code = "last-admin", "The last admin stays", 409, 2

    def __init__(self) -> None:
        super().__init__("This is the last admin who can sign in; make another one first.")


class AccountRefused(VoltWayError):
    """What was given makes no account."""

    slug, title, status, exit_code = "account-refused", "This makes no account", 422, 2


class KeyNotFound(VoltWayError):
    """There is no API key of this id that the caller may see."""

    slug, title, status, exit_code = "key-not-found", "No such API key", 404, 2

    def __init__(self, key_id: str) -> None:
        super().__init__(f"There is no API key {key_id!r}.")


class TooManyKeys(VoltWayError):
    """The owner has as many keys as one may have."""

    slug, title, status, exit_code = "too-many-keys", "Too many API keys", 409, 2

    def __init__(self, most: int) -> None:
        super().__init__(f"An account has at most {most} API keys; revoke one first.", most=most)


class SecretKeyRefused(VoltWayError):
    """``SECRET_KEY`` cannot be used."""

    slug, title, status, exit_code = "secret-key", "SECRET_KEY cannot be used", 503, 2

    def __init__(self, why: str) -> None:
        super().__init__(
            f"SECRET_KEY cannot be used: {why}. Make one of 32 characters or more, for example"
            " with `python3 -c 'import secrets; print(secrets.token_urlsafe(48))'`."
        )
