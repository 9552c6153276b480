"""``/api/v1/keys``: API keys of the account that is signed in; an admin sees all."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.users import keys
from app.users.current import CurrentUser
from app.users.errors import NotAllowed
from app.users.models import User
from app.users.schemas import Key, KeyList, KeyRequest, NewKey, PageCursor, PageLimit
from app.users.vocabulary import ROLE_OF_SCOPE, Role
from app.web.bodies import json_answer, no_content
from app.web.body_kinds import JSON, reads
from app.web.documentation import answers, nothing
from app.web.reading import on_get

router = APIRouter(prefix="/api/v1/keys", tags=["keys"])


@router.post(
    "",
    response_model=None,
    dependencies=[reads(JSON)],
    status_code=201,
    summary="Make an API key",
    responses=answers({JSON: NewKey}, 401, 403, 409, 413, 415, 422, 429, success=201),
)
async def make_key(request: Request, user: CurrentUser, body: KeyRequest) -> Response:
    """A key for a program, with scopes that the account's role allows; `key` is shown once."""
    for scope in body.scopes:
        if not Role(user.role).includes(ROLE_OF_SCOPE[scope]):
            raise NotAllowed.without_role(ROLE_OF_SCOPE[scope])
    made = await keys.make(
        request.app.state.resources.database,
        body.name,
        body.scopes,
        owner=user,
        expires_at=body.expires_at,
    )
    return json_answer(NewKey(**Key.of(made.key).model_dump(), key=made.secret), 201)


@on_get(
    router,
    "",
    summary="API keys",
    responses=answers({JSON: KeyList}, 401, 403, 422, 429),
)
async def list_keys(
    request: Request, user: CurrentUser, limit: PageLimit = 50, cursor: PageCursor = None
) -> Response:
    """One's own keys, page by page, newest first; an admin's are all there are."""
    database = request.app.state.resources.database
    found = await keys.list_page(database, _whose(user), last_id=cursor, limit=limit + 1)
    page = found[:limit]
    next_cursor = str(page[-1].id) if len(found) > limit else None
    return json_answer(KeyList(items=[Key.of(key) for key in page], next_cursor=next_cursor))


@router.delete(
    "/{key_id}",
    response_model=None,
    status_code=204,
    summary="Revoke an API key",
    responses=nothing(401, 403, 404, 422, 429, description="It holds no more."),
)
async def revoke_key(request: Request, user: CurrentUser, key_id: str) -> Response:
    """End a key at once; may be repeated. Another's key is not found."""
    database = request.app.state.resources.database
    await keys.revoke(database, key_id, owner=_whose(user), by=user.public_id)
    return no_content()


def _whose(user: User) -> User | None:
    return None if user.role == Role.ADMIN else user
