"""What is accepted as a password, and how it is kept."""

from __future__ import annotations

import asyncio
import threading
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.users import passwords
from app.users.passwords import MAX_LENGTH, Passwords, refusal_of

GOOD = "lamp-otter-violin-9"


@pytest.mark.parametrize(
    "password",
    [
        GOOD,
        "a b c d e f",
        "            8",
        "пароль-из-слов",
        "🔋🔌🚗⚡🔋🔌🚗⚡",
        "x7" * 64,
        "UPPER lower",
    ],
)
def test_any_characters_make_a_password(password: str) -> None:
    assert refusal_of(password) is None


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("", "8 to 128"),
        ("1234567", "8 to 128"),
        ("x7" * 64 + "y", "8 to 128"),
        ("e\u0301" * 7, "8 to 128"),
        ("password", "most common"),
        ("PassWord", "most common"),
        ("\uff50assword", "most common"),
        ("12345678", "most common"),
        ("ada.lovelace", "must not be"),
        ("Ada.Lovelace@Example.org", "must not be"),
    ],
)
def test_short_long_common_and_own_ones_are_refused(password: str, words: str) -> None:
    refusal = refusal_of(password, "ada.lovelace@example.org", "countess")
    assert refusal is not None
    assert words in refusal


def test_a_longer_password_with_ones_name_in_it_will_do() -> None:
    assert refusal_of("countess of code", "countess") is None


@pytest.mark.anyio
async def test_a_password_fits_however_it_is_composed_and_no_other_does() -> None:
    kept = await Passwords().hashed("pässwörter-9")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    for form in ("NFC", "NFD", "NFKD"):
        assert await Passwords().fits(kept, unicodedata.normalize(form, "pässwörter-9"))
    for other in ("", "passworter-9", "pässwörter-9 ", "pässwörter-9\0"):
        assert not await Passwords().fits(kept, other)


@pytest.mark.anyio
async def test_equal_passwords_are_kept_differently() -> None:
    assert await Passwords().hashed(GOOD) != await Passwords().hashed(GOOD)


@pytest.mark.anyio
async def test_nobodys_hash_is_one_that_no_password_fits() -> None:
    assert not await Passwords().fits(None, GOOD)
    assert not Passwords().is_outdated(passwords._nobodys())
    assert await Passwords().hashed(GOOD) != passwords._nobodys()


@pytest.mark.anyio
@pytest.mark.parametrize("kept", ["", "plain text", "$argon2id$v=19$broken", "$2b$12$bcrypt"])
async def test_what_is_no_hash_fits_nothing(kept: str) -> None:
    assert not await Passwords().fits(kept, kept)


@pytest.mark.anyio
async def test_a_long_password_is_not_cut_to_one_that_fits() -> None:
    longest = "x7" * (MAX_LENGTH // 2)
    kept = await Passwords().hashed(longest)
    assert await Passwords().fits(kept, longest)
    assert not await Passwords().fits(kept, longest + "y")


@pytest.mark.anyio
async def test_a_crowd_is_hashed_a_few_at_once_and_off_the_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Memory is bounded however many log in."""
    loop_thread = threading.get_ident()
    lock = threading.Lock()
    is_full = threading.Event()
    running = most = 0

    def counted(_kept: str, _typed: str) -> bool:
        nonlocal running, most
        assert threading.get_ident() != loop_thread
        with lock:
            running += 1
            most = max(most, running)
            if running == passwords._AT_ONCE:
                is_full.set()
        is_full.wait(10)
        with lock:
            running -= 1
        return True

    monkeypatch.setattr(passwords, "_verify", counted)
    crowd = Passwords()
    assert all(await asyncio.gather(*(crowd.fits("kept", GOOD) for _ in range(40))))
    assert most == passwords._AT_ONCE


@settings(max_examples=60, deadline=None)
@given(password=st.text(max_size=200))
def test_any_text_is_refused_or_accepted_the_same_in_every_composition(password: str) -> None:
    forms = {unicodedata.normalize(form, password) for form in ("NFC", "NFD", "NFKC", "NFKD")}
    assert len({refusal_of(form) for form in forms}) == 1
