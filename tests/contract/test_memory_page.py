"""The reference page of the memory tools: its examples run, and no public name is missing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.utils import memory_optimization

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "toolkit" / "memory.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_runs_as_it_stands(example: str) -> None:
    exec(compile(example, str(PAGE), "exec", dont_inherit=True), {"__name__": "example"})  # noqa: S102 - our own page


def test_every_public_name_has_its_heading() -> None:
    headings = re.findall(r"^## `(\w+)`$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert sorted(headings) == sorted(memory_optimization.__all__)
