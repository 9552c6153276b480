"""IRVE files made longer, and made up."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pytest

from app.bench.errors import RowsFileRefused
from app.bench.irve_file import count_rows, open_rows, write_multiple, write_synthetic


@pytest.fixture
def irve_file(tmp_path: Path) -> Path:
    path = tmp_path / "small.csv.gz"
    write_synthetic(path, 30, seed=1)
    return path


def _read(path: Path) -> list[dict[str, str]]:
    with open_rows(path) as file:
        return list(csv.DictReader(file))


def test_a_file_that_is_made_up_has_the_rows_asked_for(irve_file: Path) -> None:
    assert count_rows(irve_file) == 30
    rows = _read(irve_file)
    assert len({row["id_pdc_itinerance"] for row in rows}) == 30
    assert {row["condition_acces"] for row in rows} == {"Accès libre"}
    assert all(row["nom_operateur"].endswith("(demo)") for row in rows)


def test_a_longer_file_repeats_the_rows_as_other_stations(irve_file: Path, tmp_path: Path) -> None:
    target = tmp_path / "long.csv"
    write_multiple(irve_file, target, 75)
    rows = _read(target)
    assert len(rows) == 75
    assert rows[:30] == _read(irve_file)
    assert len({row["id_pdc_itinerance"] for row in rows}) == 75
    assert rows[30]["coordonneesXY"] == rows[0]["coordonneesXY"]
    assert rows[30]["nom_station"] == f"{rows[0]['nom_station']} 1"


def test_placeholders_stay_placeholders(tmp_path: Path) -> None:
    source, target = tmp_path / "one.csv", tmp_path / "two.csv"
    source.write_text("id_pdc_itinerance,nom_station\nNon concerné,A\n", encoding="utf-8")
    write_multiple(source, target, 2)
    assert target.read_text(encoding="utf-8").splitlines()[2] == "Non concerné,A 1"


def test_another_file_is_refused_in_words(tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(RowsFileRefused, match="no column id_pdc_itinerance"):
        count_rows(other)
    with pytest.raises(RowsFileRefused, match="No such file"):
        count_rows(tmp_path / "absent.csv")


def test_gzip_is_told_by_its_first_bytes(tmp_path: Path) -> None:
    path = tmp_path / "named.csv"
    path.write_bytes(gzip.compress(b"id_pdc_itinerance\nFRABCE1\n"))
    assert count_rows(path) == 1
