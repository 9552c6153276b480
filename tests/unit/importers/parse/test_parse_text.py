"""Text, yes and no."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.importers.parse.text import clean_code, clean_text, clean_word, parse_bool


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("  Place  de la\nMairie ", "Place de la Mairie"),
        ("Cafe\u0301", "Café"),
        ("a\x00b\u200bc", "abc"),
        ("Six Flags_x000D_\n9993 Alleghany Road", "Six Flags 9993 Alleghany Road"),
        ("N/A", None),
        ("-", None),
        ("Keine Angabe", None),
        ("Non concerné", None),
        ("NC", "NC"),
        ("", None),
        (None, None),
        (22.0, "22"),
        (7.4, "7.4"),
        (math.nan, None),
        (10407, "10407"),
        (True, "true"),
        (False, "false"),
        (["J1772", None, " TESLA "], "J1772, TESLA"),
        ([], None),
        ({"$oid": "x"}, None),
    ],
)
def test_a_cell_is_cleaned(value: object, expected: str | None) -> None:
    assert clean_text(value) == expected


@given(st.text(max_size=60))
@settings(max_examples=100, deadline=None)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    once = clean_text(text)
    assert clean_text(once) == once


@pytest.mark.parametrize(
    ("scrambled", "text"),
    [("BesanÃ§on", "Besançon"), ("StraÃŸe 5", "Straße 5"), ("0,30 â‚¬/kWh", "0,30 €/kWh"),
     ("BesanÃƒÂ§on", "Besançon"), ("SÃO PAULO", "SÃO PAULO"), ("Château", "Château"),
     ("CAFÉ®", "CAFÉ®"), ("CITÉ™ Ã§", "CITÉ™ Ã§"),
     ("Łódź Ã§", "Łódź Ã§")],
)  # fmt: skip
def test_text_that_was_decoded_once_too_often_is_mended(scrambled: str, text: str) -> None:
    assert clean_text(scrambled) == text


def test_a_spreadsheets_formula_of_a_text_is_the_text() -> None:
    assert clean_text('="01067"') == "01067"
    assert clean_text('=""') is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [("2134.0", "2134"), (2134.0, "2134"), ("66a", "66a"), ("1.5", "1.5"), ("", None)],
)
def test_a_code_is_no_number(value: object, expected: str | None) -> None:
    assert clean_code(value) == expected


def test_a_word_is_lower_case_and_never_none() -> None:
    assert clean_word(" Accès  Libre ") == "accès libre"
    assert clean_word(None) == ""


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, True),
        (False, False),
        ("TRUE", True),
        (" oui ", True),
        ("nein", False),
        ("0", False),
        (1, True),
        (0.0, False),
        (2, None),
        ("peut-être", None),
        ("", None),
        (None, None),
        ([True], None),
    ],
)
def test_yes_and_no_are_read(value: object, expected: bool | None) -> None:  # noqa: FBT001 - a parameter of a table
    assert parse_bool(value) is expected
