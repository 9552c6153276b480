"""IRVE files of any size: longer ones made of a given file, or made up from the demo."""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO

from app.bench.errors import RowsFileRefused
from app.importers.feeds.demo import synthetic_stations
from app.stations.draft import StationDraft
from app.stations.vocabulary import ConnectorStandard as Standard

IDS = ("id_station_itinerance", "id_station_local", "id_pdc_itinerance", "id_pdc_local")
NAME = "nom_station"
_REAL_ID = re.compile(r"[A-Za-z]{2}\*?[A-Za-z0-9]{3}\*?[A-Za-z]")

_PLUG_COLUMNS = {
    "prise_type_ef": Standard.DOMESTIC_E,
    "prise_type_2": Standard.IEC_62196_T2,
    "prise_type_combo_ccs": Standard.IEC_62196_T2_COMBO,
    "prise_type_chademo": Standard.CHADEMO,
}
_COLUMNS = (
    "nom_amenageur",
    "nom_operateur",
    "nom_enseigne",
    "id_station_itinerance",
    "id_station_local",
    "nom_station",
    "implantation_station",
    "adresse_station",
    "coordonneesXY",
    "nbre_pdc",
    "id_pdc_itinerance",
    "id_pdc_local",
    "puissance_nominale",
    *_PLUG_COLUMNS,
    "prise_type_autre",
    "gratuit",
    "paiement_acte",
    "paiement_cb",
    "paiement_autre",
    "tarification",
    "condition_acces",
    "horaires",
    "accessibilite_pmr",
    "station_deux_roues",
    "date_maj",
)


def open_rows(path: Path) -> IO[str]:
    """A CSV file as text, gzip or plain.

    Raises:
        RowsFileRefused: It cannot be opened.
    """
    try:
        with path.open("rb") as start:
            is_gzip = start.read(2) == b"\x1f\x8b"
        if is_gzip:
            return gzip.open(path, "rt", encoding="utf-8", errors="replace", newline="")
        return path.open("rt", encoding="utf-8", errors="replace", newline="")
    except OSError as error:
        raise RowsFileRefused(path, error.strerror or "it cannot be opened") from error


def count_rows(path: Path) -> int:
    """Data rows of a CSV file.

    Raises:
        RowsFileRefused: It is no IRVE file.
    """
    with open_rows(path) as file:
        rows = csv.reader(file)
        header = next(rows, [])
        if "id_pdc_itinerance" not in header:
            raise RowsFileRefused(path, "its first line has no column id_pdc_itinerance")
        return sum(1 for _ in rows)


def write_multiple(source: Path, target: Path, row_count: int) -> None:
    """Write the rows of ``source`` over and over, until there are ``row_count``.

    From the second time on, ids get a suffix and names a number, so that the rows are new
    stations of the same shape. Placeholders that stand for a missing id stay as they are.
    """
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        remaining, copy = row_count, 0
        while remaining:
            with open_rows(source) as rows_file:
                rows = csv.reader(rows_file)
                header = next(rows)
                if copy == 0:
                    writer.writerow(header)
                ids = [header.index(column) for column in IDS if column in header]
                name = header.index(NAME)
                written = 0
                for row in islice(rows, remaining):
                    writer.writerow(_vary(row, ids, name, copy) if copy else row)
                    written += 1
            remaining -= written
            copy += 1


def _vary(row: list[str], ids: list[int], name: int, copy: int) -> list[str]:
    for column in ids:
        if _REAL_ID.match(row[column]):
            row[column] += f"X{copy}"
    row[name] += f" {copy}"
    return row


def write_synthetic(target: Path, row_count: int, seed: int) -> None:
    """Write an IRVE-like file from the demo's stations: one row per bay."""
    with gzip.open(target, "wt", encoding="utf-8", newline="", compresslevel=3) as file:
        writer = csv.DictWriter(file, _COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(islice(_rows(seed), row_count))


def _rows(seed: int) -> Iterator[dict[str, object]]:
    for draft in synthetic_stations(10_000_000, seed):
        if draft.content.country == "FR":
            yield from _rows_of(draft)


def _rows_of(draft: StationDraft) -> Iterator[dict[str, object]]:
    content = draft.content
    number = content.key.replace("-", "")
    for nth, evse in enumerate(content.evses, start=1):
        standards = {connector.standard for connector in evse.connectors}
        yield {
            "nom_amenageur": content.operator,
            "nom_operateur": content.operator,
            "nom_enseigne": content.operator,
            "id_station_itinerance": f"FRDEMP{number}",
            "nom_station": content.name,
            "implantation_station": "Voirie",
            "adresse_station": f"{content.street}, {content.city}",
            "coordonneesXY": f"[{content.longitude}, {content.latitude}]",
            "nbre_pdc": len(content.evses),
            "id_pdc_itinerance": f"FRDEME{number}E{nth}",
            "puissance_nominale": max(c.max_power_w or 0 for c in evse.connectors) / 1000,
            **{
                column: str(standard in standards).lower()
                for column, standard in _PLUG_COLUMNS.items()
            },
            "prise_type_autre": "false",
            "gratuit": str("free" in content.payments).lower(),
            "paiement_acte": str("ad_hoc" in content.payments).lower(),
            "paiement_cb": str("card" in content.payments).lower(),
            "paiement_autre": "false",
            "tarification": content.price_text,
            "condition_acces": "Accès libre",
            "horaires": content.opening_hours or "",
            "accessibilite_pmr": "Accessibilité inconnue",
            "station_deux_roues": "false",
            "date_maj": "2026-01-01",
        }
