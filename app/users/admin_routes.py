"""``/api/v1/admin/users``: accounts, managed by an admin."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.db.session import reading
from app.users import queries, ruling
from app.users.current import CurrentAdmin
from app.users.schemas import (
    AccountList,
    AccountRuling,
    ManagedAccount,
    PageCursor,
    PageLimit,
)
from app.web.bodies import json_answer
from app.web.body_kinds import JSON, reads
from app.web.documentation import answers
from app.web.reading import on_get

router = APIRouter(prefix="/api/v1/admin/users", tags=["admin"])


@on_get(
    router,
    "",
    summary="Accounts",
    responses=answers({JSON: AccountList}, 401, 403, 422, 429),
)
async def list_accounts(
    request: Request, admin: CurrentAdmin, limit: PageLimit = 50, cursor: PageCursor = None
) -> Response:
    """All accounts, page by page, in the order in which they were made."""
    del admin
    async with reading(request.app.state.resources.database) as session:
        found = (await session.scalars(queries.users_after(cursor or 0, limit + 1))).all()
    page = found[:limit]
    return json_answer(
        AccountList(
            items=[ManagedAccount.of(user) for user in page],
            next_cursor=str(page[-1].id) if len(found) > limit else None,
        )
    )


@router.patch(
    "/{account_id}",
    response_model=None,
    dependencies=[reads(JSON)],
    summary="Rule on an account",
    responses=answers({JSON: ManagedAccount}, 401, 403, 404, 409, 413, 415, 422, 429),
)
async def rule_on_account(
    request: Request, admin: CurrentAdmin, account_id: str, body: AccountRuling
) -> Response:
    """Another role; shut out, or let in again. The last admin stays one."""
    user = await ruling.rule(
        request.app.state.resources.database,
        account_id,
        role=body.role,
        is_disabled=body.disabled,
        by=admin.public_id,
    )
    return json_answer(ManagedAccount.of(user))
