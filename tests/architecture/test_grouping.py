"""Tests that share what their module has made go to one worker."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module", params=["one", "another"])
def made_once(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("number", [1, 2])
def test_what_a_module_makes_is_made_once(
    request: pytest.FixtureRequest, made_once: str, number: int
) -> None:
    _is_sent_with(request, f"test_grouping.py {made_once}")


@pytest.fixture(scope="package", params=["one", "another"])
def made_for_all(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("number", [1, 2])
def test_what_a_package_makes_is_made_once(
    request: pytest.FixtureRequest, made_for_all: str, made_once: str, number: int
) -> None:
    _is_sent_with(request, f"architecture {made_for_all}")


@pytest.mark.xdist_group("a group")
def test_a_group_is_kept_together(request: pytest.FixtureRequest) -> None:
    _is_sent_with(request, "a group")


def _is_sent_with(request: pytest.FixtureRequest, group: str) -> None:
    if not getattr(request.config.option, "loadgroup", False):
        pytest.skip("the tests are not spread by groups: --dist loadgroup")
    assert request.node.nodeid.endswith(f"@{group}")
