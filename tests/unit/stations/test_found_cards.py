from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from app.stations.cards import Found, Volatile, as_feature, as_json, csv_cells, render
from app.stations.draft import ConnectorDraft, EvseDraft, StationContent
from app.stations.vocabulary import Access, ConnectorStandard

CONTENT = StationContent(
    key='we"ird, key',
    latitude=-48.8566,
    longitude=2.0,
    licence="ODbL-1.0",
    attribution="© those who did it",
    name='Été ","name":"x',
    city="Zürich",
    country="CH",
    operator="Opérateur",
    access=Access.PUBLIC,
    evses=(
        EvseDraft(
            uid="1",
            connectors=(
                ConnectorDraft(ConnectorStandard.IEC_62196_T2, max_power_w=7_400),
                ConnectorDraft(ConnectorStandard.IEC_62196_T2_COMBO, max_power_w=150_000),
            ),
        ),
        EvseDraft(uid="2", connectors=(ConnectorDraft(standard_word="Type 9"),)),
    ),
)


def found(
    content: StationContent = CONTENT,
    volatile: Volatile = Volatile(1, 1_780_000_000),  # noqa: B008 - frozen
    distance_m: float | None = None,
    along_m: float | None = None,
) -> Found:
    body = render(
        content,
        public_id="osm:node%2F1",
        source="osm",
        updated_at=datetime(2026, 6, 1, 12, tzinfo=UTC),
        is_synthetic=False,
    )
    return Found(1, body, volatile, distance_m, along_m)


def test_an_item_has_every_key_in_order() -> None:
    item = json.loads(as_json(found()))
    assert list(item) == [
        "id", "name", "address", "country", "latitude", "longitude", "operator", "access",
        "open_24_7", "evse_count", "available_count", "status_updated_at", "max_power_kw",
        "connectors", "source", "licence", "attribution", "updated_at", "synthetic",
    ]  # fmt: skip
    assert item["address"] == {"street": None, "postal_code": None, "city": "Zürich", "state": None}
    assert item["available_count"] == 1
    assert item["status_updated_at"] == "2026-05-28T20:26:40Z"


def test_what_is_not_known_is_null() -> None:
    item = json.loads(as_json(found(volatile=Volatile(None, None))))
    assert (item["available_count"], item["status_updated_at"]) == (None, None)


@pytest.mark.parametrize(
    ("distance_m", "along_m", "keys"),
    [(None, None, []), (12.5, None, ["distance_m"]), (0.4, 99.6, ["distance_m", "along_m"])],
)
def test_distances_are_whole_metres_at_the_end(
    distance_m: float | None, along_m: float | None, keys: list[str]
) -> None:
    item = json.loads(as_json(found(distance_m=distance_m, along_m=along_m)))
    assert list(item)[19:] == keys
    expected = [round(value) for value in (distance_m, along_m) if value is not None]
    assert [item[key] for key in keys] == expected


def test_a_feature_has_its_place_as_geometry_and_the_rest_as_properties() -> None:
    item, feature = json.loads(as_json(found())), json.loads(as_feature(found()))
    assert feature["id"] == "osm:node%2F1"
    assert feature["geometry"] == {"type": "Point", "coordinates": [2.0, -48.8566]}
    assert feature["properties"] == {
        key: value for key, value in item.items() if key not in {"latitude", "longitude"}
    }


def test_cells_are_flat_and_empty_where_nothing_is_known() -> None:
    cells = csv_cells(found(distance_m=12.5, along_m=7))
    assert cells == [
        "osm:node%2F1", 'Été ","name":"x', "", "", "Zürich", "", "CH", "-48.8566", "2",
        "Opérateur", "public", "", "2", "1", "2026-05-28T20:26:40Z", "150",
        "IEC_62196_T2_COMBO:150:1|IEC_62196_T2:7.4:1|::1", "osm", "ODbL-1.0",
        "© those who did it", "2026-06-01T12:00:00Z", "false", "12", "7",
    ]  # fmt: skip


def test_a_licence_is_stated_or_not() -> None:
    assert found().is_licensed
    unknown = StationContent("k", 0.0, 0.0, licence="unknown", attribution='"licence":"x"')
    assert not found(unknown).is_licensed
