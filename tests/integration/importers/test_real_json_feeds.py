"""Whole files of Open Charge Map, OpenStreetMap and OCPI: exact numbers, through the reader."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from itertools import islice
from typing import Any, NamedTuple

import pytest

from app.importers.read import read_rows
from app.importers.registry import FEEDS
from app.importers.row import Notes, Row, Skipped
from app.stations.draft import ConnectorDraft, StationDraft
from app.stations.vocabulary import EvseStatus
from tests.fixtures.real_data import RealFile


class Read(NamedTuple):
    """What a file says."""

    stations: list[StationDraft]
    skipped: dict[str, int]
    rejected: int
    notes: Notes

    @property
    def evse_count(self) -> int:
        return sum(len(station.content.evses) for station in self.stations)

    @property
    def connectors(self) -> list[ConnectorDraft]:
        return [
            connector
            for station in self.stations
            for evse in station.content.evses
            for connector in evse.connectors
        ]

    def standards(self) -> dict[str | None, int]:
        return dict(Counter(connector.standard for connector in self.connectors))

    def facts(self, name: str) -> dict[Any, int]:
        return dict(Counter(getattr(station.content, name) for station in self.stations))

    def statuses(self) -> dict[EvseStatus, int]:
        return dict(Counter(one.status for station in self.stations for one in station.statuses))


def read(source: str, name: str, real_file: RealFile) -> Read:
    path = real_file(name)
    feed = FEEDS[source]
    with ExitStack() as stack:
        stream = stack.enter_context(path.open("rb"))
        layout, rows = read_rows(stream, feed.is_header, name, stack)
        read_in = [row for row in rows if isinstance(row, Row)]
    translator = feed.translator(layout, list(islice(read_in, 1_000)))
    readings = [translator.translate(row) for row in read_in]
    stations = [reading for reading in readings if isinstance(reading, StationDraft)]
    skipped = Counter(reading.reason for reading in readings if isinstance(reading, Skipped))
    rejected = len(readings) - len(stations) - skipped.total()
    return Read(stations, dict(skipped), rejected, translator.notes)


def test_open_charge_map_export_of_2020(real_file: RealFile) -> None:
    found = read("ocm", "ocm/ocm_export_2020-09.ndjson.gz", real_file)
    assert len(found.stations) == 2_782
    assert found.skipped == {"not-published": 204, "planned": 2}
    assert found.rejected == 0
    assert found.notes.unknown_words == {
        "connector": {
            "Unknown": 710,
            "SP Inductive": 4,
            "Avcon Connector": 2,
            "LP Inductive": 1,
            "NEMA 6-15": 1,
            "NEMA 6-20": 1,
        }
    }
    assert found.facts("licence") == {
        "CC-BY-SA-4.0": 1_835,
        "LicenseRef-any-purpose": 934,
        "CC-BY-4.0": 10,
        "OGL-UK-2.0": 2,
        "ODbL-1.0": 1,
    }
    assert found.evse_count == 8_072
    assert found.standards()["IEC_62196_T1"] == 4_171
    assert found.notes.flags == {"not-operational": 52, "access-private": 131}
    assert {len(s.content.evses) for s in found.stations if s.content.key == "10179"} == {84}


def test_open_charge_map_answer_of_2026(real_file: RealFile) -> None:
    found = read("ocm", "ocm/ocm_api_fr_2026-03.json.gz", real_file)
    assert len(found.stations) == 500
    assert found.facts("country") == {"FR": 500}
    assert found.facts("licence") == {"CC-BY-4.0": 500}
    assert found.evse_count == 2_759
    assert found.standards() == {
        "IEC_62196_T2_COMBO": 2_257,
        "IEC_62196_T2": 616,
        "CHADEMO": 420,
        None: 1,
    }
    assert max(connector.max_power_w or 0 for connector in found.connectors) == 500_000
    assert found.statuses() == {}


def test_openstreetmap_overpass_answer_of_india(real_file: RealFile) -> None:
    found = read("osm", "osm/osm_overpass_india_south_2026-07.json", real_file)
    assert len(found.stations) == 367
    assert found.skipped == {"not-for-cars": 8, "battery-swapping": 1}
    assert found.notes.unknown_words["connector"] == {"type7": 17, "multi": 1, "ccs": 1}
    assert found.notes.unknown_words["capacity"]["3.3"] == 9
    assert found.notes.flags == {
        "capacity-implausible": 27,
        "power-beyond-plug": 1,
        "access-private": 10,
    }
    kinds = Counter(station.content.key.split("/")[0] for station in found.stations)
    assert kinds == {"node": 331, "way": 35, "relation": 1}


def test_openstreetmap_geojson_of_paris(real_file: RealFile) -> None:
    found = read("osm", "osm/osm_overpass_geojson_idf_2021-01.geojson.gz", real_file)
    assert len(found.stations) == 699
    assert found.skipped == {"disused": 6, "not-for-cars": 1}
    assert found.notes.unknown_words == {}
    assert found.notes.flags == {"power-beyond-plug": 15, "access-private": 13}
    assert found.evse_count == 1_234
    assert found.standards()["DOMESTIC_E"] == 401
    assert found.facts("open_24_7") == {None: 539, True: 145, False: 15}


@pytest.mark.parametrize(
    ("name", "stations", "skipped", "evses", "connectors", "unit"),
    [
        ("2_1_locations-ev24", 11, {}, 13, 20, "kW"),
        ("2_1_locations-ezvolt", 91, {}, 222, 222, "W"),
        ("2_1_locations-greems", 75, {"no-evses": 5}, 318, 318, "none"),
        ("2_1_locations-itcharge", 1_145, {"not-published": 35}, 1_167, 2_242, "kW"),
        ("2_1_locations-punkt", 481, {"not-published": 8}, 1_207, 1_206, "W"),
        ("2_locations-chargesini", 372, {"not-published": 76}, 1_144, 1_144, "W"),
        ("2_locations-evio", 21, {}, 29, 29, "none"),
        ("2_locations-lakd.lt", 997, {"no-evses": 60}, 3_071, 3_233, "W"),
    ],
)
def test_ocpi_locations(
    name: str,
    stations: int,
    skipped: dict[str, int],
    evses: int,
    connectors: int,
    unit: str,
    real_file: RealFile,
) -> None:
    found = read("ocpi", f"ocpi/ocpi_2_{name}.json.gz", real_file)
    assert len(found.stations) == stations
    assert found.skipped == skipped
    assert found.rejected == 0
    assert found.evse_count == evses
    assert len(found.connectors) == connectors
    assert found.notes.unknown_words == {}
    assert found.notes.remarks["power-unit"].split(" ")[0].strip(",") == unit
    assert all(100 <= (c.max_power_w or 100) <= 400_000 for c in found.connectors)


def test_ocpi_powers_worked_out(real_file: RealFile) -> None:
    """Greems states none; an AC bay of 230 V to neutral and 32 A gives 22.1 kW."""
    found = read("ocpi", "ocpi/ocpi_2_2_1_locations-greems.json.gz", real_file)
    powers = Counter(c.max_power_w for c in found.connectors if c.max_voltage_v == 230)
    assert powers[22_100] == 146
    assert powers[11_000] == 123


def test_ocpi_rows_of_one_location(real_file: RealFile) -> None:
    """Lakd sends 49 locations twice or more; 43 of them still have an EVSE."""
    found = read("ocpi", "ocpi/ocpi_2_2_locations-lakd.lt.json.gz", real_file)
    keys = Counter(station.content.key for station in found.stations)
    assert len(keys) == 950
    assert sum(1 for times in keys.values() if times > 1) == 43
    assert found.notes.flags == {"evse-uid-repeated": 205}
    assert found.statuses()[EvseStatus.UNKNOWN] == 704
