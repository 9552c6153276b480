"""Access tokens: what is issued reads back, and what is forged does not."""

from __future__ import annotations

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.users.tokens import Access, Signer, hash_of, new_refresh_token

SECRET, OTHER = "k" * 40, "o" * 40
SIGNER = Signer((SECRET,))
ADA = Access("ada0123456789", 3)


def _claims(**more: Any) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(
        SIGNER.issue(ADA), SECRET, algorithms=["HS256"], audience="voltway-api"
    )
    claims.update(more)
    return {name: claim for name, claim in claims.items() if claim is not None}


def _signed(claims: dict[str, Any], key: str = SECRET, **more: Any) -> str:
    return jwt.encode(claims, key, **{"algorithm": "HS256", **more})


def _by_hand(header: dict[str, Any], key: bytes | None = SECRET.encode(), **changed: Any) -> str:
    """A token as no library would make it; unsigned without a key."""
    parts = b".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
        for part in (header, _claims(**changed))
    )
    digest = b"" if key is None else hmac.digest(key, parts, "sha256")
    return f"{parts.decode()}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


@settings(max_examples=50, deadline=None)
@given(
    public_id=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=64),
    epoch=st.integers(0, 2**31),
)
def test_what_is_issued_reads_back(public_id: str, epoch: int) -> None:
    assert SIGNER.read(SIGNER.issue(Access(public_id, epoch))) == Access(public_id, epoch)


def test_a_token_says_whose_by_whom_for_whom_and_how_long() -> None:
    claims = _claims()
    assert claims["exp"] - claims["iat"] == 15 * 60
    assert (claims["iss"], claims["aud"], claims["sub"]) == (
        "voltway",
        "voltway-api",
        ADA.public_id,
    )
    assert claims["jti"] != _claims()["jti"]


def test_a_token_holds_for_a_quarter_of_an_hour_and_some_seconds_between_clocks() -> None:
    now = datetime.now(UTC)
    issued = {
        minutes: SIGNER.read(SIGNER.issue(ADA, now=now - timedelta(minutes=minutes)))
        for minutes in (0, 14.9, 15.1, 15.2, 60)
    }
    assert issued == {0: ADA, 14.9: ADA, 15.1: ADA, 15.2: None, 60: None}
    assert SIGNER.read(SIGNER.issue(ADA, now=now + timedelta(minutes=5))) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "somebody"},
        {"aud": "another-api"},
        {"sub": 7},
        {"epoch": "3"},
        {"epoch": True},
        {"epoch": None},
        {"exp": None},
        {"exp": "soon"},
        {"iat": None},
        {"jti": None},
        {"sub": None},
        {"iss": None},
        {"aud": None},
        {"nbf": 2**40},
    ],
)
def test_claims_that_are_not_ours_are_refused(changed: dict[str, Any]) -> None:
    assert SIGNER.read(_by_hand({"alg": "HS256"}, **changed)) is None


def test_a_token_made_by_hand_as_ours_are_holds() -> None:
    assert SIGNER.read(_by_hand({"alg": "HS256"})) == ADA


def _forged() -> dict[str, str]:
    genuine = SIGNER.issue(ADA)
    head, body, signature = genuine.split(".")
    return {
        "another secret": _signed(_claims(), OTHER),
        "alg none": _by_hand({"alg": "none", "typ": "JWT"}, None),
        "alg None": _by_hand({"alg": "None", "typ": "JWT"}, None),
        "alg none, signed": _by_hand({"alg": "none"}),
        "no alg": _by_hand({"typ": "JWT"}),
        "HS256 that says RS256": _by_hand({"alg": "RS256"}),
        "HS512": _signed(_claims(), SECRET * 2, algorithm="HS512"),
        "kid as a path": _by_hand({"alg": "HS256", "kid": "../../dev/null"}, b""),
        "own key within": _by_hand({"alg": "HS256", "jwk": {"kty": "oct", "k": "AA"}}, b"\0"),
        "critical extension": _by_hand({"alg": "HS256", "crit": ["x"]}),
        "signature cut": genuine[:-3],
        "no signature": f"{head}.{body}.",
        "two parts": f"{head}.{body}",
        "other body": f"{head}.{body[:-2]}AA.{signature}",
        "empty": "",
        "dots": "...",
        "not ASCII": "é.é.é",
        "half a character": "\ud800.x.y",
        "endless": "x" * 100_000,
    }


@pytest.mark.parametrize("kind", _forged())
def test_forged_tokens_are_refused(kind: str) -> None:
    assert SIGNER.read(_forged()[kind]) is None


@settings(max_examples=100, deadline=None)
@given(place=st.integers(0, 10_000), char=st.sampled_from("ABCxyz019-_."))
def test_one_character_changed_is_another_token(place: int, char: str) -> None:
    genuine = SIGNER.issue(ADA)
    # The last character of a signature carries bits that mean nothing.
    place %= len(genuine) - 1
    altered = genuine[:place] + char + genuine[place + 1 :]
    assert (SIGNER.read(altered) == ADA) is (altered == genuine)


def test_a_secret_is_replaced_while_its_tokens_are_out() -> None:
    old = SIGNER.issue(ADA)
    rotated = Signer((OTHER, SECRET))
    assert rotated.read(old) == ADA
    assert SIGNER.read(rotated.issue(ADA)) is None
    assert rotated.read(rotated.issue(ADA)) == ADA
    assert Signer((OTHER,)).read(old) is None


def test_refresh_tokens_are_random_and_kept_as_hashes() -> None:
    tokens = {new_refresh_token() for _ in range(1_000)}
    assert len(tokens) == 1_000
    assert all(token.startswith("vwr_") and len(token) == 47 for token in tokens)
    assert {len(hash_of(token)) for token in tokens} == {32}
    assert hash_of("half \ud800")
