"""``auto``: the format told from the data, through the real reader."""

from __future__ import annotations

from contextlib import ExitStack
from itertools import islice
from pathlib import Path

import pytest

from app.importers.errors import FormatNotRecognised
from app.importers.read import read_rows
from app.importers.registry import FEEDS, recognise
from app.importers.row import Layout, Row, Sample
from tests.fixtures.real_data import RealFile

FILES = {
    "afdc/afdc_api_v1_us_2016.json": "afdc",
    "afdc/alt_fuel_stations_ny_2025-04.csv.gz": "afdc",
    "afdc/alt_fuel_stations_us_sample_2019-07.csv.gz": "afdc",
    "afdc/alt_fuel_stations_wa_2024-02.csv.gz": "afdc",
    "bnetza/ladesaeulenkarte_2019-07-19_converted_from_xlsx.csv.gz": "bnetza",
    "bnetza/ladesaeulenregister_berlin_2025-11.csv.gz": "bnetza",
    "bnetza/ladesaeulenregister_koeln_2021_old_layout.csv": "bnetza",
    "bnetza/ladesaeulenregister_preamble_2026-02.csv": "bnetza",
    "irve/exemple-valide-statique.csv": "irve",
    "irve/irve_statique_2024-07-03.csv.gz": "irve",
    "irve/irve_statique_2024-07-03.ndjson.gz": "irve",
    "ocm/ocm_api_fr_2026-03.json.gz": "ocm",
    "ocm/ocm_export_2020-09.ndjson.gz": "ocm",
    "ocpi/ocpi_2_2_1_locations-ev24.json.gz": "ocpi",
    "ocpi/ocpi_2_2_1_locations-ezvolt.json.gz": "ocpi",
    "ocpi/ocpi_2_2_1_locations-greems.json.gz": "ocpi",
    "ocpi/ocpi_2_2_1_locations-itcharge.json.gz": "ocpi",
    "ocpi/ocpi_2_2_1_locations-punkt.json.gz": "ocpi",
    "ocpi/ocpi_2_2_locations-chargesini.json.gz": "ocpi",
    "ocpi/ocpi_2_2_locations-evio.json.gz": "ocpi",
    "ocpi/ocpi_2_2_locations-lakd.lt.json.gz": "ocpi",
    "osm/osm_overpass_geojson_idf_2021-01.geojson.gz": "osm",
    "osm/osm_overpass_india_south_2026-07.json": "osm",
}


def looked_at(path: Path) -> tuple[Layout, Sample]:
    """The layout and the first rows of a file, as an import sees them."""
    with ExitStack() as stack:
        stream = stack.enter_context(path.open("rb"))
        layout, rows = read_rows(
            stream,
            lambda cells: any(feed.is_header(cells) for feed in FEEDS.values()),
            path.name,
            stack,
        )
        return layout, [row for row in islice(rows, 200) if isinstance(row, Row)]


@pytest.mark.parametrize(("name", "source"), FILES.items())
def test_each_real_file_is_recognised_and_nothing_else_comes_near(
    name: str, source: str, real_file: RealFile
) -> None:
    layout, sample = looked_at(real_file(name))
    assert recognise(layout, sample).source == source
    sureness = {word: feed.recognises(layout, sample) for word, feed in FEEDS.items()}
    assert [word for word, sure in sureness.items() if sure > sureness[source] / 2] == [source]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("name,lat,lon\nA,1,2\n", "a table with the columns name, lat, lon"),
        ('[{"name": "A", "lat": 1, "lon": 2}]', "JSON objects with the members name, lat, lon"),
        ("[]", "no rows"),
        (
            ",".join(f"c{n}" for n in range(15)) + "\n" + "1," * 14 + "1\n",
            "c10, c11 and 3 more",
        ),
    ],
)
def test_other_data_are_told_what_is_known(text: str, found: str, tmp_path: Path) -> None:
    path = tmp_path / "input"
    path.write_text(text, "utf-8")
    with pytest.raises(FormatNotRecognised) as error:
        recognise(*looked_at(path))
    assert found in error.value.detail
    assert "ocm, afdc, irve, bnetza, osm, ocpi" in error.value.detail
