from __future__ import annotations

import re

import pytest

from app.utils.context import accepted_request_id


def test_a_well_formed_id_is_taken_over() -> None:
    assert accepted_request_id("trace-12.34_X") == "trace-12.34_X"


@pytest.mark.parametrize("offered", [None, "", "short", "x" * 65, "has blank s", "abcdefgh\n"])
def test_anything_else_gets_a_fresh_id(offered: str | None) -> None:
    fresh = accepted_request_id(offered)
    assert re.fullmatch(r"[0-9a-f]{32}", fresh)
