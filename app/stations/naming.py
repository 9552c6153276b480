"""How a station may be named by whoever asks for it."""

from __future__ import annotations

from urllib.parse import quote


def spellings_of(station_id: str) -> tuple[str, str, str]:
    """The public ids that may be meant, the likeliest first.

    One that came through a path was decoded once: ``osm:node/1`` stands for ``osm:node%2F1``.
    """
    encoded = quote(station_id, safe=":~")
    return station_id, encoded, encoded.replace("%25", "%")
