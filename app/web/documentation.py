"""What OpenAPI says about answers, and the pages that show it without the internet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, Literal

import fastapi_offline
from fastapi import FastAPI, Request
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import models_json_schema
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from app.errors import VoltWayError
from app.web import problems
from app.web.parameters import Table

_ASSETS_URL = "/docs/assets"
_ASSETS = Path(fastapi_offline.__file__).parent / "static"

# The pages that FastAPI writes hold a script of their own; Redoc works in a blob of a worker.
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src blob:;"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)

_TITLES = {
    304: "The client's copy is still good.",
    401: "Signing in is needed, or what was sent does not hold.",
    403: "Who is calling may not do this.",
    404: "There is nothing of this id.",
    406: "No form that is accepted can be made.",
    409: "It would contradict what is there.",
    410: "It was here once and is gone.",
    413: "The body is too large.",
    415: "The body is of another kind than is read here.",
    422: "A parameter is unknown, unfit, repeated or contradicts another.",
    429: "Too many requests; Retry-After says when the next one may come.",
    503: "A part of the service does not work.",
}


class Fault(BaseModel):
    """One thing that was wrong."""

    parameter: str
    pointer: str = Field(
        description="JSON pointer (RFC 6901) into the request: /query/ or /path/, and the name",
        examples=["/query/limit"],
    )
    detail: str
    bounds: str = Field(description="What would be right")
    example: str


class Problem(BaseModel):
    """A problem document (RFC 9457); further members depend on its type."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=[f"{problems.TYPE_BASE}invalid-parameters"])
    title: str
    status: int
    detail: str
    instance: str
    request_id: str
    errors: list[Fault] | None = None


def answers(
    content: Mapping[str, type[BaseModel] | None],
    *statuses: int,
    description: str = "",
    success: int = 200,
) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route: shapes by media type, and its problems by status.

    Args:
        content: Shape by media type; ``None`` for text that no schema describes.
        statuses: The other statuses that the route may answer with.
        description: What the answer is; default: the first shape's own sentence.
        success: The status of an answer that is no problem.
    """
    first = next(iter(content.values()))
    documented: dict[int | str, dict[str, Any]] = {
        success: {
            "description": description or " ".join((first.__doc__ or "").split()),
            "content": {media_type: _shape(model) for media_type, model in content.items()},
        }
    }
    for status in statuses:
        documented[status] = {"description": _TITLES[status]}
        if status >= 400:  # noqa: PLR2004 - the first error status
            documented[status]["content"] = {problems.MEDIA_TYPE: _shape(Problem)}
    return documented


def nothing(
    *statuses: int, description: str, success: int = 204
) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route whose answer has no body."""
    problems_of = answers({"-": None}, *statuses, description=description, success=success)
    return {**problems_of, success: {"description": description}}


def _shape(model: type[BaseModel] | None) -> dict[str, Any]:
    if model is None:
        return {"schema": {"type": "string"}}
    return {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}


def query_parameters(table: Table, *, required: Iterable[str] = ()) -> dict[str, Any]:
    """The ``openapi_extra`` of a route that reads its parameters by a table."""
    needed = frozenset(required)
    return {
        "parameters": [
            {**parameter.as_openapi(), "required": parameter.name in needed}
            for parameter in table.values()
        ]
    }


def describe(app: FastAPI, shapes: Sequence[type[BaseModel]]) -> None:
    """Put the shapes that routes name into the application's OpenAPI document.

    They are put into words when the document is first asked for: a process that is never
    asked starts without them.
    """
    make = app.openapi

    def openapi() -> dict[str, Any]:
        is_new = app.openapi_schema is None
        document = make()
        if is_new:
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            schemas.update(_schemas_of([Problem, *shapes]))
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # the way that FastAPI documents


def _schemas_of(shapes: Sequence[type[BaseModel]]) -> dict[str, Any]:
    named: list[tuple[type[BaseModel], Literal["serialization"]]] = [
        (shape, "serialization") for shape in shapes
    ]
    _, definitions = models_json_schema(named, ref_template="#/components/schemas/{model}")
    found: dict[str, Any] = definitions["$defs"]
    return found


def install_pages(app: FastAPI) -> None:
    """``/docs``, ``/redoc`` and ``/docs/problems``, from bundled assets."""
    app.mount(_ASSETS_URL, StaticFiles(directory=_ASSETS), name="docs-assets")

    @app.get("/docs", include_in_schema=False)
    async def swagger_page(request: Request) -> Response:
        root = request.scope.get("root_path", "")
        page = get_swagger_ui_html(
            openapi_url=f"{root}{app.openapi_url}",
            title=f"{app.title}: API",
            swagger_js_url=f"{root}{_ASSETS_URL}/swagger-ui-bundle.js",
            swagger_css_url=f"{root}{_ASSETS_URL}/swagger-ui.css",
            swagger_favicon_url=f"{root}{_ASSETS_URL}/favicon.png",
            swagger_ui_parameters={"validatorUrl": None},
        )
        return _kept_home(page)

    @app.get("/redoc", include_in_schema=False)
    async def redoc_page(request: Request) -> Response:
        root = request.scope.get("root_path", "")
        page = get_redoc_html(
            openapi_url=f"{root}{app.openapi_url}",
            title=f"{app.title}: API",
            redoc_js_url=f"{root}{_ASSETS_URL}/redoc.standalone.js",
            redoc_favicon_url=f"{root}{_ASSETS_URL}/favicon.png",
            with_google_fonts=False,
        )
        return _kept_home(page)

    @app.get("/docs/problems", include_in_schema=False)
    async def problems_page() -> Response:
        return _kept_home(HTMLResponse(_problems_html()))


def _kept_home(page: Response) -> Response:
    """The page under a policy that lets it fetch nothing from elsewhere, logos included."""
    page.headers["Content-Security-Policy"] = _PAGE_POLICY
    return page


def _problems_html() -> str:
    rows = "".join(
        f'<dt id="{escape(kind.slug)}"><code>{escape(kind.slug)}</code> ({kind.status})</dt>'
        f"<dd>{escape(kind.title)}. {escape(' '.join((kind.__doc__ or '').split()))}</dd>"
        for kind in sorted(known_problems(), key=lambda kind: kind.slug)
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>VoltWay: problems</title>'
        f"<h1>Problems</h1><p>What the <code>type</code> of an error means.</p><dl>{rows}</dl>"
    )


def known_problems() -> set[type[VoltWayError]]:
    """Every kind of problem that the loaded code can raise."""
    found: set[type[VoltWayError]] = {VoltWayError}
    waiting = [VoltWayError]
    while waiting:
        children = waiting.pop().__subclasses__()
        found.update(children)
        waiting.extend(children)
    return found
