"""``/api/v1/favorites``; and the export of all that belongs to a user, favourites among it."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.favorites import keep
from app.favorites.bare import card_of
from app.favorites.export import export_of
from app.favorites.keep import Kept
from app.favorites.schemas import FavoriteList, FavoritesQuery, UserExport
from app.geo.point import Point
from app.stations.cards import Found, Volatile, as_json, rfc3339
from app.stations.errors import CursorMalformed, CursorMismatch
from app.users.current import CurrentUser, FavoritesUser
from app.web.bodies import NO_STORE, json_answer, no_content
from app.web.documentation import answers, nothing
from app.web.reading import on_get

router = APIRouter(prefix="/api/v1", tags=["favorites"])

_JSON = "application/json"


@on_get(
    router,
    "/favorites",
    summary="One's favourites",
    responses=answers({_JSON: FavoriteList}, 401, 403, 422, 429),
)
async def list_favorites(
    request: Request, user: FavoritesUser, asked: Annotated[FavoritesQuery, Query()]
) -> Response:
    """The stations that one keeps, as a search tells them, with what is true at this moment.

    Where a station was linked to another one of the same place, the shown one is told. One
    that its source no longer has stays, and is marked `gone`.
    """
    resources = request.app.state.resources
    around = None
    if asked.latitude is not None and asked.longitude is not None:
        around = Point(asked.latitude, asked.longitude)
    kept = await keep.list_all(resources.database, user, around)
    if asked.cursor is not None:
        after = _read_cursor(asked.cursor, _digest_of(asked))
        kept = [one for one in kept if one.key > after]
    page = kept[: asked.limit]
    items = await _items(resources, page)
    next_cursor = (
        f'"{_write_cursor(page[-1], _digest_of(asked))}"' if len(kept) > asked.limit else "null"
    )
    body = b'{"items":[%b],"next_cursor":%b}' % (b",".join(items), next_cursor.encode())
    return Response(body, headers=dict(NO_STORE), media_type=_JSON)


async def _items(resources: Any, page: Sequence[Kept]) -> list[bytes]:
    """Each as the search tells it; one that the index has not, from its last card or its row."""
    found: dict[int, Found] = await resources.search.known([one.station_id for one in page])
    missing = [one.station_id for one in page if one.station_id not in found]
    cards = dict(zip(missing, await resources.cards.read(missing), strict=True))
    demo = resources.index.registry.synthetic_feed_ids
    return [_item(found.get(one.station_id) or _last_known(one, cards, demo), one) for one in page]


def _last_known(kept: Kept, cards: Mapping[int, bytes | None], demo: Collection[int]) -> Found:
    station = kept.station
    body = cards[station.id] or card_of(station, is_synthetic=station.feed_id in demo)
    return Found(station.id, body, Volatile(None, None), None, None)


def _item(station: Found, kept: Kept) -> bytes:
    distance = b"" if kept.distance_m is None else b',"distance_m":%d' % round(kept.distance_m)
    return b'%b%b,"favorited_at":"%b","gone":%b}' % (
        as_json(station)[:-1],
        distance,
        rfc3339(kept.favorited_at).encode(),
        b"true" if kept.is_gone else b"false",
    )


def _digest_of(asked: FavoritesQuery) -> str:
    """What a cursor belongs to: an order, and its point."""
    order = f"{asked.sort} {asked.latitude} {asked.longitude}"
    return hashlib.blake2b(order.encode(), digest_size=6).hexdigest()


def _write_cursor(kept: Kept, digest: str) -> str:
    first, last = kept.key
    return f"{digest}~{first!r}~{last}"


def _read_cursor(text: str, digest: str) -> tuple[float, int]:
    try:
        of, first, last = text.split("~")
        key = float(first), int(last)
    except ValueError as error:
        raise CursorMalformed from error
    if not math.isfinite(key[0]):
        raise CursorMalformed
    if of != digest:
        raise CursorMismatch
    return key


@router.put(
    "/favorites/{station_id:path}",
    response_model=None,
    status_code=204,
    summary="Keep a station",
    responses={
        **nothing(401, 403, 404, 409, 410, 422, 429, description="It is kept, as it was before."),
        201: {"description": "It is kept from now on."},
    },
)
async def keep_station(request: Request, user: FavoritesUser, station_id: str) -> Response:
    """May be repeated."""
    is_new = await keep.keep(request.app.state.resources.database, user, station_id)
    return Response(status_code=201, headers=dict(NO_STORE)) if is_new else no_content()


@router.delete(
    "/favorites/{station_id:path}",
    response_model=None,
    status_code=204,
    summary="Keep a station no longer",
    responses=nothing(401, 403, 404, 422, 429, description="It is not kept, or was not before."),
)
async def give_up_station(request: Request, user: FavoritesUser, station_id: str) -> Response:
    """May be repeated. What one keeps of the same place in other sources goes with it."""
    await keep.give_up(request.app.state.resources.database, user, station_id)
    return no_content()


@on_get(
    router,
    "/users/me/export",
    tags=["accounts"],
    summary="All that is kept of oneself",
    responses=answers({_JSON: UserExport}, 401, 403, 429),
)
async def export_account(request: Request, user: CurrentUser) -> Response:
    """Account, favourites, sessions and keys, to take along; no hashes."""
    exported = await export_of(request.app.state.resources.database, user)
    headers = {**NO_STORE, "Content-Disposition": 'attachment; filename="voltway-account.json"'}
    return json_answer(exported, headers=headers)
