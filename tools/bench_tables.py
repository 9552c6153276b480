"""The tables that pages show of a published benchmark run, by the name of their part."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

_LARGE = 1_000

WAITS = {
    "first_paint_ms": "first paint",
    "stations_ms": "stations listed",
    "drawn_ms": "all drawn",
}
COSTS = {
    "drawing_ms": "drawing",
    "page_ms": "page and workers",
    "rest_ms": "rest of the browser",
    "server_ms": "server",
    "tiles": "tiles",
    "tile_ms": "a tile, ms",
}

Record = dict[str, Any]
Cell = str | float


def _table(columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> list[str]:
    return [
        f"| {' | '.join(columns)} |",
        f"|---|{'--:|' * (len(columns) - 1)}",
        *(f"| {' | '.join(map(_shown, row))} |" for row in rows),
    ]


def _shown(cell: Cell) -> str:
    if isinstance(cell, str):
        return cell
    return f"{cell:,.0f}" if abs(cell) >= _LARGE else f"{cell:.3g}"


def run(record: Record) -> list[str]:
    """Which run it is, of which machine."""
    of_run = record["run"]
    machine, versions = of_run["machine"], of_run["versions"]
    command = re.sub(r"(://)\S+", r"\1…", of_run["command"])
    command = re.sub(r"(?<!\S)(?!\S*://)\S*/", "", command)
    link = f"[`{command}`]({record['folder']}/result.json)"
    where = f"{machine['cpu']}, {machine['cores']} cores, Python {versions['python']}"
    seed = "" if of_run["seed"] is None else f", seed {of_run['seed']}"
    when = f"{of_run['started_at'][:10]}{seed}"
    return [f"{link}, {when}: {where}, SQLite {versions['sqlite']}."]


def plots(record: Record) -> list[str]:
    """Every drawing of the run."""
    return [
        f"![{plot.removesuffix('.svg')}]({record['folder']}/{plot})" for plot in record["plots"]
    ]


def aims(record: Record) -> list[str]:
    """Every aim beside what was measured."""
    rows = []
    for aim in record["aims"]:
        is_met = "met" if aim["met"] else "**missed**"
        sign = "≥" if aim["at_least"] else "≤"
        unit = aim["unit"]
        rows.append(
            (
                aim["what"],
                f"{sign} {_shown(aim['aim'])} {unit}".strip(),
                f"{_shown(aim['measured'])} {unit}".strip(),
                is_met,
            )
        )
    return _table(("what", "aim", "measured", ""), rows)


def claims(record: Record) -> list[str]:
    """Every claim with its baseline, both sides and the factor between them."""
    rows: list[tuple[Cell, ...]] = [
        (
            claim["what"],
            claim["baseline"],
            f"{_shown(claim['baseline_value'])} {claim['unit']}",
            f"{_shown(claim['our_value'])} {claim['unit']}",
            f"{_shown(claim['factor'])} ×",
            f"≥ {_shown(claim['aim'])} ×",
            "holds" if claim["holds"] else "**does not hold**",
        )
        for claim in record["findings"]["claims"]
    ]
    return _table(("claim", "against", "baseline", "ours", "factor", "aim", ""), rows)


def _sizes(record: Record, *, served: bool = False) -> list[Record]:
    return [size for size in record["findings"]["sizes"] if size["http"] or not served]


def _by_size(first: str, sizes: list[Record], rows: list[tuple[Cell, ...]]) -> list[str]:
    return _table((first, *(f"{size['stations']:,}" for size in sizes)), rows)


def times(record: Record) -> list[str]:
    """Medians of every kind of search by size."""
    sizes = _sizes(record)
    names = sizes[0]["in_process"]
    return _by_size(
        "median, ms",
        sizes,
        [(name, *(size["in_process"][name]["median_ms"] for size in sizes)) for name in names],
    )


def rates(record: Record) -> list[str]:
    """Shares of the floor over HTTP by size."""
    sizes = _sizes(record, served=True)
    peers = [peer for peer in sizes[0]["http"] if peer != "floor"]
    return _by_size(
        "over HTTP, share of the floor",
        sizes,
        [(peer, *(size["http"][peer]["share_of_floor"] for size in sizes)) for peer in peers],
    )


def summary(record: Record) -> list[str]:
    """What a reader in a hurry wants to know of the search."""
    sizes = _sizes(record, served=True)
    names = ("nearest, index", "nearest, answer", "nearest, answer, cards in memory")
    rows: list[tuple[Cell, ...]] = [
        (
            f"{name} (ms)",
            *(size["in_process"][name]["median_ms"] for size in sizes),
        )
        for name in names
        if name in sizes[0]["in_process"]
    ]
    rows.append(
        (
            "requests over HTTP, of a ready-made answer's",
            *(size["http"]["ours"]["share_of_floor"] for size in sizes),
        )
    )
    return _by_size("stations", sizes, rows)


def services(record: Record) -> list[str]:
    """What services of several sizes did under load."""
    columns = {
        "requests_per_s": "requests/s",
        "p99_ms": "99 of 100 within, ms",
        "cpu_us_per_request": "processor a request, µs",
        "memory_mb_per_worker": "MB a worker",
        "connections": "connections",
        "connections_at_most": "at most",
    }
    return _table(
        ("service", *columns.values()),
        [
            (_service(each), *(each.get(key, "–") for key in columns))
            for each in record["findings"]["services"]
        ],
    )


def costs(record: Record) -> list[str]:
    """The numbers of the model."""
    model = record["findings"]["model"]
    return _table(
        ("letter", "measured", "unit"),
        [
            ("*a*: a request at one station", model["cpu_us_base"], "µs of a core"),
            ("*b*: added by each tenfold of stations", model["cpu_us_per_tenfold"], "µs of a core"),
            ("*m*: the first worker, without stations", model["memory_mb_base"], "MB"),
            ("*o*: each other worker of a host", model["memory_mb_of_another"], "MB"),
            ("*k*: a station, once a host", model["bytes_per_station"], "bytes"),
            ("*w*: a connection that waits", model["bytes_per_socket"], "bytes"),
        ],
    )


def held(record: Record) -> list[str]:
    """The model beside each service."""
    rows: list[tuple[Cell, ...]] = []
    for each in record["findings"]["services"]:
        cores, memory_mb = each["model_cores"], each["model_memory_mb_per_worker"]
        rows.append(
            (
                _service(each),
                each["cores"],
                cores,
                _off(cores, each["cores"]),
                each["memory_mb_per_worker"],
                memory_mb,
                _off(memory_mb, each["memory_mb_per_worker"]),
            )
        )
    columns = ("service", "cores", "model", "off by", "MB a worker", "model", "off by")
    return _table(columns, rows)


def _service(found: Record) -> str:
    workers = found["workers"]
    several = "s" * (workers > 1)
    return f"{found['stations']:,} stations, {found['database']}, {workers} worker{several}"


def _off(predicted: float, measured: float) -> str:
    return f"{(predicted / measured - 1) * 100:+.0f} %"


def _pans(record: Record, shown: str, turn: str) -> dict[str, Record]:
    return {
        f"{pan['screen']}, {pan['view']}": pan
        for pan in record["findings"]["pans"]
        if (pan["map"], pan["turn"]) == (shown, turn)
    }


def loads(record: Record) -> list[str]:
    """How long first visits of the page wait."""
    rows: list[tuple[Cell, ...]] = [
        (f"{load['screen']}, {load['address']}", *(float(load[what]) for what in WAITS))
        for load in record["findings"]["loads"]
    ]
    return _table(("a first visit, median, ms", *WAITS.values()), rows)


def frames(record: Record) -> list[str]:
    """Frames per second while the map is dragged, with stations and without."""
    kinds = (
        ("stations", "new tiles"),
        ("stations", "known tiles"),
        ("base map alone", "new tiles"),
        ("base map alone", "known tiles"),
    )
    of_kind = {", ".join(kind): _pans(record, *kind) for kind in kinds}
    rows: list[tuple[Cell, ...]] = [
        (view, *(pans[view]["frames_per_s"] for pans in of_kind.values()))
        for view in of_kind["stations, new tiles"]
    ]
    return _table(("frames per second, median", *of_kind), rows)


def workers(record: Record) -> list[str]:
    """Which processes work while the map is dragged over tiles that are new."""
    rows: list[tuple[Cell, ...]] = [
        (view, *(pan[what] for what in COSTS))
        for view, pan in _pans(record, "stations", "new tiles").items()
    ]
    return _table(("processor time a frame, over new tiles, ms", *COSTS.values()), rows)


PARTS: dict[str, Callable[[Record], list[str]]] = {
    "run": run,
    "plots": plots,
    "aims": aims,
    "claims": claims,
    "times": times,
    "rates": rates,
    "summary": summary,
    "loads": loads,
    "frames": frames,
    "workers": workers,
    "services": services,
    "costs": costs,
    "held": held,
}
