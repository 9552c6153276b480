"""``/api/v1/users`` and ``/api/v1/auth``: one's own account and its tokens."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.security import OAuth2PasswordRequestForm
from starlette.responses import Response

from app.users import accounts, ruling, sessions
from app.users.current import CurrentUser
from app.users.names import fold
from app.users.schemas import Account, AccountChange, RefreshBody, Registration, TokenAnswer
from app.users.tokens import hash_of
from app.web.bodies import NO_STORE, json_answer, no_content
from app.web.body_kinds import FORM, JSON, reads
from app.web.documentation import answers, nothing
from app.web.reading import on_get

router = APIRouter(prefix="/api/v1", tags=["accounts"])

_LONGEST_FIELD = 512
"""Of the form: longer ones fit no account, and are not hashed."""


@router.post(
    "/users",
    response_model=None,
    dependencies=[reads(JSON)],
    status_code=201,
    summary="Make an account",
    responses=answers({JSON: Account}, 409, 413, 415, 422, 429, success=201),
)
async def register(request: Request, body: Registration) -> Response:
    """An account for e-mail address, username and password.

    Address and username are compared without regard to case and Unicode forms. Where one of
    them is taken the answer is 409, which does not say which.
    """
    resources = request.app.state.resources
    await resources.log_in_guard.require(request.scope, tells_names=True)
    new = accounts.NewAccount(body.email, body.username, body.password.get_secret_value())
    user = await accounts.register(resources.database, resources.passwords, new)
    return json_answer(Account.of(user), 201, {**NO_STORE, "Location": "/api/v1/users/me"})


@on_get(
    router,
    "/users/me",
    summary="One's own account",
    responses=answers({JSON: Account}, 401, 403, 429),
)
async def show_account(user: CurrentUser) -> Response:
    """Who the access token belongs to."""
    return json_answer(Account.of(user))


@router.patch(
    "/users/me",
    response_model=None,
    dependencies=[reads(JSON)],
    summary="Change one's account",
    responses=answers({JSON: Account}, 401, 403, 409, 413, 415, 422, 429),
)
async def change_account(request: Request, user: CurrentUser, body: AccountChange) -> Response:
    """Another address, username or password; needs the current password.

    Tries count as log-ins do. A new password ends all sessions, this one included.
    """
    resources = request.app.state.resources
    # Who has found an open session shall not guess the password with it.
    await resources.log_in_guard.require(
        request.scope,
        user.public_id,
        tells_names=body.email is not None or body.username is not None,
    )
    wanted = accounts.Changes(
        body.email, body.username, body.password.get_secret_value() if body.password else None
    )
    changed = await accounts.change(
        resources.database,
        resources.passwords,
        user,
        body.current_password.get_secret_value(),
        wanted,
    )
    return json_answer(Account.of(changed))


@router.delete(
    "/users/me",
    response_model=None,
    status_code=204,
    summary="Delete one's account",
    responses=nothing(401, 403, 409, 429, description="It is gone, with all that belonged to it."),
)
async def delete_account(request: Request, user: CurrentUser) -> Response:
    """The account with its favourites, keys and sessions, at once and for good.

    An access token is enough: it is never older than a quarter of an hour.
    """
    await ruling.close(request.app.state.resources.database, user.public_id)
    return no_content()


def _token_answers() -> dict[int | str, dict[str, Any]]:
    return answers({JSON: TokenAnswer}, 401, 413, 415, 422, 429)


@router.post(
    "/auth/token",
    response_model=None,
    dependencies=[reads(FORM)],
    summary="Log in",
    responses=_token_answers(),
)
async def log_in(
    request: Request, form: Annotated[OAuth2PasswordRequestForm, Depends()]
) -> Response:
    """Tokens for a username or e-mail address and its password (RFC 6749, 4.3).

    The answer to an unknown name is that to a wrong password, and takes as long.
    """
    resources = request.app.state.resources
    name, password = form.username[:_LONGEST_FIELD], form.password[:_LONGEST_FIELD]
    await resources.log_in_guard.require(request.scope, hash_of(fold(name)).hex())
    user = await accounts.log_in(resources.database, resources.passwords, name, password)
    return _shown(await sessions.begin(resources.database, resources.signer, user))


@router.post(
    "/auth/refresh",
    response_model=None,
    dependencies=[reads(JSON)],
    summary="Exchange a refresh token",
    responses=_token_answers(),
)
async def refresh(request: Request, body: RefreshBody) -> Response:
    """New tokens for a refresh token, which holds once.

    Sending one a second time revokes all that followed from it.
    """
    resources = request.app.state.resources
    tokens = await sessions.carry_on(resources.database, resources.signer, body.refresh_token)
    return _shown(tokens)


@router.post(
    "/auth/logout",
    response_model=None,
    dependencies=[reads(JSON)],
    status_code=204,
    summary="Log out",
    responses=nothing(413, 415, 422, 429, description="The session is over, if there was one."),
)
async def log_out(request: Request, body: RefreshBody) -> Response:
    """Revoke a refresh token and all of its family; may be repeated."""
    await sessions.end(request.app.state.resources.database, body.refresh_token)
    return no_content()


def _shown(tokens: sessions.Tokens) -> Response:
    return json_answer(
        TokenAnswer(access_token=tokens.access_token, refresh_token=tokens.refresh_token)
    )
