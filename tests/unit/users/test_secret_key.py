"""The secret of access tokens: given, or made once and kept."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.users.errors import SecretKeyRefused
from app.users.secret_key import open_signer
from app.users.tokens import Access, Signer

SOUND = "Zk8vQ2mX7pR4tY9wB3nC6dF1gH5jL0sA"
OLDER = "Pq3wE8rT5yU2iO9pA4sD7fG6hJ1kL0zX"


def test_one_that_is_given_signs_and_those_before_it_verify(tmp_path: Path) -> None:
    assert open_signer(SOUND, (OLDER,), tmp_path).keys == (SOUND, OLDER)
    assert open_signer(SOUND, (), None).keys == (SOUND,)
    assert list(tmp_path.iterdir()) == []


def test_one_that_is_made_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "secrets"
    made = open_signer(None, (), folder)
    assert len(made.keys[0]) == 64
    assert open_signer(None, (OLDER,), folder).keys == (*made.keys, OLDER)
    assert [file.name for file in folder.iterdir()] == ["secret_key"]
    assert stat.S_IMODE((folder / "secret_key").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_workers_that_start_at_once_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        signers = list(pool.map(lambda _: open_signer(None, (), tmp_path / "s"), range(64)))
    assert len(set(signers)) == 1


def test_in_production_one_must_be_given() -> None:
    with pytest.raises(SecretKeyRefused, match="not set, and ENVIRONMENT is production"):
        open_signer(None, (), None)


@pytest.mark.parametrize(
    "secret",
    [
        "changeme" * 8,
        "Change-Me-" * 4,
        "secret" * 8,
        "x" * 64,
        "insecure-development-key-000000000",
    ],
)
def test_a_placeholder_will_do_in_development_alone(secret: str, tmp_path: Path) -> None:
    assert open_signer(secret, (), tmp_path) == Signer((secret,))
    with pytest.raises(SecretKeyRefused, match="a placeholder") as refused:
        open_signer(secret, (), None)
    assert secret not in refused.value.detail


@pytest.mark.parametrize("secret", ["", "changeme", SOUND[:31]])
def test_a_short_one_is_refused_everywhere(secret: str, tmp_path: Path) -> None:
    for folder in (None, tmp_path):
        for given, previous in ((secret, ()), (SOUND, (secret,))):
            with pytest.raises(SecretKeyRefused, match=f"it has {len(secret)} characters"):
                open_signer(given, previous, folder)


def test_one_that_was_damaged_or_cannot_be_kept_is_told(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_bytes(b"\xff" * 40)
    with pytest.raises(SecretKeyRefused, match="none can be kept in"):
        open_signer(None, (), tmp_path)
    (tmp_path / "secret_key").write_text("short")
    with pytest.raises(SecretKeyRefused, match="5 characters"):
        open_signer(None, (), tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(SecretKeyRefused, match="none can be kept in"):
        open_signer(None, (), tmp_path / "file")


def test_tokens_of_a_kept_secret_hold_after_a_restart(tmp_path: Path) -> None:
    token = open_signer(None, (), tmp_path).issue(Access("ada", 0))
    assert open_signer(None, (), tmp_path).read(token) == Access("ada", 0)
