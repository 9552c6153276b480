"""Which route answered, as a label that a stranger cannot multiply."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from fastapi.routing import iter_route_contexts
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

_templates: WeakKeyDictionary[Any, Sequence[tuple[re.Pattern[str], str]]] = WeakKeyDictionary()
"""By application."""


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
    router's prefix; a contract test pins it, since a new FastAPI may move it. Where a layer
    answered before any route, it is that of the route which the path belongs to.
    """
    template, own_parameters = _template_of(scope)
    if "app_root_path" not in scope:
        return _by_path(scope) if template is None else template
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


def _by_path(scope: Scope) -> str:
    """The template that a path fits, of all that the application has.

    Cost: some 10 µs; only for what no route answered.
    """
    app = scope.get("app")
    if app is None or scope["type"] != "http":
        return UNMATCHED
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    return next((label for regex, label in _templates_of(app) if regex.match(path)), UNMATCHED)


def _templates_of(app: Any) -> Sequence[tuple[re.Pattern[str], str]]:
    """In the order in which routes are matched; kept from when it is first asked for."""
    kept = _templates.get(app)
    if kept is None:
        labels: dict[str, re.Pattern[str]] = {}
        for route in iter_route_contexts(app.routes):
            if route.path_format is not None:  # that of a host has none
                labels.setdefault(route.path_format, route.path_regex)
        kept = _templates[app] = [(regex, label) for label, regex in labels.items()]
    return kept
