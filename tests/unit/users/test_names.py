"""Names: what is one, and which are the same."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.users.names import fold, read_email, read_username


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada", "aDA"),
        ("straße", "STRASSE"),
        ("Zoë", "zoe\u0308"),
        ("ａｄａ", "ADA"),
        ("ﬁona", "FIONA"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("Ada@EXAMPLE.org", "ada@example.ORG"),
    ],
)
def test_names_that_are_the_same_to_a_person_are_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("zoe", "zoë"), ("ada", "\u0430da"), ("a.b", "ab")])
def test_others_are_not(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing_more(name: str) -> None:
    assert fold(fold(name)) == fold(name)


@given(st.text(max_size=40))
def test_a_username_is_refused_or_kept_in_its_composed_form(text: str) -> None:
    try:
        name = read_username(text)
    except ValueError:
        return
    assert name == unicodedata.normalize("NFKC", text)
    assert name.isprintable()
    assert not {"@", " ", "/"} & set(name)
    assert read_username(name) == name


@pytest.mark.parametrize("name", ["ada", "Ada_L", "a.b-c", "Зоя", "さくら花", "名前さん", "007"])
def test_names_of_all_scripts_are_usernames(name: str) -> None:
    assert read_username(name) == name


@pytest.mark.parametrize(
    "text",
    ["", "ad", "x" * 33, ".ada", "ada-", "a da", "ada\n", "a\u202eda", "ada\0", "a@b", "\u0430da",
     "αda"],
)  # fmt: skip
def test_others_are_no_usernames(text: str) -> None:
    with pytest.raises(ValueError, match="A username"):
        read_username(text)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("ada@example.org", "ada@example.org"),
        ("Ada.L+cars@Example.ORG", "Ada.L+cars@example.org"),
        ("ada@büro.example.org", "ada@büro.example.org"),
        ("ada@depot.internal", "ada@depot.internal"),
        ("ada@voltway.test", "ada@voltway.test"),
    ],
)
def test_an_address_is_kept_as_it_is_usually_written(text: str, kept: str) -> None:
    assert read_email(text) == kept


@pytest.mark.parametrize(
    "text",
    ["", "ada", "ada@", "@example.org", "a b@example.org", "ada@example", "ada@example..org",
     "ada@example.org\n", "a\0@example.org", "ada@[127.0.0.1]", "Ada <ada@example.org>",
     "x" * 65 + "@example.org", "x" * 300],
)  # fmt: skip
def test_others_are_no_addresses(text: str) -> None:
    with pytest.raises(ValueError, match="e-mail address"):
        read_email(text)
