"""Wire shapes of accounts, tokens and keys."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from fastapi import Query
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from app.users.models import ApiKey, User
from app.users.names import MAX_EMAIL_LENGTH, read_email, read_username
from app.users.passwords import MAX_LENGTH, MIN_LENGTH, refusal_of
from app.users.tokens import ACCESS_LIFETIME
from app.users.vocabulary import Role, Scope

_LONGEST_TYPED = 4 * MAX_LENGTH
"""Characters of a password as it is sent; normalising may shorten it."""
_LONGEST_TOKEN = 256


def _sound(text: str) -> str:
    if not text.isprintable():
        raise ValueError("Control characters and the like are not allowed here.")
    return text


Email = Annotated[
    str,
    Field(max_length=MAX_EMAIL_LENGTH, examples=["ada@example.org"]),
    AfterValidator(read_email),
]
Username = Annotated[
    str,
    Field(max_length=64, description="Letters, digits and . _ - between them.", examples=["ada"]),
    AfterValidator(read_username),
]
Password = Annotated[
    SecretStr,
    ValidationInfo,
    Field(
        max_length=_LONGEST_TYPED,
        description=f"{MIN_LENGTH} to {MAX_LENGTH} characters of any kind; not a common one.",
        examples=["correct horse battery"],
    ),
]
Name = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_sound)]


PageLimit = Annotated[int, Query(ge=1, le=500, description="Items of a page.")]
PageCursor = Annotated[
    int | None, Query(ge=0, le=2**63 - 1, description="`next_cursor` of the page before.")
]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


def _accepted(password: SecretStr, info: ValidationInfo) -> SecretStr:
    names = (info.data.get("email"), info.data.get("username"))
    refusal = refusal_of(password.get_secret_value(), *(name for name in names if name))
    if refusal is not None:
        raise ValueError(refusal)
    return password


NewPassword = Annotated[Password, AfterValidator(_accepted)]
"""Looks at the names that stand before it."""


class Registration(_Body):
    """A new account."""

    email: Email
    username: Username
    password: NewPassword


class AccountChange(_Body):
    """What shall be different; what is left out stays."""

    current_password: Password
    email: Email | None = None
    username: Username | None = None
    password: NewPassword | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if self.email is None and self.username is None and self.password is None:
            raise ValueError("Give at least one of email, username, password.")
        return self


class Account(BaseModel):
    """An account, as its owner sees it."""

    id: str
    email: str
    username: str
    role: Role
    created_at: AwareDatetime

    @classmethod
    def of(cls, user: User) -> Self:
        """From its row."""
        return cls(
            id=user.public_id,
            email=user.email,
            username=user.username,
            role=Role(user.role),
            created_at=user.created_at,
        )


class ManagedAccount(Account):
    """An account, as an admin sees it."""

    disabled_at: AwareDatetime | None

    @classmethod
    def of(cls, user: User) -> Self:
        """From its row."""
        return cls(**Account.of(user).model_dump(), disabled_at=user.disabled_at)


class AccountList(BaseModel):
    """Accounts in the order in which they were made."""

    items: list[ManagedAccount]
    next_cursor: str | None


class AccountRuling(_Body):
    """What an admin decides about an account; what is left out stays."""

    role: Role | None = None
    disabled: bool | None = None


class TokenAnswer(BaseModel):
    """Tokens (RFC 6749, 5.1); shown once."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - a kind of token
    expires_in: int = Field(int(ACCESS_LIFETIME.total_seconds()), description="In seconds.")
    refresh_token: str


class RefreshBody(_Body):
    """A refresh token."""

    refresh_token: Annotated[str, Field(min_length=1, max_length=_LONGEST_TOKEN)]


class KeyRequest(_Body):
    """A new API key."""

    name: Name
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(Scope))]
    expires_at: AwareDatetime | None = None

    @field_validator("expires_at")
    @classmethod
    def _lies_ahead(cls, moment: datetime | None) -> datetime | None:
        if moment is not None and moment <= datetime.now(UTC):
            raise ValueError("This moment lies in the past.")
        return moment


class Key(BaseModel):
    """An API key, without its secret."""

    id: str
    name: str
    prefix: str = Field(description="The beginning of the key, to tell keys apart by.")
    scopes: list[Scope]
    created_at: AwareDatetime
    expires_at: AwareDatetime | None
    last_used_at: AwareDatetime | None = Field(description="To the minute.")
    revoked_at: AwareDatetime | None

    @classmethod
    def of(cls, key: ApiKey) -> Self:
        """From its row."""
        return cls(
            id=key.public_id,
            name=key.name,
            prefix=key.prefix,
            scopes=[Scope(word) for word in key.scopes.split()],
            created_at=key.created_at,
            expires_at=key.expires_at,
            last_used_at=key.last_used_at,
            revoked_at=key.revoked_at,
        )


class NewKey(Key):
    """An API key that was just made; ``key`` is never shown again."""

    key: str


class KeyList(BaseModel):
    """API keys, newest first."""

    items: list[Key]
    next_cursor: str | None


ANSWERS = (Account, ManagedAccount, AccountList, TokenAnswer, Key, NewKey, KeyList)
