"""``/api/v1/stations``: every search, clusters, one station whole; and the reference data."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from starlette.responses import Response

from app.db.dialects.base import CatalogueReader
from app.stations import (
    busy_routes,
    catalog,
    parameters,
    reference,
    reference_schemas,
    schemas,
)
from app.stations.answers import begun, clusters_body, page_body, stream_body
from app.stations.criteria import DEFAULT_LIMIT
from app.stations.route_body import EXAMPLE, KINDS, read_route
from app.stations.search import StationSearch
from app.stations.search_request import SearchRequest, read_clusters, read_search
from app.web.conditional import conditional_answer, etag_of
from app.web.documentation import answers, query_parameters
from app.web.formats import CONTENT_TYPES, Form, negotiate
from app.web.pages import next_link
from app.web.parameters import refuse_all, split_query
from app.web.reading import ReadyAnswer, as_headers, on_get

router = APIRouter(prefix="/api/v1")

_STREAMED = (Form.CSV, Form.NDJSON)
_VARY = {"Vary": "Accept"}
_HEADERS = {form: as_headers({**_VARY, "Content-Type": CONTENT_TYPES[form]}) for form in Form}


def _search_of(request: Request) -> StationSearch:
    search: StationSearch = request.app.state.resources.search
    return search


def _reader_of(request: Request) -> CatalogueReader:
    reader: CatalogueReader = request.app.state.resources.reader
    return reader


@on_get(
    router,
    "/stations",
    tags=["stations"],
    summary="Search stations",
    responses=answers(
        {
            "application/json": schemas.StationPage,
            "application/geo+json": schemas.StationFeatures,
            "text/csv": None,
            "application/x-ndjson": None,
        },
        406,
        422,
    ),
    openapi_extra=query_parameters(parameters.SEARCH),
)
async def list_stations(request: Request) -> Response:
    """Stations around a point, in a box, along a route, or anywhere.

    Conditions that name a connector, a power and availability must hold together on one
    connector. A page holds `limit` stations; `next_cursor` and the `Link` header lead to the
    next one, stable while data changes. CSV and NDJSON stream the whole result unless
    `limit` or `cursor` asks for a page. In CSV, free text that a spreadsheet would take for
    a formula gets an apostrophe in front.
    """
    return await _answer(request, read_search(split_query(request.scope["query_string"])))


@router.post(
    "/stations/along-route",
    response_model=None,
    tags=["stations"],
    summary="Search stations along a route",
    responses=answers(
        {
            "application/json": schemas.StationPage,
            "application/geo+json": schemas.StationFeatures,
            "text/csv": None,
            "application/x-ndjson": None,
        },
        406,
        413,
        415,
        422,
        429,
    ),
    openapi_extra={
        **query_parameters(parameters.ALONG),
        "requestBody": {
            "required": True,
            "content": {kind: {"example": EXAMPLE} for kind in KINDS},
        },
    },
)
async def search_along_route(request: Request) -> Response:
    """As the search with `route`, for routes too long for a query.

    The body is a GeoJSON LineString of 2 to 20,000 points, or a Feature of one. A
    `next_cursor` belongs to the same body; `Link` leads to the address to send it to again.
    """
    route = read_route(await request.body(), request.headers.get("content-type"))
    pairs = split_query(request.scope["query_string"])
    return await _answer(request, read_search(pairs, table=parameters.ALONG, route=route))


async def _answer(request: Request, asked: SearchRequest) -> Response:
    form = asked.form or negotiate(request.headers.get("accept"))
    if form in _STREAMED and asked.limit is None and asked.cursor is None and not asked.is_sampled:
        return await _stream(request, form, asked)
    page = await _search_of(request).page(
        asked.criteria,
        limit=asked.limit or DEFAULT_LIMIT,
        cursor=asked.cursor,
        sample=asked.is_sampled,
    )
    headers = _HEADERS[form]
    if page.next_cursor is not None:
        headers = (*headers, (b"link", next_link(request.scope, page.next_cursor).encode()))
    body = page_body(form, page.listed, page.next_cursor, asked.criteria)
    return ReadyAnswer(body, headers)


async def _stream(request: Request, form: Form, asked: SearchRequest) -> Response:
    headers = {**_VARY, "Content-Disposition": f'inline; filename="stations.{form}"'}
    if request.method == "HEAD":
        answer = Response(headers=headers, media_type=CONTENT_TYPES[form])
        del answer.headers["content-length"]  # of a stream nobody knows it
        return answer
    # Once a stream has begun, a problem could no longer be told.
    batches = await begun(_search_of(request).every(asked.criteria))
    return StreamingResponse(
        stream_body(form, batches, asked.criteria), headers=headers, media_type=CONTENT_TYPES[form]
    )


@on_get(
    router,
    "/stations/clusters",
    tags=["stations"],
    summary="Clusters of a box",
    responses=answers({"application/geo+json": schemas.ClusterFeatures}, 422),
    openapi_extra=query_parameters(parameters.CLUSTERS, required=("bbox", "zoom")),
)
async def list_clusters(request: Request) -> Response:
    """Stations of a box gathered in cells of the map's zoom, as GeoJSON points.

    Every station stands in exactly one cluster. A cluster of one is that station, with
    its facts; larger ones have a middle position, `count`, the greatest `max_power_kw`,
    the `available_count` and the `power_counts` of their stations.
    """
    asked = read_clusters(split_query(request.scope["query_string"]))
    clusters = await _search_of(request).clusters(asked.box, asked.zoom, asked.filters)
    return Response(clusters_body(clusters), media_type=CONTENT_TYPES[Form.GEOJSON])


# Before the station itself, whose ids may hold anything.
router.include_router(busy_routes.router)


@on_get(
    router,
    "/stations/{station_id:path}",
    tags=["stations"],
    summary="One station, whole",
    responses=answers({"application/json": schemas.StationDetail}, 304, 404, 410, 422),
)
async def get_station(request: Request, station_id: str) -> Response:
    """A station with its EVSEs, connectors, statuses, source and licence.

    The id may be sent as it reads (`osm:node%2F1`) or percent-encoded once more. A status
    older than the server's bound is `UNKNOWN`, and `status_reason` says so. The `ETag`
    has two parts, content and volatile facts. A station that its source no longer
    has answers 410.
    """
    refuse_all(request.scope["query_string"])
    resources = request.app.state.resources
    station = await catalog.kept_station(
        _reader_of(request),
        station_id,
        as_of=(resources.index.uuid, resources.index.seq),
        status_max_age_s=resources.status_max_age_s,
    )
    return conditional_answer(
        request,
        station.body,
        etag=etag_of(station.content_tag, station.volatile_tag),
        last_modified=station.modified_at,
    )


@on_get(
    router,
    "/operators",
    tags=["reference"],
    summary="Operators with counts",
    responses=answers({"application/json": reference_schemas.OperatorList}, 304, 422),
)
async def list_operators(request: Request) -> Response:
    """Operators as the sources spell them, with the number of stations shown."""
    refuse_all(request.scope["query_string"])
    search = _search_of(request)
    body = search.documents.kept(
        "operators", lambda: reference.operators_document(search.count_operators())
    )
    return conditional_answer(request, body, etag=etag_of(body))


@on_get(
    router,
    "/connectors",
    tags=["reference"],
    summary="Connector standards, aliases, counts",
    responses=answers({"application/json": reference_schemas.ConnectorList}, 304, 422),
)
async def list_connectors(request: Request) -> Response:
    """Every connector standard, the aliases that find it, and its number of stations."""
    refuse_all(request.scope["query_string"])
    search = _search_of(request)
    body = search.documents.kept(
        "connectors", lambda: reference.connectors_document(search.count_connectors())
    )
    return conditional_answer(request, body, etag=etag_of(body))


@on_get(
    router,
    "/sources",
    tags=["reference"],
    summary="Sources, licences, last import",
    responses=answers({"application/json": reference_schemas.SourceList}, 304, 422),
)
async def list_sources(request: Request) -> Response:
    """Where the stations come from: licence, attribution, count, last finished import."""
    refuse_all(request.scope["query_string"])
    body = await reference.sources_document(_reader_of(request), _search_of(request).count_feeds())
    return conditional_answer(request, body, etag=etag_of(body))
