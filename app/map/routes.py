"""``/``: the map page, its assets, and the names of towns on it."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, HTTPException, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from app.map import bundle
from app.map.towns import TownSize, town_lists
from app.web.conditional import conditional_answer, etag_of
from app.web.reading import on_get

router = APIRouter(include_in_schema=False)

LANGUAGES = ("en", "de", "fr")
"""Of the page's words; the first is that of visitors who speak none of them."""


@on_get(router, "/")
async def show_page(request: Request) -> Response:
    """The map page, under a policy that lets it load nothing from elsewhere."""
    return bundle.page(bundle.DIST, _style_url(request))


@on_get(router, "/assets/{name}")
async def send_asset(request: Request, name: str) -> Response:
    """A file of the page; its name changes with its content, so browsers keep it."""
    accepted = request.headers.get("accept-encoding", "")
    answer = bundle.asset(name, accepts_gzip=accepts_gzip(accepted), dist=bundle.DIST)
    if answer is None:
        raise HTTPException(404, "The map page has no such file.")
    return answer


async def send_root_file(request: Request) -> Response:
    """A file of the page that has to lie beside it: what makes it an app, and its icons."""
    name = request.url.path.rpartition("/")[2]
    answer = bundle.root_file(name, dist=bundle.DIST, style_url=_style_url(request))
    if answer is None:
        raise HTTPException(404, "The map page has no such file.")
    return answer


for _name in bundle.ROOT_FILES:
    on_get(router, f"/{_name}")(send_root_file)


@on_get(router, "/map/config.json")
async def tell_config(request: Request) -> Response:
    """What the page has to know of this installation before it draws."""
    config = {
        "style_url": _style_url(request),
        "router": request.app.state.resources.router.name,
        "languages": LANGUAGES,
    }
    body = msgspec.json.encode(config)
    return conditional_answer(request, body, etag=etag_of(body))


@on_get(router, "/map/towns/{size}.json")
async def list_towns(request: Request, size: TownSize) -> Response:
    """Towns as the page draws and finds them."""
    body = await run_in_threadpool(town_lists, size)
    return conditional_answer(request, body, etag=etag_of(body))


def accepts_gzip(header: str) -> bool:
    """Whether an ``Accept-Encoding`` allows gzip (``gzip;q=0`` does not)."""
    codings = (coding.split(";") for coding in header.lower().split(","))
    weights = {name.strip(): weight for name, *weight in codings}
    weight = weights.get("gzip", weights.get("*"))
    return weight is not None and not any(
        part.strip().removeprefix("q=").strip("0.") == "" for part in weight
    )


def _style_url(request: Request) -> str | None:
    url: str | None = request.app.state.settings.map_style_url
    return url
