"""What can go wrong on the way to a route."""

from __future__ import annotations

from app.errors import VoltWayError


class RouterAway(VoltWayError):
    """The router gives no answer that can be used."""

    slug, title, status = "router-unavailable", "The router is not available", 503

    def __init__(self, reason: str) -> None:
        super().__init__(f"The router {reason}. Straight legs between the points need none.")


class RouteNotFound(VoltWayError):
    """No road joins the points."""

    slug, title, status = "route-not-found", "There is no such route", 404

    def __init__(self) -> None:
        super().__init__("The router knows no road that joins these points.")
