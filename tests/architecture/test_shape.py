"""The shape of the code: what no single file's test would notice."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "app").rglob("*.py"))
SERVING = [path for path in MODULES if ROOT / "app" / "bench" not in path.parents]
"""All but the benchmarks, which measure what the others avoid."""
SCRIPTS = sorted((ROOT / "tools").glob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))

MAX_LINES = 300
LONGER_FILES: dict[str, str] = {}
"""Path → why it may be longer than ``MAX_LINES``."""

BINS = {"service", "services", "helpers", "helper", "common", "misc", "manager"}
"""Names that say nothing, and so never stop growing."""

READERS_OF_THE_ENVIRONMENT = ("app/settings.py", "app/bench/", "app/cli/serve.py")
"""Bench and serve hand an environment on to the processes that they start."""


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text("utf-8")))


def test_no_file_is_longer_than_a_reader_likes() -> None:
    lengths = {
        name_of(path): len(path.read_text("utf-8").splitlines()) for path in MODULES + SCRIPTS
    }
    longer = {name: lines for name, lines in lengths.items() if lines > MAX_LINES}
    unexplained = {name: lines for name, lines in longer.items() if name not in LONGER_FILES}
    assert unexplained == {}, "split them, or say why in LONGER_FILES"
    assert set(LONGER_FILES) <= set(longer), "these exceptions are no longer needed"


def test_no_file_is_a_bin() -> None:
    assert [name_of(path) for path in MODULES if path.stem in BINS] == []


def test_every_module_says_what_it_is() -> None:
    silent = [
        name_of(path)
        for path in MODULES
        if not ast.get_docstring(ast.parse(path.read_text("utf-8")))
        and path.parent.name != "versions"
    ]
    assert silent == []


def test_middleware_is_plain_asgi() -> None:
    users = [name_of(path) for path in SERVING if "BaseHTTPMiddleware" in path.read_text("utf-8")]
    assert users == [], "BaseHTTPMiddleware costs most of the throughput"


def test_no_route_serialises_by_response_model() -> None:
    users = [
        name_of(path)
        for path in SERVING
        for node in nodes(path)
        if isinstance(node, ast.keyword)
        and node.arg == "response_model"
        and not (isinstance(node.value, ast.Constant) and node.value.value is None)
    ]
    assert users == [], "answers are bytes (docs/decisions/0008-answers-are-bytes.md)"


def test_nobody_asks_which_database_it_is_outside_the_database_package() -> None:
    askers = [
        f"{name_of(path)}:{node.lineno}"
        for path in MODULES
        if not name_of(path).startswith("app/db/")
        for node in nodes(path)
        if isinstance(node, ast.Compare) and "dialect" in ast.unparse(node.left).lower()
    ]
    assert askers == [], "give the dialect protocol a method instead"


def test_only_the_settings_read_the_environment() -> None:
    readers = [
        f"{name_of(path)}:{node.lineno}"
        for path in MODULES
        if not name_of(path).startswith(READERS_OF_THE_ENVIRONMENT)
        for node in nodes(path)
        if isinstance(node, ast.Attribute)
        and ast.unparse(node) in {"os.environ", "os.getenv", "os.environb"}
    ]
    assert readers == [], "take the value as an argument; the roots read the settings"


def test_every_exception_from_a_check_gives_its_reason() -> None:
    marker = re.compile(r"#\s*(?:noqa(?::\s*[A-Z0-9, ]+)?|type:\s*ignore\[[^\]]+\])(.*)")
    unexplained = [
        f"{name_of(path)}:{number}"
        for path in MODULES + SCRIPTS + TESTS
        if path != Path(__file__)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if (found := marker.search(line)) and not re.match(r"\s*[-#]\s*\S", found.group(1))
    ]
    assert unexplained == [], "say why, behind the marker"


def test_tests_wait_for_events_and_never_for_time() -> None:
    sleepers = [
        f"{name_of(path)}:{node.lineno}"
        for path in TESTS
        for node in nodes(path)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in {"time.sleep", "asyncio.sleep", "anyio.sleep"}
        and not ast.unparse(node).endswith("sleep(0)")
    ]
    assert sleepers == []
