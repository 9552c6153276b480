"""Every real file into one catalogue: the numbers add up, and a second round changes nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.db.engine import open_database
from app.importers.fetch import locate
from app.importers.report import Report
from app.importers.run import import_feed
from app.stations.models import Card, Change, Station
from tests.fixtures.real_data import RealFile

pytestmark = pytest.mark.anyio

ROW_COUNTS = {
    "afdc/afdc_api_v1_us_2016.json": 337,
    "afdc/alt_fuel_stations_ny_2025-04.csv.gz": 4_857,
    "afdc/alt_fuel_stations_us_sample_2019-07.csv.gz": 5_923,
    "afdc/alt_fuel_stations_wa_2024-02.csv.gz": 2_252,
    "bnetza/ladesaeulenkarte_2019-07-19_converted_from_xlsx.csv.gz": 9_690,
    "bnetza/ladesaeulenregister_berlin_2025-11.csv.gz": 3_058,
    "bnetza/ladesaeulenregister_koeln_2021_old_layout.csv": 292,
    "bnetza/ladesaeulenregister_preamble_2026-02.csv": 10,
    "irve/exemple-valide-statique.csv": 2,
    "irve/irve_statique_2024-07-03.csv.gz": 56_507,
    "irve/irve_statique_2024-07-03.ndjson.gz": 56_507,
    "ocm/ocm_api_fr_2026-03.json.gz": 500,
    "ocm/ocm_export_2020-09.ndjson.gz": 2_988,
    "ocpi/ocpi_2_2_1_locations-ev24.json.gz": 11,
    "ocpi/ocpi_2_2_1_locations-ezvolt.json.gz": 91,
    "ocpi/ocpi_2_2_1_locations-greems.json.gz": 80,
    "ocpi/ocpi_2_2_1_locations-itcharge.json.gz": 1_180,
    "ocpi/ocpi_2_2_1_locations-punkt.json.gz": 489,
    "ocpi/ocpi_2_2_locations-chargesini.json.gz": 448,
    "ocpi/ocpi_2_2_locations-evio.json.gz": 21,
    "ocpi/ocpi_2_2_locations-lakd.lt.json.gz": 1_057,
    "osm/osm_overpass_geojson_idf_2021-01.geojson.gz": 706,
    "osm/osm_overpass_india_south_2026-07.json": 376,
}


async def test_every_real_file_twice(
    tmp_path: Path, empty_catalogue: Path, real_file: RealFile
) -> None:
    shutil.copy(empty_catalogue, tmp_path / "voltway.db")
    paths = {name: real_file(name) for name in ROW_COUNTS}
    database = open_database(f"sqlite+aiosqlite:///{tmp_path / 'voltway.db'}")

    async def read_all() -> dict[str, Report]:
        return {
            name: await import_feed(database, locate(str(path)), None)
            for name, path in paths.items()
        }

    async def last_write() -> tuple[object, ...]:
        newest = (Change.seq, Station.updated_at, Station.card_version, Card.version)
        async with database.reads() as session:
            return tuple([await session.scalar(select(func.max(column))) for column in newest])

    first = await read_all()
    written = await last_write()
    second = await read_all()
    for reports in (first, second):
        assert {name: report.rows_read for name, report in reports.items()} == ROW_COUNTS
        for report in reports.values():
            assert sum(report.outcomes.values()) == report.rows_read
            assert sum(report.reasons.values()) == (
                report.outcomes["skipped"] + report.outcomes["rejected"]
            )
    for report in second.values():
        assert (report.stations_new, report.stations_changed, report.stations_gone) == (0, 0, 0)
        assert report.outcomes["stored"] == report.outcomes["changed"] == 0
    assert await last_write() == written
    async with database.writes.begin() as session:
        assert await database.dialect.find_damage(session) == []
    await database.close()
