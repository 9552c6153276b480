"""Problems of favourites."""

from __future__ import annotations

from app.errors import VoltWayError


class TooManyFavorites(VoltWayError):
    """A user keeps as many stations as one may."""

    slug, title, status = "too-many-favorites", "Too many favourites", 409

    def __init__(self, most: int) -> None:
        super().__init__(f"At most {most:,} stations can be kept; remove one first.", most=most)
