"""Countries, telephone numbers, connector words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.importers.parse.connectors import connector_from_word
from app.importers.parse.countries import alpha2
from app.importers.parse.phones import parse_phone
from app.stations.vocabulary import ConnectorStandard

S = ConnectorStandard


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("FR", "FR"), ("fra", "FR"), ("Frankreich", "FR"), ("Deutschland", "DE"),
        ("Polska", "PL"), ("Österreich", "AT"), ("España", "ES"), ("USA", "US"), ("UK", "GB"),
        ("Belgique", "BE"), ("Россия", "RU"), ("Беларусь", "BY"), ("Lietuva", "LT"),
        ("Korea, Republic of", "KR"), ("Netherlands, Kingdom of the", "NL"), ("RE", "RE"),
        ("Atlantis", None), ("", None), (None, None), (33, None),
    ],
)  # fmt: skip
def test_a_country_is_known_by_code_and_name(value: object, expected: str | None) -> None:
    assert alpha2(value) == expected


@pytest.mark.parametrize(
    ("value", "country", "expected"),
    [
        ("tel:+33-1-81-73-03-50", None, "+33181730350"),
        ("01 81 73 03 50", "FR", "+33181730350"),
        ("866-809-4869", "US", "+18668094869"),
        ("866-809-4869", None, "866-809-4869"),
        ("111111111", "FR", "+33111111111"),
        ("1234", "FR", "1234"),
        ("888-356-8911 x2", "US", "888-356-8911 x2"),
        ("Frau Müller fragen", "DE", "Frau Müller fragen"),
        ("tel:", "DE", None),
        ("", "DE", None),
    ],
)
def test_a_phone_number_is_e164_or_its_text(
    value: str, country: str | None, expected: str | None
) -> None:
    assert parse_phone(value, country) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("AC Typ 2 Steckdose", S.IEC_62196_T2),
        ("AC Steckdose Typ 2", S.IEC_62196_T2),
        ("AC Typ 2 Fahrzeugkupplung", S.IEC_62196_T2),
        ("DC Fahrzeugkupplung Typ Combo 2 (CCS)", S.IEC_62196_T2_COMBO),
        ("DC Kupplung Combo", S.IEC_62196_T2_COMBO),
        ("CCS (Type 2)", S.IEC_62196_T2_COMBO),
        ("DC CHAdeMO", S.CHADEMO),
        ("AC Schuko", S.DOMESTIC_F),
        ("E/F", S.DOMESTIC_E),
        ("AC CEE 5 polig", S.IEC_60309_2_THREE_32),
        ("AC CEE 3 polig", S.IEC_60309_2_SINGLE_16),
        ("J1772", S.IEC_62196_T1),
        ("J1772COMBO", S.IEC_62196_T1_COMBO),
        ("NEMA 14-50", S.NEMA_14_50),
        ("NEMA515", S.DOMESTIC_B),
        ("NACS", S.SAE_J3400),
        ("type3", S.IEC_62196_T3C),
        ("Type A", S.DOMESTIC_A),
        ("GB/T DC", S.GBT_DC),
        ("CCS", None),
        ("0", None),
        ("Typ 2 / Schuko", None),
        ("", None),
    ],
)
def test_a_connector_word_names_one_standard(word: str, expected: ConnectorStandard | None) -> None:
    assert connector_from_word(word) is expected


@given(st.sampled_from(ConnectorStandard))
@settings(deadline=None)
def test_a_standard_names_itself(standard: ConnectorStandard) -> None:
    assert connector_from_word(standard.value.lower().replace("_", " ")) is standard
