#!/usr/bin/env python3
"""Write the reference pages from the code, or with ``--check`` say where they differ.

What a user may rely on is written down once, in the code; these pages cannot rot.
"""

from __future__ import annotations

import difflib
import importlib
import inspect
import json
import pkgutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import typer  # noqa: E402 - beside those found by the line above

import app  # noqa: E402 - found by the line above
from app.cli import COMMANDS, cli, load_command  # noqa: E402 - as above
from app.errors import VoltWayError  # noqa: E402 - as above
from app.main import create_app  # noqa: E402 - as above
from app.settings import Settings  # noqa: E402 - as above
from app.utils import metrics  # noqa: E402 - as above
from tools import http_page  # noqa: E402 - as above

HELP_WIDTH = 88


def cli_page() -> str:
    """Every command with its help, as the command itself prints it."""
    lines = [
        "# The command `voltway`",
        "",
        "Settings come from the environment (see [settings](settings.md)) and hold for every",
        "command: `DATA_DIR=/srv/voltway voltway serve`.",
        "",
        "| exit code | meaning |",
        "|--:|---|",
        "| 0 | done |",
        "| 1 | done, with more rows rejected than `--max-rejects` allows |",
        "| 2 | wrong use: an argument, an option or a setting |",
        "| 3 | a source cannot be read or reached |",
        "| 4 | the database or a service is not available, or damage was found |",
        "| 130 | interrupted; what was committed stays, and is consistent |",
        "",
    ]
    root = typer.main.get_command(cli)
    context = root.make_context("voltway", [], resilient_parsing=True, terminal_width=HELP_WIDTH)
    for name in COMMANDS:
        for path, text in helps(load_command(name), context):
            lines += [f"## `{path}`", "", "```text", text, "```", ""]
    return "\n".join(lines)


def helps(command: Any, parent: Any) -> Iterator[tuple[str, str]]:
    """A command and, where it is a group, its own commands: path and help at a fixed width."""
    context = command.make_context(command.name, [], parent=parent, resilient_parsing=True)
    text = "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
    yield context.command_path, text
    for child in getattr(command, "commands", {}).values():
        yield from helps(child, context)


def settings_page() -> str:
    """Every setting with its default."""
    lines = [
        "# Settings",
        "",
        "Environment variables, read once when a process starts. `voltway settings` prints what",
        "is in force and where each value comes from.",
        "",
        "| variable | default | meaning |",
        "|---|---|---|",
    ]
    for name, default, meaning in settings():
        shown = f"`{default}`" if default else "–"
        lines.append(f"| `{name}` | {shown} | {meaning} |")
    return "\n".join([*lines, ""])


def env_example() -> str:
    """Every setting as a line of an environment file, commented out."""
    lines = ["# Every setting with its default; see docs/reference/settings.md.", ""]
    for name, default, meaning in settings():
        lines += [f"# {meaning}", f"# {name}={default}", ""]
    return "\n".join(lines)


def settings() -> Iterator[tuple[str, str, str]]:
    """Name, default and meaning of each setting."""
    for name, field in Settings.model_fields.items():
        default = field.default
        if isinstance(default, tuple):
            default = ",".join(default)
        if isinstance(default, bool):
            default = str(default).lower()
        yield name.upper(), "" if default is None else str(default), field.description or ""


def problems_page() -> str:
    """Every expected problem: what it means over HTTP and on the command line."""
    lines = [
        "# Problems",
        "",
        "Errors of the API are `application/problem+json` (RFC 9457) with `type`, `title`,",
        "`status`, `detail`, `instance` and `request_id`; the last part of `type` is one of the",
        "words below and never changes. Other errors of HTTP itself (404, 405, 406, 413, …) have",
        "the same form. On the command line a problem is one line and an exit code.",
        "",
    ]
    for problem in sorted(problem_types(), key=lambda kind: kind.slug):
        lines += [
            f"## {problem.slug}",
            "",
            f"**{problem.title}.** HTTP status {problem.status}, exit code {problem.exit_code}.",
            "",
            inspect.cleandoc(problem.__doc__ or "").replace("``", "`"),
            "",
        ]
    return "\n".join(lines)


def problem_types() -> set[type[VoltWayError]]:
    """Every class of problem of the package, found by importing all of it."""
    for module in pkgutil.walk_packages(app.__path__, "app."):
        if not module.name.startswith(("app.__main__", "app.db.migrations")):
            importlib.import_module(module.name)
    found: set[type[VoltWayError]] = set()
    waiting = [VoltWayError]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            if kind.__module__.startswith("app.") and kind not in found:
                found.add(kind)
                waiting.append(kind)
    return {kind for kind in found if "slug" in vars(kind)}


def metrics_page() -> str:
    """Every metric family that ``/metrics`` offers."""
    lines = [
        "# Metrics",
        "",
        "`GET /metrics` answers in the Prometheus text format. Asked for OpenMetrics, as by a",
        "Prometheus server, `request_count` is `request_count_total`: the name that it stores.",
        "Any worker shows the numbers of all. How to count: [the toolkit](toolkit/metrics.md).",
        "",
        "| metric | type | labels | meaning |",
        "|---|---|---|---|",
    ]
    for metric in metrics.registry.collect():
        if metric.name not in metrics.label_names:
            continue
        labels = ", ".join(f"`{label}`" for label in metrics.label_names[metric.name]) or "–"
        shown = metric.name
        if metric.type == "counter" and shown != "request_count":
            shown = f"{shown}_total"
        lines.append(f"| `{shown}` | {metric.type} | {labels} | {metric.documentation} |")
    return "\n".join([*lines, ""])


def http() -> str:
    """Every route with its parameters and answers."""
    return http_page.render(create_app(Settings()).openapi())


def openapi() -> str:
    """What ``/openapi.json`` answers; the types of the map page are made from it."""
    return json.dumps(create_app(Settings()).openapi(), ensure_ascii=False, indent=1) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "docs/reference/cli.md": cli_page,
    "docs/reference/settings.md": settings_page,
    "docs/reference/problems.md": problems_page,
    "docs/reference/metrics.md": metrics_page,
    "docs/reference/http.md": http,
    ".env.example": env_example,
    "page/openapi.json": openapi,
}


def main(arguments: list[str]) -> int:
    """Write the pages; with ``--check`` only compare, and end with 1 where one differs."""
    if arguments not in ([], ["--check"]):
        sys.stderr.write("usage: generate_docs.py [--check]\n")
        return 2
    stale = 0
    for name, render in PAGES.items():
        path = ROOT / name
        wanted = render()
        found = path.read_text("utf-8") if path.exists() else ""
        if found == wanted:
            continue
        stale += 1
        if arguments:
            difference = difflib.unified_diff(
                found.splitlines(), wanted.splitlines(), name, "the code", lineterm=""
            )
            sys.stderr.write("\n".join(difference) + "\n")
        else:
            path.write_text(wanted, "utf-8")
            sys.stdout.write(f"wrote {name}\n")
    if stale and arguments:
        sys.stderr.write(f"{stale} pages differ from the code; `make docs` writes them anew\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
