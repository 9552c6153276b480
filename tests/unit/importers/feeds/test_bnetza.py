"""The German register, word by word."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.importers.errors import LayoutNotUnderstood
from app.importers.feeds._bnetza_cells import (
    read_access,
    read_address,
    read_payments,
    read_plugs,
    read_state,
)
from app.importers.feeds.bnetza import FEED, Translator
from app.importers.row import Layout, Notes, Rejected, Row, Skipped
from app.stations.draft import ConnectorDraft, StationContent, StationDraft, StatusDraft
from app.stations.vocabulary import (
    Access,
    ConnectorFormat,
    ConnectorStandard,
    EvseStatus,
    Payment,
    PowerType,
)

S = ConnectorStandard
NEW = {
    "Ladeeinrichtungs-ID": "1025341",
    "Betreiber": "EnBW mobility+ AG und Co.KG ",
    "Anzeigename (Karte)": "EnBW",
    "Status": "In Betrieb",
    "Art der Ladeeinrichtung": "Normalladeeinrichtung",
    "Anzahl Ladepunkte": "2",
    "Nennleistung Ladeeinrichtung [kW]": "30",
    "Inbetriebnahmedatum": "21.12.2018",
    "Straße": "Karlstr.",
    "Hausnummer": "0",
    "Adresszusatz": "Tiefgarage",
    "Postleitzahl": "1067",
    "Ort": "Dresden",
    "Kreis/kreisfreie Stadt": "Kreisfreie Stadt Dresden",
    "Bundesland": "Sachsen",
    "Breitengrad": "51,0504",
    "Längengrad": "13,7373",
    "Standortbezeichnung": "",
    "Informationen zum Parkraum": "Keine Beschränkung",
    "Bezahlsysteme": "Onlinezahlungsverfahren;RFID-Karte",
    "Öffnungszeiten": "247",
    "Öffnungszeiten: Wochentage": "",
    "Öffnungszeiten: Tageszeiten": "",
    "Steckertypen1": "AC Typ 2 Steckdose; AC Schuko",
    "Nennleistung Stecker1": "22; 3,7",
    "EVSE-ID1": "\nDE*EBW*E1*1",
    "Public Key1": "3059 3013",
    "Steckertypen2": "DC Fahrzeugkupplung Typ Combo 2 (CCS)",
    "Nennleistung Stecker2": "150",
    "EVSE-ID2": "",
    "Public Key2": "",
}
OLD = {
    "Betreiber": "MVV Energie AG",
    "Adresse": "Luisenring 49",
    "Postleitzahl Ort": "68159 Mannheim",
    "Bundesland": "Baden-Württemberg",
    "Längengrad [DG]": "8.4680979999999995",
    "Breitengrad [DG]": "49.494408999999997",
    "Inbetriebnahmedatum": "40282",
    "Anschlussleistung [kW]": "22",
    "Art der Ladeeinrichung": "Normalladeeinrichtung",
    "Anzahl Ladepunkte": "2",
    "Steckertypen1": "AC Steckdose Typ 2, AC CEE 5 polig",
    "P1 [kW]": "11",
    "Public Key1": "",
    "Steckertypen2": "",
    "P2 [kW]": "",
    "Public Key2": "",
}


def translator(values: dict[str, Any]) -> Translator:
    return FEED.translator(Layout("csv", tuple(values)), [Row(1, values, str)])


def draft(values: dict[str, Any]) -> tuple[StationDraft, Notes]:
    reader = translator(values)
    reading = reader.translate(Row(1, values, str))
    assert isinstance(reading, StationDraft)
    return reading, reader.notes


def read(values: dict[str, Any]) -> StationContent:
    return draft(values)[0].content


def test_a_row_of_the_current_layout_is_read() -> None:
    found, notes = draft(NEW)
    content = found.content
    assert content.key == "1025341"
    assert (content.latitude, content.longitude) == (51.0504, 13.7373)
    assert content.operator == "EnBW mobility+ AG und Co.KG"
    assert content.name == "EnBW"
    assert (content.street, content.postal_code) == ("Karlstr., Tiefgarage", "01067")
    assert (content.city, content.state, content.country) == ("Dresden", "Sachsen", "DE")
    assert content.access is Access.PUBLIC
    assert content.open_24_7 is True
    assert content.payments == (Payment.AD_HOC, Payment.APP, Payment.RFID)
    first, second = content.evses
    assert (first.uid, first.evse_id, second.uid, second.evse_id) == (
        "1", "DE*EBW*E1*1", "2", None,
    )  # fmt: skip
    assert first.connectors == (
        ConnectorDraft(
            S.IEC_62196_T2, None, ConnectorFormat.SOCKET, PowerType.AC_3_PHASE, max_power_w=22_000
        ),
        ConnectorDraft(
            S.DOMESTIC_F, None, ConnectorFormat.SOCKET, PowerType.AC_1_PHASE, max_power_w=3_700
        ),
    )
    assert second.connectors == (
        ConnectorDraft(
            S.IEC_62196_T2_COMBO, None, ConnectorFormat.CABLE, PowerType.DC, max_power_w=150_000
        ),
    )
    assert notes == Notes(
        as_of=datetime(2018, 12, 21, tzinfo=UTC),
        remarks={"as-of": "2018-12-21 (the newest commissioning, as none is stated)"},
    )


def test_a_row_of_the_layout_of_2019_is_read() -> None:
    found, notes = draft(OLD)
    content = found.content
    assert content.key == "mvv-energie-ag~luisenring-49~68159~49.494_8.468"
    assert content.latitude == pytest.approx(49.494409)
    assert (content.street, content.postal_code, content.city) == (
        "Luisenring 49", "68159", "Mannheim",
    )  # fmt: skip
    assert [evse.uid for evse in content.evses] == ["~20100414-22kW-1", "~20100414-22kW-2"]
    assert [c.standard for c in content.evses[0].connectors] == [
        S.IEC_62196_T2,
        S.IEC_60309_2_THREE_16,
    ]
    assert content.evses[1].connectors == ()
    assert notes.flags == {"no-plug": 1}
    assert notes.unmapped_columns == ()


def test_charge_points_are_found_under_repeated_headers() -> None:
    values = {
        "Betreiber": "A", "Breitengrad": "52", "Längengrad": "13",
        "Steckertypen": "AC Schuko", "P1 [kW]": "2,3", "Steckertypen_2": "DC CHAdeMO",
    }  # fmt: skip
    assert [c.standard for e in read(values).evses for c in e.connectors] == [
        S.DOMESTIC_F,
        S.CHADEMO,
    ]


def test_columns_may_be_spelled_for_programs() -> None:
    content = read(
        {
            "betreiber": "A", "strasse": "Weg", "laengengrad": "13,4", "breitengrad": "52,5",
            "anschlussleistung_kw": "22", "steckertypen1": "AC Steckdose Typ 2", "p1_kw": "22",
        }
    )  # fmt: skip
    (evse,) = content.evses
    assert evse.uid == "~22kW-1"
    assert evse.connectors[0].max_power_w == 22_000


def test_points_that_are_only_counted_are_bays_without_plugs() -> None:
    assert [e.uid for e in read(NEW | {"Anzahl Ladepunkte": "4"}).evses] == ["1", "2", "3", "4"]
    reading = translator(NEW).translate(Row(1, NEW | {"Anzahl Ladepunkte": "100000"}, str))
    assert isinstance(reading, Rejected)
    assert reading.reason == "too-many-evses"


def test_columns_of_points_that_a_device_lacks_are_no_bays() -> None:
    values = NEW | {"Anzahl Ladepunkte": "1", "Steckertypen2": "", "Nennleistung Stecker2": ""}
    assert [e.uid for e in read(values).evses] == ["1"]


def test_equal_devices_stay_apart() -> None:
    reader = translator(OLD)
    rows = [reader.translate(Row(number, OLD, str)) for number in (1, 2)]
    merged = reader.merge([row for row in rows if isinstance(row, StationDraft)])
    assert [evse.uid for evse in merged.content.evses] == [
        "~20100414-22kW-1",
        "~20100414-22kW-1~2",
        "~20100414-22kW-2",
        "~20100414-22kW-2~2",
    ]


@pytest.mark.parametrize(("latitude", "longitude"), [("", "13"), ("52", "x"), (None, None)])
def test_a_row_without_coordinates_is_rejected(latitude: Any, longitude: Any) -> None:
    values = NEW | {"Breitengrad": latitude, "Längengrad": longitude}
    reading = translator(NEW).translate(Row(1, values, str))
    assert isinstance(reading, Rejected)
    assert reading.reason == "no-coordinates"


@pytest.mark.parametrize(
    ("status", "rule"), [("In Planung", "planned"), ("Stillgelegt", "removed")]
)
def test_devices_that_nobody_can_use_are_skipped(status: str, rule: str) -> None:
    assert translator(NEW).translate(Row(1, NEW | {"Status": status}, str)) == Skipped(rule)


def test_a_device_out_of_service_says_so() -> None:
    found, _ = draft(NEW | {"Status": "In Wartung"})
    assert found.statuses == (
        StatusDraft("1", EvseStatus.INOPERATIVE, None),
        StatusDraft("2", EvseStatus.INOPERATIVE, None),
    )
    assert read_state("Halbfertig") == (None, False, "Halbfertig")


def test_unknown_words_are_kept_and_counted() -> None:
    values = NEW | {
        "Status": "Halbfertig",
        "Bezahlsysteme": "Kostenlos;Muscheln",
        "Informationen zum Parkraum": "Nur bei Vollmond",
        "Steckertypen1": "AC Typ 9; 0",
        "Nennleistung Stecker1": "50",
    }
    content, notes = draft(values)
    assert [c.standard_word for c in content.content.evses[0].connectors] == ["AC Typ 9", "0"]
    assert notes.unknown_words == {
        "status": {"Halbfertig": 1},
        "payment": {"Muscheln": 1},
        "parking": {"Nur bei Vollmond": 1},
        "connector": {"AC Typ 9": 1, "0": 1},
    }
    assert content.content.payments == (Payment.FREE,)


def plugs(words: Any, power: Any) -> list[tuple[ConnectorStandard | None, int | None]]:
    return [(c.standard, c.max_power_w) for c in read_plugs(words, power).connectors]


@pytest.mark.parametrize(
    ("words", "power", "expected"),
    [
        ("AC Steckdose Typ 2, DC CHAdeMO", "50", [(S.IEC_62196_T2, None), (S.CHADEMO, 50_000)]),
        ("AC Typ 2, DC CHAdeMO", "22, 50", [(S.IEC_62196_T2, 22_000), (S.CHADEMO, 50_000)]),
        ("AC Typ 2; AC Schuko", "3,7; 2,3", [(S.IEC_62196_T2, 3_700), (S.DOMESTIC_F, 2_300)]),
        ("AC CEE 5-polig", "22", [(S.IEC_60309_2_THREE_32, 22_000)]),
        ("AC CEE 3 polig", 3.7, [(S.IEC_60309_2_SINGLE_16, 3_700)]),
        ("AC Typ 1 Steckdose", "7", [(S.IEC_62196_T1, 7_000)]),
        ("AC Typ 2 Steckdose", "", [(S.IEC_62196_T2, None)]),
        ("AC Typ 2 Steckdose", "viel", [(S.IEC_62196_T2, None)]),
        ("DC Tesla Fahrzeugkupplung (Typ 2)", "150", [(S.TESLA_S, 150_000)]),
        ("DC Megawatt Charging System (MCS)", "1000", [(S.MCS, 1_000_000)]),
        ("", "22", []),
        (None, None, []),
    ],
)  # fmt: skip
def test_plugs_are_read(words: Any, power: Any, expected: list[Any]) -> None:
    assert plugs(words, power) == expected


def test_what_no_plug_can_carry_is_said() -> None:
    assert read_plugs("AC Schuko", "22").is_beyond_plug
    assert draft(NEW | {"Nennleistung Stecker1": "60; 60"})[1].flags == {"power-beyond-plug": 1}
    (cable,) = read_plugs("AC Kupplung Typ 2", "4").connectors
    assert (cable.format, cable.power_type) == (ConnectorFormat.CABLE, PowerType.AC_1_PHASE)


def test_small_words() -> None:
    assert read_payments("Kreditkarte (NFC);Bargeld;Sonstige") == (
        (Payment.AD_HOC, Payment.CARD, Payment.CASH), (),
    )  # fmt: skip
    assert read_payments(None) == ((), ())
    assert read_access("Nur für Kunden/Besucher") == (Access.RESTRICTED, None)
    assert read_access("") == (Access.PUBLIC, None)
    assert read_address("Weg", "7a", None, None, "D-1", "X", "unklar") == ("Weg 7a", "D-1", "X")
    assert read_address(None, None, None, None, None, None, None) == (None, None, None)


def test_an_edition_is_of_the_date_above_its_header() -> None:
    preamble = ("Ladesäulenregister", "Letzte Aktualisierung vom: 27.02.2026")
    edition = FEED.translator(Layout("csv", tuple(NEW), preamble), [])
    edition.translate(Row(1, {**NEW, "Inbetriebnahmedatum": "01.03.2026"}, str))
    assert edition.notes.as_of == datetime(2026, 2, 27, tzinfo=UTC)
    assert edition.notes.remarks["as-of"] == "2026-02-27 (stated above the header)"


def test_an_edition_without_a_date_is_of_its_newest_commissioning() -> None:
    edition = FEED.translator(Layout("csv", tuple(NEW)), [])
    for day in ("21.12.2018", "22.07.21", "01.01.2199", "soon", "01.01.2020"):
        edition.translate(Row(1, {**NEW, "Inbetriebnahmedatum": day}, str))
    assert edition.notes.as_of == datetime(2021, 7, 22, tzinfo=UTC)
    assert edition.notes.remarks["as-of"].startswith("2021-07-22 (the newest commissioning")


def test_the_format_is_recognised_by_its_columns() -> None:
    assert FEED.recognises(Layout("csv", tuple(NEW)), []) == 1
    assert FEED.recognises(Layout("csv", tuple(OLD)), []) == 1
    assert FEED.recognises(Layout("csv", ("id", "latitude", "longitude")), []) < 0.5
    assert FEED.is_header(list(OLD))
    assert not FEED.is_header(["Allgemeine Informationen", "", "1. Ladepunkt"])


def test_a_layout_without_coordinates_is_refused() -> None:
    with pytest.raises(LayoutNotUnderstood, match="coordinates"):
        translator({"Betreiber": "x", "Steckertypen1": "y"})


cells = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12),
    st.lists(st.integers(), max_size=2), st.dictionaries(st.text(max_size=3), st.integers()),
    st.sampled_from(["52,5", "13,4", "AC Schuko; DC CHAdeMO", "22; 50", "247", "In Betrieb"]),
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(sorted(NEW | OLD)), cells))
@settings(max_examples=150, deadline=None)
def test_no_row_raises(values: dict[str, Any]) -> None:
    reader = FEED.translator(Layout("json"), [Row(1, NEW | OLD, str)])
    assert isinstance(reader.translate(Row(2, values, str)), StationDraft | Rejected | Skipped)


def test_features_of_a_map_service_are_read() -> None:
    """Names have lost their brackets, blanks and sometimes their coordinates."""
    attributes = {
        "OBJECTID": 1,
        "Betreiber": "Werk",
        "Straße": "Weg",
        "Hausnummer": 1.0,
        "Postleitzahl": "1067.0",
        "Inbetriebnahmedatum": 1578700800000,
        "Anzahl_Ladepunkte": 1,
        "Steckertypen1": "AC Steckdose Typ 2",
        "P1__kW_": 22.0,
        "Public_Key1": None,
    }
    row = Row(1, {"attributes": attributes, "geometry": {"x": 13.7, "y": 51.1}}, str)
    reader = FEED.translator(Layout("json"), [row])
    reading = reader.translate(row)
    assert isinstance(reading, StationDraft)
    content = reading.content
    assert (content.latitude, content.longitude) == (51.1, 13.7)
    assert (content.street, content.postal_code) == ("Weg 1", "01067")
    assert content.evses[0].connectors[0].max_power_w == 22_000
    assert reader.notes.unmapped_columns == ()
    assert reader.notes.remarks["as-of"].startswith("2020-01-11")


def test_a_power_that_cannot_be_read_is_counted() -> None:
    _, notes = draft(NEW | {"Nennleistung Stecker1": "siehe Schild"})
    assert notes.unknown_words["power"] == {"siehe Schild": 1}


def test_plugs_and_powers_may_stand_on_lines_of_their_own() -> None:
    changes = {
        "Steckertypen1": "AC Typ 2 Steckdose\nAC Schuko",
        "Nennleistung Stecker1": "22,0\n2,3",
    }
    plugs = read(NEW | changes).evses[0].connectors
    assert [plug.max_power_w for plug in plugs] == [22_000, 2_300]
