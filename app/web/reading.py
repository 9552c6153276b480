"""Routes that read: HEAD answers wherever GET does, without its body."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from fastapi import APIRouter
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

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


class DirectRoute(Route):
    """A route without FastAPI's dependency solving, counted under its template all the same."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As the base class; the middleware finds the route in the scope."""
        match, child_scope = super().matches(scope)
        if match is not Match.NONE:
            child_scope["route"] = self
        return match, child_scope
