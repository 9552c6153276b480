"""The French registry, word by word."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.importers.errors import LayoutNotUnderstood
from app.importers.feeds._columns import Point
from app.importers.feeds._irve_cells import (
    read_access,
    read_address,
    read_operator,
    read_plugs,
    read_point,
    read_position,
)
from app.importers.feeds.irve import FEED, Translator
from app.importers.row import Layout, Notes, Rejected, Row
from app.stations.draft import ConnectorDraft, StationContent, StationDraft
from app.stations.vocabulary import (
    Access,
    ConnectorFormat,
    ConnectorStandard,
    Payment,
    PowerType,
)

S = ConnectorStandard
V2 = {
    "nom_operateur": "Volt & Cie | FR*VOL",
    "telephone_operateur": "tel:+33-1-81-73-03-50",
    "nom_enseigne": "Volt",
    "id_station_itinerance": "FRVOLP1",
    "id_station_local": "",
    "nom_station": "Gare",
    "adresse_station": "1 rue de la Gare, 69003 Lyon",
    "coordonneesXY": "[4.8590, 45.7605]",
    "id_pdc_itinerance": "FRVOLE1",
    "id_pdc_local": "",
    "puissance_nominale": "22.0",
    "prise_type_ef": "true",
    "prise_type_2": "true",
    "prise_type_combo_ccs": "false",
    "prise_type_chademo": "false",
    "prise_type_autre": "false",
    "gratuit": "false",
    "paiement_acte": "true",
    "paiement_cb": "true",
    "paiement_autre": "",
    "tarification": "0,30 €/kWh",
    "condition_acces": "Accès libre",
    "horaires": "24/7",
    "station_deux_roues": "false",
    "date_maj": "2024-07-03",
    "cable_t2_attache": "false",
}
V1 = {
    "n_amenageur": "Commune de Lyon",
    "n_operateur": "",
    "n_enseigne": "Volt",
    "id_station": "FR*VOL*P1",
    "n_station": "Gare",
    "ad_station": "Place de la Gare 69003 Lyon",
    "code_insee": "69383",
    "Xlongitude": "4,8590",
    "Ylatitude": "45,7605",
    "nbre_pdc": "2",
    "id_pdc": "",
    "puiss_max": "22",
    "type_prise": "E/F - T2",
    "acces_recharge": "gratuit",
    "accessibilité": "24/24 7/7",
    "observations": "",
    "source": "x",
    "date_maj": "03/07/2019",
}


def translator(*rows: dict[str, Any]) -> Translator:
    sample = [Row(number, row, str) for number, row in enumerate(rows, 1)]
    return FEED.translator(Layout("csv", tuple(rows[0])), sample)


def read(values: dict[str, Any]) -> tuple[StationContent, Notes]:
    reader = translator(values)
    reading = reader.translate(Row(1, values, str))
    assert isinstance(reading, StationDraft)
    return reading.content, reader.notes


def test_a_row_of_version_2_is_read() -> None:
    content, notes = read(V2)
    assert content.key == "FRVOLP1"
    assert (content.latitude, content.longitude) == (45.7605, 4.859)
    assert (content.street, content.postal_code, content.city) == (
        "1 rue de la Gare", "69003", "Lyon",
    )  # fmt: skip
    assert content.operator == "Volt & Cie"
    assert content.phone == "+33181730350"
    assert content.access is Access.PUBLIC
    assert content.opening_hours == "24/7"
    assert content.payments == (Payment.AD_HOC, Payment.CARD)
    assert content.price_text == "0,30 €/kWh"
    assert content.licence == "etalab-2.0"
    (evse,) = content.evses
    assert evse.uid == evse.evse_id == "FRVOLE1"
    assert evse.connectors == (
        ConnectorDraft(
            S.IEC_62196_T2, None, ConnectorFormat.SOCKET, PowerType.AC_3_PHASE, max_power_w=22_000
        ),
        ConnectorDraft(S.DOMESTIC_E, None, ConnectorFormat.SOCKET, PowerType.AC_1_PHASE),
    )
    assert not notes.flags
    assert notes.unmapped_columns == ()


def test_a_row_of_version_1_is_read() -> None:
    content, notes = read(V1)
    assert content.key == "FRVOLP1"
    assert (content.latitude, content.longitude) == (45.7605, 4.859)
    assert (content.street, content.postal_code, content.city) == (
        "Place de la Gare",
        "69003",
        "Lyon",
    )
    assert content.operator == "Volt"
    assert content.open_24_7 is True
    assert content.payments == (Payment.FREE,)
    (evse,) = content.evses
    assert evse.uid == "~22kW-IEC_62196_T2-DOMESTIC_E"
    assert {c.standard for c in evse.connectors} == {S.IEC_62196_T2, S.DOMESTIC_E}
    assert notes.remarks == {"power-unit": "kW (told from 1 values)"}
    assert notes.unmapped_columns == ()


def test_consolidated_columns_win_over_the_publisher_s() -> None:
    content, notes = read(
        V2
        | {
            "consolidated_longitude": "4.86",
            "consolidated_latitude": "45.76",
            "consolidated_commune": "Lyon 3e",
            "consolidated_is_lon_lat_correct": "True",
            "datagouv_dataset_id": "x",
            "created_at": "2024-07-01",
            "last_modified": "2024-07-02",
            "ma_colonne": "x",
        }
    )
    assert (content.latitude, content.longitude, content.city) == (45.76, 4.86, "Lyon 3e")
    assert notes.unmapped_columns == ("ma_colonne",)


def test_power_in_watts_is_told_from_the_sample() -> None:
    content, notes = read(V1 | {"puiss_max": "22000"})
    assert content.evses[0].connectors[0].max_power_w == 22_000
    assert notes.remarks == {"power-unit": "W (told from 1 values)"}
    rows = [V1 | {"puiss_max": power} for power in ("22", "22", "50000")]
    reader = translator(*rows)
    reading = reader.translate(Row(3, rows[2] | {"type_prise": "COMBO"}, str))
    assert isinstance(reading, StationDraft)
    assert reading.content.evses[0].connectors[0].max_power_w == 50_000
    assert reader.notes.flags == {"power-in-watts": 1}
    assert "power-unit" not in translator(V1 | {"puiss_max": ""}).notes.remarks


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"id_station_itinerance": "Non concerné", "id_station_local": "L-7"}, "L-7"),
        ({"id_station_itinerance": ""}, "gare~1-rue-de-la-gare~lyon~45.761_4.859"),
    ],
)
def test_a_station_without_an_id_has_a_key(changes: dict[str, str], key: str) -> None:
    assert read(V2 | changes)[0].key == key


def test_a_bay_without_an_id_is_described_or_named_locally() -> None:
    assert (
        read(V2 | {"id_pdc_itinerance": "Non concerné", "id_pdc_local": "7"})[0].evses[0].uid == "7"
    )
    evse = read(V2 | {"id_pdc_itinerance": "Non concerné"})[0].evses[0]
    assert (evse.uid, evse.evse_id) == ("~22kW-IEC_62196_T2-DOMESTIC_E", None)


@pytest.mark.parametrize("position", ["", "[]", "[1]", "ici", "[1,2,3]", "[a, 2]"])
def test_a_row_without_coordinates_is_rejected(position: str) -> None:
    reading = translator(V2).translate(Row(1, V2 | {"coordonneesXY": position}, str))
    assert isinstance(reading, Rejected)
    assert reading.reason == "no-coordinates"


@pytest.mark.parametrize(
    "cell",
    ["[4.85, 45.76]", "[4.85,45.76]", "4.85,45.76", "(4.85;45.76)", "4,85;45,76", "4.85 45.76",
     (4.85, 45.76), ("4.85", "45.76"), "POINT (4.85 45.76)", "['4.85', '45.76']",
     "4,85,45,76", "4.85 / 45.76", '{"type": "Point", "coordinates": [4.85, 45.76]}',
     '{"lat": 45.76, "lon": 4.85}', Point(4.85, 45.76)],
)  # fmt: skip
def test_coordinates_are_read_in_every_notation(cell: object) -> None:
    assert read_position(cell) == (45.76, 4.85)


@pytest.mark.parametrize("cell", ["45.76, 4.85", (45.76, 4.85), Point(4.85, 45.76)])
def test_a_geographical_point_names_the_latitude_first(cell: object) -> None:
    assert read_point(cell) == (45.76, 4.85)


def test_labels_in_prose_are_columns() -> None:
    """Portals export the schema's labels instead of its names."""
    labels = {
        "Nom de l'opérateur": "Volt",
        "Identifiant de la station": "FRVOLP1",
        "Nom de la station": "Gare",
        "Adresse de la station": "1 rue de la Gare 69003 Lyon",
        "Identifiant du point de charge": "FRVOLE1",
        "Puissance nominale (kW)": "22",
        "Prise type 2": "1.0",
        "Condition d'accès": "Accès libre (voirie)",
        "Date de mise à jour": "2024-07-03",
        "Geo Point": "45.76, 4.85",
    }
    content, notes = read(labels)
    assert (content.key, content.name, content.operator) == ("FRVOLP1", "Gare", "Volt")
    assert (content.latitude, content.longitude) == (45.76, 4.85)
    assert content.access is Access.PUBLIC
    assert content.evses[0].evse_id == "FRVOLE1"
    assert content.evses[0].connectors[0].max_power_w == 22_000
    assert notes.unmapped_columns == ()


def test_columns_in_metres_lose_against_degrees() -> None:
    content, _ = read(V2 | {"X": "842666.66", "Y": "6519924.37"})
    assert (content.latitude, content.longitude) == (45.7605, 4.859)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda fields: {"datasetid": "irve", "recordid": "1", "fields": fields},
        lambda fields: {"links": [], "record": {"id": "1", "fields": fields}},
        lambda fields: fields | {"geo_point_2d": {"lon": 4.859, "lat": 45.7605}},
        lambda fields: {"attributes": fields, "geometry": {"x": 4.859, "y": 45.7605}},
    ],
    ids=["version 1", "version 2.0", "version 2.1", "ArcGIS"],
)
def test_records_of_portals_are_unwrapped(wrap: Callable[[Any], dict[str, Any]]) -> None:
    fields = V2 | {"coordonneesXY": {"lon": 4.859, "lat": 45.7605}, "puissance_nominale": 22.0}
    row = Row(1, wrap(fields), str)
    reading = FEED.translator(Layout("json"), [row]).translate(row)
    assert isinstance(reading, StationDraft)
    assert (reading.content.latitude, reading.content.longitude) == (45.7605, 4.859)
    assert reading.content.evses[0].connectors[0].max_power_w == 22_000


def test_a_tesla_plug_of_many_kilowatts_carries_direct_current() -> None:
    content, _ = read(V1 | {"type_prise": "TESLA", "puiss_max": "120"})
    assert content.evses[0].connectors == (
        ConnectorDraft(S.TESLA_S, power_type=PowerType.DC, max_power_w=120_000),
    )


def test_a_power_or_date_that_cannot_be_read_is_counted() -> None:
    content, notes = read(V2 | {"puissance_nominale": "haute", "date_maj": "hier"})
    assert content.evses[0].connectors[0].max_power_w is None
    assert notes.unknown_words == {"power": {"haute": 1}, "date": {"hier": 1}}


def plugs(power: str = "22", **cells: Any) -> dict[ConnectorStandard | str | None, int | None]:
    names = ("ef", "t2", "combo", "chademo", "autre", "mots", "cable")
    found = read_plugs(power, *(cells.get(name) for name in names), is_in_watts=False)
    return {c.standard or c.standard_word: c.max_power_w for c in found.connectors}


def test_power_belongs_to_the_plugs_that_carry_it() -> None:
    assert plugs("150", combo=True, t2=True, ef=True) == {
        S.IEC_62196_T2_COMBO: 150_000,
        S.IEC_62196_T2: None,
        S.DOMESTIC_E: None,
    }
    assert plugs("24", chademo="true", t2="true") == {S.CHADEMO: 24_000, S.IEC_62196_T2: 24_000}
    assert plugs("22", autre=True) == {"autre": 22_000}
    assert plugs("22", autre=True, t2=True) == {S.IEC_62196_T2: 22_000, "autre": None}
    assert plugs("3.7", ef="1") == {S.DOMESTIC_E: 3_700}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("EF - T2", {S.DOMESTIC_E, S.IEC_62196_T2}),
        ("CHADEMO-COMBO-T2", {S.CHADEMO, S.IEC_62196_T2_COMBO, S.IEC_62196_T2}),
        ("Type 2 + E/F", {S.DOMESTIC_E, S.IEC_62196_T2}),
        ("T3", {S.IEC_62196_T3C}),
        ("T3 - T1", {S.IEC_62196_T3C, S.IEC_62196_T1}),
        ("Combo 2 / Chademo", {S.CHADEMO, S.IEC_62196_T2_COMBO}),
        ("Prise domestique", {S.DOMESTIC_E}),
        ("T2 et bidule", {S.IEC_62196_T2, "bidule"}),
        ("", set()),
    ],
)
def test_plug_words_of_version_1_are_read(words: str, expected: set[object]) -> None:
    assert set(plugs(mots=words)) == expected


def test_what_is_odd_about_plugs_is_said() -> None:
    assert read(V2 | {"prise_type_2": "false", "prise_type_ef": ""})[1].flags == {"no-plug": 1}
    assert read(V2 | {"puissance_nominale": "150"})[1].flags == {"power-beyond-plug": 1}
    assert read(V2 | {"station_deux_roues": "true"})[1].flags == {"two-wheelers": 1}
    notes = read(V2 | {"prise_type_autre": "true", "condition_acces": "Accès lunaire"})[1]
    assert notes.unknown_words == {"connector": {"autre": 1}, "access": {"Accès lunaire": 1}}


def test_phases_and_cables_follow() -> None:
    (type_2, _), *_ = read_plugs("7.4", True, True, None, None, None, None, True, is_in_watts=False)
    assert type_2.power_type is PowerType.AC_1_PHASE
    assert type_2.format is ConnectorFormat.CABLE
    (type_3,), *_ = read_plugs("22", None, None, None, None, None, "T3", None, is_in_watts=False)
    assert type_3 == ConnectorDraft(
        S.IEC_62196_T3C, None, None, PowerType.AC_3_PHASE, max_power_w=22_000
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3 avenue Curie, 77700 Bailly", ("3 avenue Curie", "77700", "Bailly")),
        ("[36 avenue][74350][Allonzier]", ("36 avenue", "74350", "Allonzier")),
        ("6  Rue Jean, Béziers  34500  France", ("6 Rue Jean", "34500", "Béziers")),
        (
            "Za du Champ, 8 Rue Rousseau, 02000 Laon, France",
            ("Za du Champ, 8 Rue Rousseau", "02000", "Laon"),
        ),
        ("15 Avenue Cohalion 63160 BILLOM (63)", ("15 Avenue Cohalion", "63160", "BILLOM")),
        ("rue X 75001", ("rue X", "75001", None)),
        ("73 Bd de la République", ("73 Bd de la République", None, None)),
        ("", (None, None, None)),
    ],
)
def test_addresses_are_told_apart(text: str, expected: tuple[str | None, ...]) -> None:
    assert read_address(text, None, None) == expected


def test_columns_of_code_and_city_win() -> None:
    assert read_address("1 rue, 69003 Lyon", "1000", "Bourg") == ("1 rue", "01000", "Bourg")


def test_small_words() -> None:
    assert read_access("ACCES RESERVE") == (Access.RESTRICTED, None)
    assert read_access("") == (None, None)
    assert read_operator("", None, "Freshmile Services | FR*FR1") == "Freshmile Services"
    assert read_operator("A | B") == "A | B"
    assert read_operator() is None


def test_a_feature_is_read_like_an_object() -> None:
    point = {"type": "Point", "coordinates": [4.86, 45.76]}
    feature = {"type": "Feature", "geometry": point, "properties": V2 | {"coordonneesXY": None}}
    sample = [Row(1, feature, str)]
    assert FEED.recognises(Layout("json"), sample) == 1
    reading = FEED.translator(Layout("json"), sample).translate(sample[0])
    assert isinstance(reading, StationDraft)
    assert (reading.content.latitude, reading.content.longitude) == (45.76, 4.86)


def test_the_format_is_recognised_by_its_columns() -> None:
    assert FEED.recognises(Layout("csv", tuple(V2)), []) == 1
    assert FEED.recognises(Layout("jsonl"), [Row(1, V1, str)]) == 1
    assert FEED.recognises(Layout("csv", ("id", "latitude", "longitude")), []) < 0.5
    assert FEED.is_header(list(V2))
    assert FEED.is_header(list(V1))
    assert not FEED.is_header(["Base nationale des IRVE", "", "2024"])


def test_a_layout_without_places_or_names_is_refused() -> None:
    with pytest.raises(LayoutNotUnderstood, match="coordinates"):
        translator({"id_station": "x", "Xlongitude": "1"})
    with pytest.raises(LayoutNotUnderstood, match="names a station"):
        translator({"coordonneesXY": "[1, 2]", "puiss_max": "3"})


def test_several_rows_make_a_station() -> None:
    rows = [V2, V2 | {"id_pdc_itinerance": "FRVOLE2", "date_maj": "2024-07-05"}]
    reader = translator(*rows)
    drafts = [reader.translate(Row(1, row, str)) for row in rows]
    merged = reader.merge([draft for draft in drafts if isinstance(draft, StationDraft)])
    assert [evse.uid for evse in merged.content.evses] == ["FRVOLE1", "FRVOLE2"]
    assert merged.source_updated_at == datetime(2024, 7, 5, tzinfo=UTC)


cells = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12),
    st.lists(st.floats(), max_size=3), st.dictionaries(st.text(max_size=3), st.integers()),
    st.sampled_from(["[4.8, 45.7]", "T2", "22", "24/7", "Accès libre", "true"]),
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(sorted(V2 | V1)), cells))
@settings(max_examples=150, deadline=None)
def test_no_row_raises(values: dict[str, Any]) -> None:
    sample = [Row(1, V2 | V1, str)]
    reading = FEED.translator(Layout("jsonl"), sample).translate(Row(2, values, str))
    assert isinstance(reading, StationDraft | Rejected)
