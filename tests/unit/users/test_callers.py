from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from starlette.types import Scope

from app.users import callers
from app.users.callers import Callers
from app.users.tokens import Access, Signer
from app.utils.caching import TestClock as Clock
from tests.fixtures.asgi import http_scope

_SIGNER = Signer(("s" * 40,))


def _with(header: str, value: str) -> Scope:
    return http_scope(headers=[(header.encode(), value.encode("latin-1"))])


def _bearing(token: str) -> Scope:
    return _with("authorization", f"Bearer {token}")


def test_a_token_names_its_user_each_time() -> None:
    known = Callers(_SIGNER, Clock())
    token = _SIGNER.issue(Access("ada", 0))
    for kind in ("Bearer", "bearer", "BEARER"):
        assert known.name_of(_with("authorization", f"{kind} {token}")) == "ada"


def test_a_token_that_is_over_names_nobody() -> None:
    issued = datetime.now(UTC) - timedelta(minutes=16)
    token = _SIGNER.issue(Access("ada", 0), now=issued)
    assert Callers(_SIGNER, Clock()).name_of(_bearing(token)) is None


@pytest.mark.parametrize("token", ["", "x.y.z", "vw_guessed", "Ã¤" * 40])
def test_what_nobody_vouches_for_names_nobody(token: str) -> None:
    known = Callers(_SIGNER, Clock())
    for _ in range(2):
        assert known.name_of(_bearing(token)) is None
        assert known.name_of(_with("x-api-key", token)) is None


def test_a_forged_token_is_another_one_than_the_token_that_was_read() -> None:
    known = Callers(_SIGNER, Clock())
    token = _SIGNER.issue(Access("ada", 0))
    assert known.name_of(_bearing(token)) == "ada"
    head, claims, signature = token.split(".")
    for forged in (f"{head}.{claims}.{signature[:-4]}AAAA", f"{head}.{claims}.", token + "A"):
        assert known.name_of(_bearing(forged)) is None


def test_a_key_names_its_owner_once_it_was_looked_up_and_for_a_minute() -> None:
    clock = Clock()
    known = Callers(_SIGNER, clock)
    assert known.name_of(_with("x-api-key", "vw_key")) is None
    known.remember_key("vw_key", "ada")
    assert known.name_of(_with("x-api-key", "vw_key")) == "ada"
    assert known.name_of(_bearing("vw_key")) == "ada"
    clock.advance(callers.REMEMBERED_S)
    assert known.name_of(_with("x-api-key", "vw_key")) is None


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callers, "MOST_REMEMBERED", 2)
    known = Callers(_SIGNER, Clock())
    for key in ("vw_1", "vw_2", "vw_1", "vw_3"):
        known.remember_key(key, key)
    named = [known.name_of(_with("x-api-key", key)) for key in ("vw_1", "vw_2", "vw_3")]
    assert named == ["vw_1", None, "vw_3"]
