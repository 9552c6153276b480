"""The pages of the toolkit: each name is on its page, examples run, tests they name exist."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "reference" / "toolkit"
MODULES = {
    "logging": "app.utils.advanced_logging",
    "metrics": "app.utils.metrics",
    "middleware": "app.middleware.logging",
    "batch": "app.utils.batch_ops",
    "caching": "app.utils.caching",
    "memory": "app.utils.memory_optimization",
    "application": "app.main",
    "health": "app.utils.health",
    "redis_urls": "app.utils.redis_urls",
}


def public_names(module: str) -> set[str]:
    """``__all__``, or else what the module makes itself without an underscore in front."""
    exported: list[str] | None = getattr(importlib.import_module(module), "__all__", None)
    if exported is not None:
        return set(exported)
    source = ROOT.joinpath(*module.split(".")).with_suffix(".py").read_text("utf-8")
    names: set[str] = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
    return {name for name in names if not name.startswith("_")}


def text_of(page: str) -> str:
    return (PAGES / f"{page}.md").read_text("utf-8")


def test_every_page_has_its_module_and_its_line_in_the_index() -> None:
    pages = {path.stem for path in PAGES.glob("*.md")} - {"README"}
    assert pages == MODULES.keys()
    assert set(re.findall(r"^\* \[.+\]\((\w+)\.md\)", text_of("README"), re.MULTILINE)) == pages


@pytest.mark.parametrize(("page", "module"), MODULES.items())
def test_every_public_name_has_its_heading(page: str, module: str) -> None:
    headings = re.findall(r"^## `.*", text_of(page), re.MULTILINE)
    told = {name for heading in headings for name in re.findall(r"`(\w+)`", heading)}
    made_on_demand = {"app"} if module == "app.main" else set()
    assert told == public_names(module) | made_on_demand


@pytest.mark.parametrize("page", MODULES)
def test_the_examples_of_a_page_run_as_they_stand(page: str, tmp_path: Path) -> None:
    examples = re.findall(r"```python\n(.*?)```", text_of(page), re.DOTALL)
    assert examples
    program = "\n".join(examples)
    subprocess.run([sys.executable, "-W", "error", "-c", program], cwd=tmp_path, check=True)


def test_every_test_that_is_named_exists() -> None:
    named = re.findall(r"`(test_\w+)::(test_\w+)`", text_of("README"))
    files = {path.stem: path for path in (ROOT / "tests").rglob("test_*.py")}
    missing = [
        f"{stem}::{test}"
        for stem, test in named
        if stem not in files or f"def {test}(" not in files[stem].read_text("utf-8")
    ]
    assert missing == []
    rows = re.findall(r"^\| (?!feature|---)(.+?) \| (.+) \|$", text_of("README"), re.MULTILINE)
    assert [feature for feature, shown_by in rows if "`test_" not in shown_by] == []
