"""Small files of Open Charge Map, OpenStreetMap and OCPI, from bytes to clean drafts."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest

from app.importers.read import read_rows
from app.importers.registry import FEEDS, recognise
from app.importers.row import Layout, Notes, Rejected, Row, Skipped
from app.importers.steps import clean
from app.stations.draft import StationDraft
from app.stations.vocabulary import Access, EvseStatus, PowerLevel

FEEDS_FOLDER = Path(__file__).resolve().parents[2] / "feeds"


class Read(NamedTuple):
    """What a file says, after the steps that every draft goes through."""

    stations: dict[str, list[StationDraft]]
    """By key."""
    left_out: dict[str, int]
    notes: Notes

    def one(self, key: str) -> StationDraft:
        (station,) = self.stations[key]
        return station


def read(name: str) -> Read:
    path = FEEDS_FOLDER / name
    with ExitStack() as stack:
        stream = stack.enter_context(path.open("rb"))
        layout, rows = read_rows(stream, lambda _: False, name, stack)
        sample = [row for row in rows if isinstance(row, Row)]
    feed = recognise(layout, sample)
    assert feed is FEEDS[path.parent.name]
    translator = feed.translator(layout, sample)
    stations: dict[str, list[StationDraft]] = {}
    left_out: Counter[str] = Counter()
    for row in sample:
        reading = translator.translate(row)
        if isinstance(reading, StationDraft):
            reading = clean(reading, notes=translator.notes, territory=feed.territory)
        if isinstance(reading, Rejected | Skipped):
            left_out[reading.reason] += 1
        else:
            stations.setdefault(reading.content.key, []).append(reading)
    return Read(stations, dict(left_out), translator.notes)


def test_open_charge_map_export() -> None:
    found = read("ocm/export_2020_excerpt.ndjson")
    assert set(found.stations) == {"2388", "10096", "15332", "2408"}
    assert found.left_out == {"not-published": 1}
    office = found.one("2388").content
    assert office.access is Access.PRIVATE
    assert office.licence == "LicenseRef-any-purpose"
    assert office.attribution == "afdc.energy.gov, via Open Charge Map, openchargemap.org"
    assert len(office.evses) == 22
    assert [c.max_power_w for c in office.evses[0].connectors] == [1_000, 3_000]
    fornebu = found.one("10096").content
    assert (fornebu.licence, fornebu.country) == ("CC-BY-4.0", "NO")
    assert len(fornebu.evses) == 22
    assert [evse.power_level for evse in fornebu.evses[:2]] == [PowerLevel.LEVEL_2, None]
    assert found.one("15332").content.licence == "OGL-UK-2.0"
    assert found.one("2408").content.open_24_7 is True
    assert found.notes.unknown_words == {"connector": {"Unknown": 2}}


def test_open_charge_map_answer() -> None:
    found = read("ocm/api_2026_excerpt.json")
    assert set(found.stations) == {"480687", "480686", "480665"}
    assert found.left_out == {}
    area = found.one("480686").content
    assert len(area.evses) == 10
    assert sum(len(evse.connectors) for evse in area.evses) == 12
    assert found.one("480665").content.operator is None


def test_openstreetmap_overpass() -> None:
    found = read("osm/overpass_2026_excerpt.json")
    assert set(found.stations) == {
        "node/763446417",
        "relation/20357586",
        "way/785583153",
        "node/13609193888",
        "node/13545259587",
    }
    assert found.left_out == {"not-for-cars": 1}
    assert found.one("way/785583153").content.country == "MM"
    assert found.one("relation/20357586").content.access is Access.PRIVATE
    combos = found.one("node/13609193888").content.evses
    assert [c.max_power_w for evse in combos for c in evse.connectors] == [60_000, 60_000]
    assert found.notes.unknown_words == {"connector": {"type7": 1}, "capacity": {"3.3": 1}}


def test_openstreetmap_geojson() -> None:
    found = read("osm/export_2021_excerpt.geojson")
    assert set(found.stations) == {"node/1601711126", "node/5984704751", "node/4356331711"}
    assert found.left_out == {"disused": 1}
    montrouge = found.one("node/5984704751").content
    assert montrouge.country == "FR"
    assert [len(evse.connectors) for evse in montrouge.evses] == [2, 2]
    assert found.notes.flags == {"power-beyond-plug": 1}


def test_ocpi_in_kilowatts_with_a_byte_order_mark() -> None:
    found = read("ocpi/kw_by_hand.json")
    assert set(found.stations) == {"EE-VLT-a1", "EE-VLT-a2"}
    assert found.left_out == {"null-island": 1, "not-published": 1}
    assert found.notes.remarks == {
        "power-unit": "kW, where the standard says W (told from 9 values; 9 agree)"
    }
    assert found.notes.unknown_words == {"connector": {"PLUG 9": 1}}
    first = found.one("EE-VLT-a1")
    powers = [c.max_power_w for evse in first.content.evses for c in evse.connectors]
    assert powers == [60_000, 60_000, 150_000, 22_000]
    assert first.content.opening_hours == "Mo-Su 08:00-23:30"
    assert found.one("EE-VLT-a2").content.country == "EE"


def test_ocpi_with_repeats_from_two_parties() -> None:
    found = read("ocpi/repeats_by_hand.json")
    assert {key: len(drafts) for key, drafts in found.stations.items()} == {
        "LV-AAA-249": 2,
        "LV-BBB-249": 1,
    }
    assert found.left_out == {"no-evses": 2}
    translator = FEEDS["ocpi"].translator(Layout("json"), [])
    joined = translator.merge(found.stations["LV-AAA-249"])
    assert [evse.uid for evse in joined.content.evses] == ["599", "1214", "1300"]
    assert joined.content.name == "Location 249"
    assert joined.content.operator == 'Volt "Riga" SIA'
    assert [status.status for status in joined.statuses] == [
        EvseStatus.AVAILABLE,
        EvseStatus.CHARGING,
        EvseStatus.PLANNED,
    ]
    assert joined.content.evses[2].connectors[0].max_power_w == 3_700
    assert found.one("LV-BBB-249").content.operator == "City of Rezekne"


def test_ocpi_as_a_bare_array_without_powers_and_countries() -> None:
    found = read("ocpi/array_by_hand.json")
    assert set(found.stations) == {"PT-VLT-P_1", "PT-VLT-P_2"}
    assert found.left_out == {"no-coordinates": 1}
    first, second = found.one("PT-VLT-P_1").content, found.one("PT-VLT-P_2").content
    assert first.country == second.country == "PT"
    assert first.evses[0].connectors[0].max_power_w == 22_100
    assert second.evses[0].connectors[0].max_power_w == 59_800
    assert second.access is Access.RESTRICTED
    assert found.notes.unknown_words == {"status": {"SLEEPING": 1}}


@pytest.mark.parametrize("path", sorted(FEEDS_FOLDER.glob("o*/*")), ids=lambda path: path.name)
def test_the_excerpts_stay_small(path: Path) -> None:
    assert path.stat().st_size < 20_000
