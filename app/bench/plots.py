"""Drawing what a benchmark found; the only module that needs matplotlib."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

from matplotlib import pyplot as plt
from matplotlib.axes import Axes

_OURS = "#0b6e4f"
_WITH_COMMAS = "{x:,.0f}"


def draw_import(findings: dict[str, Any], folder: Path) -> list[Path]:
    """Seconds and peak memory against rows."""
    growth = findings["growth"]
    rows = [point["rows"] for point in growth]
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    left.plot(rows, [point["seconds"] for point in growth], "o-", color=_OURS)
    _label(left, "Time of an import", "rows of the file", "seconds")
    right.plot(rows, [point["peak_above_start_mb"] or 0 for point in growth], "o-", color=_OURS)
    _label(right, "Memory of an import", "rows of the file", "peak memory above start (MB)")
    for axes in (left, right):
        axes.set_ylim(bottom=0)
        axes.set_xlim(left=0)
        axes.xaxis.set_major_formatter(_WITH_COMMAS)
    return [_save(figure, folder / "import-growth.svg")]


def draw_search(findings: dict[str, Any], folder: Path) -> list[Path]:
    """Time of each search against catalogue size, and rates over HTTP."""
    sizes = findings["sizes"]
    stations = [size["stations"] for size in sizes]
    figure, axes = plt.subplots(figsize=(9, 4.5), layout="constrained")
    for name in sizes[0]["in_process"]:
        times = [size["in_process"][name]["median_ms"] for size in sizes]
        axes.plot(stations, times, "o-", label=name)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks(stations, minor=False)
    axes.set_xticks([], minor=True)
    axes.xaxis.set_major_formatter(_WITH_COMMAS)
    axes.yaxis.set_major_formatter("{x:g}")
    _label(axes, "Cost of a search and size of the catalogue", "stations", "median time (ms)")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside right center", fontsize=8)
    paths = [_save(figure, folder / "search-growth.svg")]
    if any(size["http"] for size in sizes):
        paths.append(_draw_rates(sizes, folder))
    return paths


def _draw_rates(sizes: list[dict[str, Any]], folder: Path) -> Path:
    served = [size for size in sizes if size["http"]]
    figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
    names = list(served[0]["http"])
    rates = {
        f"{size['stations']:,} stations": [size["http"][name]["requests_per_s"] for name in names]
        for size in served
    }
    _draw_beside(axes, names, rates)
    axes.xaxis.set_major_formatter(_WITH_COMMAS)
    _label(axes, "One worker, nearest 50 with connector and power", "requests per second", "")
    return _save(figure, folder / "search-rates.svg")


def draw_toolkit(findings: dict[str, Any], folder: Path) -> list[Path]:
    """The factor of each claim beside its aim, and what caches and layers cost."""
    claims = findings["claims"]
    figure, axes = plt.subplots(figsize=(10, 0.5 * len(claims) + 1.5), layout="constrained")
    names = [f"{claim['what']}\nagainst {claim['baseline']}" for claim in claims]
    places = range(len(claims))
    bars = axes.barh(places, [claim["factor"] for claim in claims], color=_OURS)
    axes.bar_label(bars, fmt="{:,.3g}×", fontsize=8, padding=2)
    axes.plot([claim["aim"] for claim in claims], places, "|", color="black", markersize=14)
    axes.set_yticks(places, names, fontsize=8)
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.margins(x=0.12)
    axes.xaxis.set_major_formatter(_WITH_COMMAS)
    _label(axes, "Claims: factor over the baseline (the mark is the aim)", "factor", "")
    return [_save(figure, folder / "toolkit-claims.svg"), _draw_costs(findings, folder)]


def _draw_costs(findings: dict[str, Any], folder: Path) -> Path:
    parts = (
        ("A log line", findings["logs"]["emit_us"]),
        ("A request in process", findings["requests"]["layers_us"]),
        ("A cached call", findings["caches"]["hits_us"]),
    )
    figure, all_axes = plt.subplots(len(parts), 1, figsize=(9, 8), layout="constrained")
    for axes, (title, costs_us) in zip(all_axes, parts, strict=True):
        bars = axes.barh(list(costs_us), list(costs_us.values()), color=_OURS)
        axes.bar_label(bars, fmt="{:,.3g}", fontsize=8, padding=2)
        axes.invert_yaxis()
        axes.margins(x=0.12)
        _label(axes, title, "µs", "")
    return _save(figure, folder / "toolkit-costs.svg")


def draw_capacity(findings: dict[str, Any], folder: Path) -> list[Path]:
    """Measured services beside what the model says of them."""
    services = findings["services"]
    names = [f"{each['stations']:,} {each['database']} ×{each['workers']}" for each in services]
    figure, axes = plt.subplots(1, 3, figsize=(13, 0.4 * len(services) + 1.8), layout="constrained")
    pairs = (
        ("Cores kept busy", "cores", "cores", "model_cores"),
        ("Memory of a worker", "MB", "memory_mb_per_worker", "model_memory_mb_per_worker"),
        ("Rate", "requests per second", "requests_per_s", None),
    )
    for one, (title, unit, measured, predicted) in zip(axes, pairs, strict=True):
        bars = one.barh(names, [each[measured] for each in services], color=_OURS)
        one.bar_label(bars, fmt="{:,.3g}", fontsize=8, padding=2)
        if predicted:
            one.plot([each[predicted] for each in services], names, "|k", markersize=14)
        one.invert_yaxis()
        one.margins(x=0.18)
        _label(one, title, unit, "")
    for one in axes[1:]:
        one.set_yticklabels([])
    figure.suptitle("Services under load (the mark is the model)", fontsize=10)
    return [_save(figure, folder / "capacity.svg")]


def draw_page(findings: dict[str, Any], folder: Path) -> list[Path]:
    """Waiting times of first visits, and frames per second with and without stations."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 4.5), layout="constrained")
    loads, pans = findings["loads"], findings["pans"]
    visits = [f"{load['screen']}, {load['address']}" for load in loads]
    kinds = {"first paint": "first_paint_ms", "stations listed": "stations_ms"}
    _draw_beside(left, visits, {kind: [load[key] for load in loads] for kind, key in kinds.items()})
    _label(left, "A first visit", "ms", "")
    of_kind: dict[str, dict[str, float]] = {}
    for pan in pans:
        frames = of_kind.setdefault(f"{pan['map']}, {pan['turn']}", {})
        frames[f"{pan['screen']}, {pan['view']}"] = pan["frames_per_s"]
    views = list(next(iter(of_kind.values())))
    _draw_beside(right, views, {kind: [of[view] for view in views] for kind, of in of_kind.items()})
    _label(right, "Frames while the map is dragged", "frames per second", "")
    return [_save(figure, folder / "page.svg")]


def _draw_beside(axes: Axes, names: list[str], kinds: dict[str, list[float]]) -> None:
    """Bars of several kinds for each name."""
    height = 0.8 / len(kinds)
    for nth, (kind, values) in enumerate(kinds.items()):
        positions = [place + nth * height for place in range(len(names))]
        bars = axes.barh(positions, values, height, label=kind)
        axes.bar_label(bars, fmt="{:,.0f}", fontsize=8, padding=2)
    axes.set_yticks([place + 0.4 - height / 2 for place in range(len(names))], names)
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.legend(fontsize=8)


def _label(axes: Axes, title: str, across: str, up: str) -> None:
    axes.set_title(title)
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.grid(visible=True, alpha=0.3)


def _save(figure: Any, path: Path) -> Path:
    figure.savefig(path)
    plt.close(figure)
    return path
