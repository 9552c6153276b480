"""Which route answered, as a label that a stranger cannot multiply."""

from __future__ import annotations

from typing import Any

from starlette.routing import Mount
from starlette.types import Scope

UNMATCHED = "<unmatched>"
"""The one ``endpoint`` of all paths that no route has, so that scanners add no series."""

OTHER = "OTHER"
"""The one ``method`` of all methods that HTTP applications do not know."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_REST_OF_PATH = "/{path}"
_NAMED_MOUNT = "/{mount}"

_MOST_ROUTES = 1024
_read_before: dict[int, tuple[Any, tuple[str | None, frozenset[str]]]] = {}
"""By id, with the route itself, so that the id stays its own: routes cannot be hashed."""


def method_of(scope: Scope) -> str:
    """The method, or ``OTHER``."""
    method: str = scope["method"]
    return method if method in _METHODS else OTHER


def endpoint_of(scope: Scope) -> str:
    """The full template of the route that answered, as ``/api/v1/stations/{station_id}``.

    What is mounted has its mount in front; files and paths below a mount that it has no
    route for share ``<mount>/{path}``. A mount whose own path holds parameters is named
    ``/{mount}``, since only its filled-in path is known here.

    The template is read from the private key under which FastAPI keeps the route with its
    router's prefix; a contract test pins it, since a new FastAPI may move it.
    """
    template, own_parameters = _template_of(scope)
    if "app_root_path" not in scope:
        return UNMATCHED if template is None else template
    mount: str = scope["root_path"].removeprefix(scope["app_root_path"])
    if scope.get("path_params", {}).keys() - own_parameters:
        mount = _NAMED_MOUNT
    return mount + (template or _REST_OF_PATH)


def _template_of(scope: Scope) -> tuple[str | None, frozenset[str]]:
    """The template of the innermost route and the names of its parameters."""
    context = (scope.get("fastapi") or {}).get("effective_route_context")
    if context is not None and not isinstance(context.original_route, Mount):
        return _read(context)
    return _read(scope.get("route"))


def _read(route: Any) -> tuple[str | None, frozenset[str]]:
    """Of one route; kept, since asking it takes longer than all the rest."""
    kept = _read_before.get(id(route))
    if kept is not None and kept[0] is route:
        return kept[1]
    if route is None or isinstance(route, Mount):
        return None, frozenset()
    template = getattr(route, "path_format", None) or getattr(route, "path", None)
    found = template, frozenset(getattr(route, "param_convertors", ()))
    if len(_read_before) >= _MOST_ROUTES:
        _read_before.clear()
    _read_before[id(route)] = route, found
    return found
