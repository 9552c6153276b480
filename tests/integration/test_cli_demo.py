"""``voltway demo``, as typed."""

from __future__ import annotations

import json
from pathlib import Path

from tests.fixtures.command import Voltway


def test_fills_an_empty_catalogue_and_says_so(voltway: Voltway, data_dir: Path) -> None:
    outcome = voltway("demo", "--stations", "120", "--seed", "4")
    assert outcome.exit_code == 0
    assert outcome.out.startswith("120 synthetic stations (seed 4) in ")
    assert "120 new, 0 changed, 0 as they were, 0 gone." in outcome.out
    assert outcome.err == ""
    assert (data_dir / "voltway.db").is_file()


def test_json_is_one_object_with_every_count(voltway: Voltway) -> None:
    voltway("demo", "--stations", "60")
    outcome = voltway("demo", "--stations", "40", "--json")
    report = json.loads(outcome.out)
    assert report.pop("seconds") > 0
    assert report == {
        "seed": 1,
        "skipped": False,
        "stations": 40,
        "stored": 0,
        "changed": 0,
        "unchanged": 40,
        "gone": 20,
    }


def test_if_empty_leaves_a_filled_catalogue_alone(voltway: Voltway) -> None:
    assert (
        json.loads(voltway("demo", "--stations", "30", "--if-empty", "--json").out)["stored"] == 30
    )
    outcome = voltway("demo", "--stations", "50", "--if-empty")
    assert outcome.exit_code == 0
    assert outcome.out == "The catalogue has stations already: nothing done.\n"
    again = voltway("demo", "--stations", "50", "--if-empty", "--json")
    assert json.loads(again.out) == {"seed": 1, "skipped": True}


def test_numbers_out_of_range_are_wrong_use(voltway: Voltway) -> None:
    for arguments in (("--stations", "0"), ("--stations", "many"), ("--seed", "-1")):
        outcome = voltway("demo", *arguments)
        assert outcome.exit_code == 2
        assert arguments[0] in outcome.err
