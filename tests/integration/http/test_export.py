"""``voltway export`` writes what a search finds, as far as licences allow."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli import export
from app.stations import schemas
from app.stations.parameters import AREA_AND_FILTERS
from tests.fixtures.command import Voltway
from tests.fixtures.filled import Filled

pytestmark = pytest.mark.usefixtures("anyio_backend")


@pytest.fixture
def command(catalogue: Filled, voltway: Voltway, monkeypatch: pytest.MonkeyPatch) -> Voltway:
    """``voltway`` on the catalogue."""
    for name, value in catalogue.environment().items():
        monkeypatch.setenv(name, value)
    return voltway


def test_csv_goes_to_standard_output_and_the_summary_beside_it(command: Voltway) -> None:
    outcome = command("export")
    assert outcome.exit_code == 0
    rows = list(csv.DictReader(io.StringIO(outcome.out)))
    assert len(rows) == 124
    assert {row["licence"] for row in rows} == {"etalab-2.0", "ODbL-1.0"}
    assert "124 stations written. 1 left out" in outcome.err


def test_an_unstated_licence_is_taken_in_when_asked_for(command: Voltway) -> None:
    outcome = command("export", "--include-unknown", "--format", "ndjson")
    items = [json.loads(line) for line in outcome.out.splitlines()]
    assert len(items) == 125
    assert "ocpi:NL-TNM:NL1" in {item["id"] for item in items}


def test_geojson_is_one_valid_document_in_a_file(command: Voltway, tmp_path: Path) -> None:
    target = tmp_path / "fast.geojson"
    outcome = command(
        "export", "--format", "geojson", "--connector", "ccs2", "--min-power-kw", "100",
        "--output", str(target),
    )  # fmt: skip
    assert outcome.out == ""
    document = json.loads(target.read_text())
    assert [feature["id"] for feature in document["features"]] == [
        "irve:FRRIVP1",
        "osm:node%2F123",
    ]
    schemas.StationFeatures.model_validate({**document, "next_cursor": None})
    assert list(tmp_path.glob(".*")) == []


def test_nothing_found_is_still_a_valid_document(command: Voltway) -> None:
    outcome = command("export", "--format", "geojson", "--country", "NO")
    assert json.loads(outcome.out) == {"type": "FeatureCollection", "features": []}


def test_flags_and_repeated_options_are_those_of_the_search(command: Voltway) -> None:
    outcome = command(
        "export", "--open-24-7", "--available", "--payment", "card", "--payment", "app",
        "-q", "ville", "--sort", "name",
    )  # fmt: skip
    (row,) = csv.DictReader(io.StringIO(outcome.out))
    assert row["id"] == "irve:FRRIVP1"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--country", "France"), "country: 'France' is no country code"),
        (("--latitude", "48"), "latitude: It needs longitude."),
        (("--format", "json"), "is not one of geojson, csv, ndjson"),
        (("--limit", "5"), "No such option"),
    ],
)
def test_wrong_use_is_one_sentence_and_exit_2(
    command: Voltway, arguments: tuple[str, ...], words: str
) -> None:
    outcome = command("export", *arguments)
    assert outcome.exit_code == 2
    assert words in " ".join(outcome.err.split())


def test_without_a_database_there_is_nothing_to_export(voltway: Voltway) -> None:
    outcome = voltway("export")
    assert outcome.exit_code == 4
    assert "no database yet" in outcome.err


def test_an_export_that_fails_leaves_no_file(command: Voltway, tmp_path: Path) -> None:
    missing = tmp_path / "nowhere" / "x.csv"
    outcome = command("export", "-o", str(missing))
    assert outcome.exit_code != 0
    assert not missing.parent.exists()


def test_every_parameter_of_the_search_is_an_option() -> None:
    assert set(AREA_AND_FILTERS) <= set(export.command.__annotations__)


def test_a_reader_that_has_had_enough_is_no_error(catalogue: Filled) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "app", "export"],
        env={**os.environ, **catalogue.environment()},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 0
