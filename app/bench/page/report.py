"""What was measured of the page, as tables and aims."""

from __future__ import annotations

from typing import Any

from app.bench.page.panning import AGAIN, BARE, FRESH, STATIONS
from app.bench.report import Aim, Result, Table

NOTES = (
    "WebGL is drawn in software here, beside the server: a graphics processor is faster.",
    "Frames are those that the page was given while it dragged the map at a constant speed.",
)

FRAMES_PER_S = 50
"""What looks smooth. Where a graphics processor draws, the page's own share decides it."""


def result_of(
    run: dict[str, Any],
    data: dict[str, Any],
    loads: list[dict[str, Any]],
    pans: list[dict[str, Any]],
) -> Result:
    """The result of a run, with what it was made on and with."""
    return Result(
        name="page",
        run=run,
        data=data,
        findings={"loads": loads, "pans": pans},
        tables=(_loads_table(loads), _frames_table(pans), _costs_table(pans)),
        aims=tuple(_aims(loads, pans)),
        notes=NOTES,
    )


def _loads_table(loads: list[dict[str, Any]]) -> Table:
    return Table(
        "A first visit: ms, medians",
        ("", "first paint", "stations listed", "all drawn"),
        tuple(
            (_name(load, "address"), load["first_paint_ms"], load["stations_ms"], load["drawn_ms"])
            for load in loads
        ),
    )


def _frames_table(pans: list[dict[str, Any]]) -> Table:
    kinds = ((STATIONS, FRESH), (STATIONS, AGAIN), (BARE, AGAIN))
    return Table(
        "Panning: frames per s, medians",
        ("", *(f"{shown}, {turn}" for shown, turn in kinds)),
        tuple(
            (_name(first, "view"), *(_same(pans, first, kind)["frames_per_s"] for kind in kinds))
            for first in _of(pans, STATIONS, FRESH)
        ),
    )


def _costs_table(pans: list[dict[str, Any]]) -> Table:
    return Table(
        "Panning over new tiles: processor time a frame, in ms",
        (
            "",
            "drawing",
            "page",
            "rest",
            "server",
            "slow frame",
            "tiles",
            "a tile",
        ),
        tuple(
            (
                _name(pan, "view"),
                pan["drawing_ms"],
                pan["page_ms"],
                pan["rest_ms"],
                pan["server_ms"],
                pan["slow_frame_ms"],
                pan["tiles"],
                pan["tile_ms"],
            )
            for pan in _of(pans, STATIONS, FRESH)
        ),
    )


def _aims(loads: list[dict[str, Any]], pans: list[dict[str, Any]]) -> list[Aim]:
    aims = []
    for load in loads:
        name = _name(load, "address")
        aims += [
            Aim(f"first contentful paint, {name}", "ms", 1000, load["first_paint_ms"]),
            Aim(f"stations listed, {name}", "ms", 2000, load["stations_ms"]),
        ]
    for pan in _of(pans, STATIONS, FRESH):
        name = _name(pan, "view")
        aims += [
            Aim(f"panning, {name}", "frames/s", FRAMES_PER_S, pan["frames_per_s"], at_least=True),
            Aim(
                f"page and workers, processor time a frame, {name}",
                "ms",
                1000 / FRAMES_PER_S,
                pan["page_ms"],
            ),
        ]
    return aims


def _of(pans: list[dict[str, Any]], shown: str, turn: str) -> list[dict[str, Any]]:
    return [pan for pan in pans if (pan["map"], pan["turn"]) == (shown, turn)]


def _same(
    pans: list[dict[str, Any]], first: dict[str, Any], kind: tuple[str, str]
) -> dict[str, Any]:
    """The pan over the same view in the same window, of another kind."""
    return next(pan for pan in _of(pans, *kind) if _name(pan, "view") == _name(first, "view"))


def _name(measured: dict[str, Any], what: str) -> str:
    return f"{measured['screen']}, {measured[what]}"
