"""The French, German and American registries as published: excerpts here, whole files if there.

The numbers of whole files are facts about those files, found by counting their cells.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest

from app.importers.feed import Feed
from app.importers.feeds import afdc, bnetza, irve
from app.importers.read import read_rows
from app.importers.row import Notes, Rejected, Row, Skipped
from app.importers.steps import clean
from app.stations.draft import StationContent, StationDraft
from app.stations.vocabulary import Access, ConnectorStandard
from tests.fixtures.real_data import RealFile

EXCERPTS = Path(__file__).parents[3] / "feeds"
FEEDS: dict[str, Feed] = {"irve": irve.FEED, "bnetza": bnetza.FEED, "afdc": afdc.FEED}
S = ConnectorStandard


class Imported(NamedTuple):
    """What a file says."""

    stations: dict[str, StationContent]
    drafts: list[StationDraft]
    others: Counter[str]
    notes: Notes

    @property
    def plugs(self) -> Counter[ConnectorStandard | str | None]:
        return Counter(
            connector.standard or connector.standard_word
            for station in self.stations.values()
            for evse in station.evses
            for connector in evse.connectors
        )

    @property
    def evse_count(self) -> int:
        return sum(len(station.evses) for station in self.stations.values())


def read_file(path: Path) -> Imported:
    """Read, translate, clean and merge a file of ``tests/feeds`` or of the real data."""
    feed = FEEDS[path.parent.name]
    with ExitStack() as stack:
        stream = stack.enter_context(path.open("rb"))
        layout, lines = read_rows(stream, feed.is_header, path.name, stack)
        rows = [row for row in lines if isinstance(row, Row)]
    sample = rows[:1000]
    assert feed.recognises(layout, sample) == 1
    assert [f for f in FEEDS.values() if f.recognises(layout, sample) > 0.6] == [feed]
    translator = feed.translator(layout, sample)
    drafts: list[StationDraft] = []
    others: Counter[str] = Counter()
    for row in rows:
        reading = translator.translate(row)
        if isinstance(reading, StationDraft):
            reading = clean(reading, notes=translator.notes, territory=feed.territory)
        if isinstance(reading, Rejected | Skipped):
            others[reading.reason] += 1
        else:
            drafts.append(reading)
    groups: dict[str, list[StationDraft]] = defaultdict(list)
    for draft in drafts:
        groups[draft.content.key].append(draft)
    stations = {key: translator.merge(group).content for key, group in groups.items()}
    return Imported(stations, drafts, others, translator.notes)


def test_irve_excerpts_in_csv_and_json_say_the_same() -> None:
    table = read_file(EXCERPTS / "irve" / "irve_2024_excerpt.csv")
    lines = read_file(EXCERPTS / "irve" / "irve_2024_excerpt.ndjson")
    assert table.stations == lines.stations
    assert table.notes == lines.notes
    assert table.others == {"null-island": 1}
    assert len(table.stations) == 9
    assert [evse.uid for evse in table.stations["FR073P777022"].evses] == [
        "FR073ESWBG5941",
        "FR073ERJ5G5279",
    ]
    assert table.stations["FRFR1P7611874807095307537"].country == "RE"
    assert table.stations["FRZPEE177588"].opening_hours == "Mo-Fr 07:00-19:00; Sa 09:00-18:00"
    assert table.notes.unknown_words == {"connector": {"autre": 1}}
    assert table.notes.flags == {"no-plug": 1, "two-wheelers": 1, "power-beyond-plug": 1}
    assert table.notes.unmapped_columns == ()


def test_bnetza_current_layout_excerpt() -> None:
    found = read_file(EXCERPTS / "bnetza" / "berlin_2025_excerpt.csv")
    assert len(found.stations) == 8
    assert found.evse_count == 15
    assert found.plugs[S.CHADEMO] == 1
    assert found.stations["1125885"].evses[0].evse_id == "DE*COC*E159*01"
    assert found.stations["1137485"].opening_hours == "Sa,Su 10:00-17:00"
    assert found.stations["1105990"].access is Access.RESTRICTED
    assert found.notes.unmapped_columns == ()


def test_bnetza_header_behind_a_preamble() -> None:
    found = read_file(EXCERPTS / "bnetza" / "preamble_2026_excerpt.csv")
    assert list(found.stations) == ["1009242", "1025341", "1026233"]
    assert found.plugs == {S.IEC_62196_T2_COMBO: 2, S.IEC_62196_T2: 4, S.DOMESTIC_F: 4}


def test_bnetza_old_layout_keeps_equal_devices_apart() -> None:
    found = read_file(EXCERPTS / "bnetza" / "koeln_2021_excerpt.csv")
    assert len(found.drafts) == 9
    assert len(found.stations) == 5
    four_devices = found.stations["lanxess-deutschland-gmbh~kennedyplatz-1~50569~50.937_6.971"]
    assert len({evse.uid for evse in four_devices.evses}) == 8


def test_bnetza_layout_of_2019_with_excel_dates() -> None:
    found = read_file(EXCERPTS / "bnetza" / "land_2019_excerpt.csv")
    assert len(found.stations) == 5
    assert found.notes.unknown_words == {"connector": {"0": 1}}
    first = next(iter(found.stations.values()))
    assert (first.postal_code, first.city) == ("68159", "Mannheim")
    assert first.evses[0].uid == "~20100414-22kW-1"


def test_afdc_excerpts() -> None:
    new_york = read_file(EXCERPTS / "afdc" / "ny_2025_excerpt.csv")
    assert new_york.others == {"not-electric": 1}
    assert new_york.stations["322998"].street == "Six Flags Darien Lake 9993 Alleghany R"
    assert len(new_york.stations) == 7
    again_saved = read_file(EXCERPTS / "afdc" / "us_2019_excerpt.csv")
    assert list(again_saved.stations) == ["1498", "7180", "41582", "91951", "72193"]
    assert again_saved.stations["41582"].postal_code == "02747"
    assert again_saved.stations["91951"].evses == ()
    washington = read_file(EXCERPTS / "afdc" / "wa_2024_excerpt.csv")
    assert washington.notes.flags == {"access-private": 2}
    served = read_file(EXCERPTS / "afdc" / "api_v1_2016_excerpt.json")
    assert served.others == {"planned": 1}
    assert list(served.stations) == ["50813", "52560"]


def test_irve_whole_file(real_file: RealFile) -> None:
    found = read_file(real_file("irve/irve_statique_2024-07-03.csv.gz"))
    assert found.others == {"null-island": 9}
    assert len(found.drafts) == 56_507 - 9
    assert found.evse_count == 56_507 - 9
    assert len(found.stations) == 25_091
    assert found.plugs == {
        S.IEC_62196_T2: 37_632,
        S.DOMESTIC_E: 23_844,
        S.IEC_62196_T2_COMBO: 16_438,
        S.CHADEMO: 3_990,
        "autre": 1_906,
    }
    assert found.notes.unknown_words == {"connector": {"autre": 1_906}}
    assert found.notes.remarks == {"power-unit": "kW (told from 1,000 values)"}
    assert found.notes.unmapped_columns == ()
    assert found.notes.flags["two-wheelers"] == 192
    assert found.notes.flags["no-plug"] == 672
    assert max(len(station.evses) for station in found.stations.values()) == 66
    access = Counter(draft.content.access for draft in found.drafts)
    assert access[Access.RESTRICTED] == 3_939


def test_irve_official_example(real_file: RealFile) -> None:
    found = read_file(real_file("irve/exemple-valide-statique.csv"))
    assert list(found.stations) == ["FRA68P68021001", "ESZUNP395912133460086982"]


def test_bnetza_whole_files(real_file: RealFile) -> None:
    berlin = read_file(real_file("bnetza/ladesaeulenregister_berlin_2025-11.csv.gz"))
    assert len(berlin.stations) == 3_058
    assert berlin.plugs == {S.IEC_62196_T2: 3_446 + 637, S.IEC_62196_T2_COMBO: 779, S.CHADEMO: 63}
    assert not berlin.others
    published = read_file(real_file("bnetza/ladesaeulenregister_preamble_2026-02.csv"))
    assert len(published.stations) == 10
    cologne = read_file(real_file("bnetza/ladesaeulenregister_koeln_2021_old_layout.csv"))
    assert (len(cologne.drafts), len(cologne.stations)) == (292, 203)
    assert cologne.evse_count == sum(len(draft.content.evses) for draft in cologne.drafts) == 521
    country = read_file(real_file("bnetza/ladesaeulenkarte_2019-07-19_converted_from_xlsx.csv.gz"))
    assert (len(country.drafts), len(country.stations)) == (9_690, 8_559)
    assert country.notes.unknown_words == {"connector": {"0": 2}}
    assert country.evse_count == sum(len(draft.content.evses) for draft in country.drafts)


@pytest.mark.parametrize(
    ("name", "stations", "others"),
    [
        ("alt_fuel_stations_ny_2025-04.csv.gz", 4_736, {"not-electric": 121}),
        ("alt_fuel_stations_wa_2024-02.csv.gz", 2_252, {}),
        ("alt_fuel_stations_us_sample_2019-07.csv.gz", 5_923, {}),
        ("afdc_api_v1_us_2016.json", 336, {"planned": 1}),
    ],
)
def test_afdc_whole_files(
    name: str, stations: int, others: dict[str, int], real_file: RealFile
) -> None:
    found = read_file(real_file(f"afdc/{name}"))
    assert len(found.stations) == stations
    assert found.others == others
    assert found.notes.unmapped_columns == ()
    assert all(station.key.isdigit() for station in found.stations.values())
    assert all(
        connector.max_power_w is None
        for station in found.stations.values()
        for evse in station.evses
        for connector in evse.connectors
    )
