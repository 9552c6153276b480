"""Routes that read: HEAD answers wherever GET does, without its body."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from app.errors import VoltWayError
from app.web.problems import answer_expected

_READING = frozenset({"GET", "HEAD"})

Header = tuple[bytes, bytes]
Endpoint = TypeVar("Endpoint", bound=Callable[..., Awaitable[Response]])


def on_get(router: APIRouter, path: str, **documentation: Any) -> Callable[[Endpoint], Endpoint]:
    """Register a ready-made answer for GET, and for HEAD behind the documentation's back.

    The endpoint makes its own ``Response``: a ``response_model`` would validate and encode
    again what is bytes already. For HEAD the server sends no body; an endpoint whose body
    costs much may look at the method.
    """

    def register(endpoint: Endpoint) -> Endpoint:
        router.add_api_route(
            path,
            endpoint,
            methods=["GET"],
            response_model=None,
            response_class=Response,
            **documentation,
        )
        router.add_api_route(
            path, endpoint, methods=["HEAD"], response_model=None, include_in_schema=False
        )
        return endpoint

    return register


class ReadyAnswer(Response):
    """A 200 of bytes whose headers are bytes, too: the framework encodes them for each answer.

    Args:
        body: The whole of it.
        headers: All but its length, names in lower case.
    """

    def __init__(self, body: bytes, headers: Iterable[Header]) -> None:
        self.status_code = 200
        self.background = None
        self.body = body
        self.raw_headers = [*headers, (b"content-length", b"%d" % len(body))]


def as_headers(headers: Mapping[str, str]) -> tuple[Header, ...]:
    """Headers as a ``ReadyAnswer`` takes them."""
    return tuple((name.lower().encode(), value.encode()) for name, value in headers.items())


class DirectRoutes:
    """Answers the routes that are asked for most before the framework looks for any.

    Finding a route, solving its dependencies and catching its errors costs the framework as much
    as a search. Whoever serves below a path (``root_path``) goes the long way round, to the
    routes of the same paths that stand in the application as all others do.

    Args:
        routes: With whole paths, read by GET and HEAD; each endpoint takes a request.
    """

    def __init__(self, app: ASGIApp, *, routes: Sequence[Route]) -> None:
        self.app = app
        self._routes = {route.path: route for route in routes}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection, as ASGI has it."""
        route = self._routes.get(scope["path"]) if _is_read(scope) else None
        if route is None:
            await self.app(scope, receive, send)
            return
        scope["route"] = route  # where layers look for what a request is counted under
        try:
            answer = await route.endpoint(Request(scope, receive))
        except VoltWayError as error:
            answer = answer_expected(scope, error)
        await answer(scope, receive, send)


def _is_read(scope: Scope) -> bool:
    return scope["type"] == "http" and scope["method"] in _READING and not scope.get("root_path")
