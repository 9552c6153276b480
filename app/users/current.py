"""Who is calling: the only reader of ``Authorization`` and ``X-API-Key``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader, OAuth2PasswordBearer
from starlette.datastructures import Headers
from starlette.types import Scope as AsgiScope

from app.db.engine import Database
from app.db.session import reading
from app.users import keys, queries
from app.users.callers import Callers
from app.users.errors import NotAllowed, NotSignedIn
from app.users.models import User
from app.users.tokens import Signer
from app.users.vocabulary import Role, Scope
from app.utils.context import user_id

KEY_HEADER = "X-API-Key"
_BEARER = "bearer"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is calling.

    Attributes:
        user: The account; ``None`` for a key that the operator made.
        scopes: What the key is for; ``None`` for an access token, which may do all that the
            account's role allows.
        key_id: Public id of the key.
    """

    user: User | None
    scopes: frozenset[Scope] | None = None
    key_id: str | None = None

    def may(self, scope: Scope) -> bool:
        """Whether what is called for is among what the key was made for."""
        return self.scopes is None or scope in self.scopes


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request shows of itself, not looked at yet."""

    secret: str
    header: str


def credentials_of(scope: AsgiScope) -> Credentials | None:
    """The token or key of a request; ``None`` where it sends none.

    Raises:
        NotSignedIn: ``Authorization`` is of a kind that is not understood, or there are several.
    """
    headers = Headers(scope=scope)
    own_header = headers.getlist(KEY_HEADER)
    authorization = headers.getlist("authorization")
    if len(own_header) + len(authorization) > 1:
        raise NotSignedIn(f"Only one of Authorization and {KEY_HEADER} may be sent, and once.")
    if own_header:
        return Credentials(own_header[0].strip(), KEY_HEADER)
    if not authorization:
        return None
    kind, _, secret = authorization[0].partition(" ")
    if kind.lower() != _BEARER or not secret.strip():
        raise NotSignedIn("Authorization is not of the form `Bearer TOKEN`.")
    return Credentials(secret.strip(), "Authorization")


async def authenticate(
    database: Database, signer: Signer, callers: Callers, shown: Credentials
) -> Principal:
    """Who shows these credentials.

    Raises:
        NotSignedIn: They do not hold.

    Cost: one statement.
    """
    if shown.secret.startswith(keys.PREFIX):
        known = await keys.recognise(database, shown.secret)
        if known is None:
            raise NotSignedIn.by(shown.header)
        owner = known.owner
        callers.remember_key(shown.secret, owner.public_id if owner else known.key.public_id)
        return Principal(owner, known.scopes, known.key.public_id)
    access = signer.read(shown.secret)
    if access is None:
        raise NotSignedIn.by(shown.header)
    async with reading(database) as session:
        user = await session.scalar(queries.user_of(access.public_id))
    if user is None or user.disabled_at is not None or user.token_epoch != access.epoch:
        raise NotSignedIn.by(shown.header)
    return Principal(user)


_by_token = OAuth2PasswordBearer("/api/v1/auth/token", auto_error=False)
_by_key = APIKeyHeader(name=KEY_HEADER, auto_error=False)


async def _principal(
    request: Request,
    # Named for the documentation alone; what they find is not looked at.
    _token: Annotated[str | None, Security(_by_token)] = None,
    _key: Annotated[str | None, Security(_by_key)] = None,
) -> Principal:
    shown = credentials_of(request.scope)
    if shown is None:
        raise NotSignedIn.without_credentials()
    resources = request.app.state.resources
    principal = await authenticate(resources.database, resources.signer, resources.callers, shown)
    if principal.user is not None:
        # Log lines name who asked; the context is the request's own.
        user_id.set(principal.user.public_id)
    return principal


CurrentPrincipal = Annotated[Principal, Depends(_principal)]


def _owner(scope: Scope | None) -> Callable[[Principal], Awaitable[User]]:
    """The account that acts; with a key only where that was made for it."""

    async def owner(principal: CurrentPrincipal) -> User:
        if principal.user is None or (
            principal.scopes is not None if scope is None else not principal.may(scope)
        ):
            raise NotAllowed.without_scope(scope)
        return principal.user

    return owner


CurrentUser = Annotated[User, Depends(_owner(None))]
"""The account that is signed in, by an access token and by nothing else."""

FavoritesUser = Annotated[User, Depends(_owner(Scope.FAVORITES))]
"""The account whose favourites are meant; a key of that scope will do."""


def _of_role(role: Role) -> Callable[[User], Awaitable[User]]:
    async def user_of_role(user: CurrentUser) -> User:
        if not Role(user.role).includes(role):
            raise NotAllowed.without_role(role)
        return user

    return user_of_role


CurrentAdmin = Annotated[User, Depends(_of_role(Role.ADMIN))]
"""The admin who is signed in."""
