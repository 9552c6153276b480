"""Opening hours."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opening_hours import OpeningHours, validate

from app.importers.parse.french_hours import read_french_hours
from app.importers.parse.german_hours import read_german_hours
from app.importers.parse.hours import (
    ALWAYS,
    NO_HOURS,
    Hours,
    hours_from_periods,
    read_osm_hours,
)
from app.importers.parse.week import DAY_MIN, DAYS, as_osm, is_always, make_span, make_week
from app.importers.parse.worded_hours import read_english_hours


def weekly(osm: str, text: str | None = None) -> Hours:
    return Hours(osm, False, text)


SEVEN_WHOLE_DAYS = ", ".join(f"{day} 00:00-23:59" for day in DAYS)


@pytest.mark.parametrize(
    "text",
    ["24/7", "24h/24 7j/7", "7j/7 24h/24", "Mo-Su 00:00-24:00", "Mo-Su 00:00-23:59", "247",
     "Mo-Su 08:00-08:00", "00:00-24:00", "Always", "24/24 7/7", "24 hours",
     "24 Stunden geöffnet", SEVEN_WHOLE_DAYS],
)  # fmt: skip
def test_every_spelling_of_always_is_known(text: str) -> None:
    assert read_osm_hours(text) == ALWAYS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mo-Fr 08:00-19:00", "Mo-Fr 08:00-19:00"),
        ("MO-FR 8:00-17:00", "Mo-Fr 08:00-17:00"),
        ("Mo-Fr 08:00-12:00,Mo-Fr 14:00-18:00", "Mo-Fr 08:00-12:00,14:00-18:00"),
        (
            "Mo-Fr 08:00-12:00,Mo-Fr 14:00-18:00,Th 08:00-18:00",
            "Mo-We,Fr 08:00-12:00,14:00-18:00; Th 08:00-18:00",
        ),
        ("Th,Tu,Su,Fr,We,Mo,Sa  08:00-19:00", "Mo-Su 08:00-19:00"),
        ("Fr13:15-17:00", "Fr 13:15-17:00"),
        ("Lun-Ven 07:00-19:00, Sam 09:00-18:00", "Mo-Fr 07:00-19:00; Sa 09:00-18:00"),
        ("Mo-Sun 07:00-21:00", "Mo-Su 07:00-21:00"),
        ("Sa 09:00-12:00 14:00-19:00", "Sa 09:00-12:00,14:00-19:00"),
        ("Sa-Mo 22:00-02:00", "Mo,Sa,Su 22:00-02:00"),
        ("08h00-18h00", "Mo-Su 08:00-18:00"),
        ("Mo-Fr 08:00-18:00; We 10:00-12:00", "Mo,Tu,Th,Fr 08:00-18:00; We 10:00-12:00"),
        ("Mo-Fr 08:00-18:00; PH off", "Mo-Fr 08:00-18:00; PH closed"),
        ("Apr-Oct 08:00-18:00", "Apr-Oct 08:00-18:00"),
    ],
)
def test_osm_hours_are_read_loosely(text: str, expected: str) -> None:
    assert read_osm_hours(text) == weekly(expected)


@pytest.mark.parametrize(
    "text", ["open", "sur demande", "Mo-Su", "99:00-10:00", "08:70-09:00", "x" * 501]
)
def test_what_cannot_be_read_is_kept_as_text(text: str) -> None:
    assert read_osm_hours(text) == Hours(None, None, text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("du lundi au vendredi 8h-19h", "Mo-Fr 08:00-19:00"),
        ("Lundi au samedi : 8h30 à 20h", "Mo-Sa 08:30-20:00"),
        ("tous les jours de 8h à 20h", "Mo-Su 08:00-20:00"),
        ("9h-20h", "Mo-Su 09:00-20:00"),
        ("lundi-vendredi 8h00-12h00 / 14h00-18h00", "Mo-Fr 08:00-12:00,14:00-18:00"),
        ("Du lundi au samedi de 9h à 20h et le dimanche de 9h à 12h30",
         "Mo-Sa 09:00-20:00; Su 09:00-12:30"),
        ("Lundi, mardi et jeudi 8h-12h", "Mo,Tu,Th 08:00-12:00"),
        ("Mo-Fr 08:00-19:00 Sa 09:00-12:00", "Mo-Fr 08:00-19:00; Sa 09:00-12:00"),
        ("Mo-Fr 08:00-19:00", "Mo-Fr 08:00-19:00"),
    ],
)  # fmt: skip
def test_french_hours_are_read(text: str, expected: str) -> None:
    assert read_french_hours(text) == weekly(expected)


@pytest.mark.parametrize(
    "text",
    [
        "Libre 24h/24 7j/7",
        "H24",
        "24 h/24 et 7 j/7",
        "Ouvert 24h/24, 7j/7",
        "24h sur 24",
        "Lundi-Dimanche 24h/24",
    ],
)
def test_french_spellings_of_always_are_known(text: str) -> None:
    assert read_french_hours(text) == ALWAYS


@pytest.mark.parametrize("text", ["Heures d'ouverture", "fermé le dimanche", "sur rdv 8h-12h"])
def test_french_prose_is_kept(text: str) -> None:
    assert read_french_hours(text) == Hours(None, None, text)


def test_no_text_says_nothing() -> None:
    assert read_french_hours("N/A") == NO_HOURS
    assert read_osm_hours(None) == NO_HOURS
    assert read_english_hours("") == NO_HOURS
    assert read_german_hours("Keine Angabe") == NO_HOURS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("24 hours daily", ALWAYS),
        (
            "24 hours daily; for guest use only",
            Hours("24/7", True, "24 hours daily; for guest use only"),
        ),
        (
            "24 hours daily; 2 hour time limit",
            Hours("24/7", True, "24 hours daily; 2 hour time limit"),
        ),
        ("24 hours daily; except holidays", Hours(None, None, "24 hours daily; except holidays")),
        ("Mon 6:00am - 11:59pm; Tue 6:00am - 11:59pm", weekly("Mo,Tu 06:00-24:00")),
        ("MO: 8:00am-5:00pm; TU: 8:00am-5:00pm", weekly("Mo,Tu 08:00-17:00")),
        (
            "7am-7pm M-Th and Sat, 7am-8pm F, 9am-5pm Sun",
            weekly("Mo-Th,Sa 07:00-19:00; Fr 07:00-20:00; Su 09:00-17:00"),
        ),
        (
            "8am-6pm M-F; call 718-204-4048",
            weekly("Mo-Fr 08:00-18:00", "8am-6pm M-F; call 718-204-4048"),
        ),
        ("6am-10pm daily", weekly("Mo-Su 06:00-22:00")),
        ("8am-5pm M-F, 24 hours Sat-Sun", weekly("Mo-Fr 08:00-17:00; Sa,Su 00:00-24:00")),
        (
            "8am-5pm daily; maximum session time of 3 hours",
            weekly("Mo-Su 08:00-17:00", "8am-5pm daily; maximum session time of 3 hours"),
        ),
        ("MON: 24 hours | TUE: 24 hours", weekly("Mo,Tu 00:00-24:00")),
        ("MON: 06:00-23:00 | TUE: 06:00-23:00", weekly("Mo,Tu 06:00-23:00")),
        ("09:00-05:00 M-F", Hours(None, None, "09:00-05:00 M-F")),
        ("noon-midnight weekends", weekly("Sa,Su 12:00-24:00")),
        ("F-M 8am-5pm", weekly("Mo,Fr-Su 08:00-17:00")),
        ("Mon 12:00am - 12:00am", weekly("Mo 00:00-24:00")),
        ("Dealership business hours", Hours(None, None, "Dealership business hours")),
        ("Fleet use only", Hours(None, None, "Fleet use only")),
        ("13am-5pm M-F", Hours(None, None, "13am-5pm M-F")),
        ("8am-5pm Blursday", Hours(None, None, "8am-5pm Blursday")),
        ("8am-5pm, see staff", Hours(None, None, "8am-5pm, see staff")),
    ],
)
def test_english_hours_are_read(text: str, expected: Hours) -> None:
    assert read_english_hours(text) == expected


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (("247", None, None), ALWAYS),
        (
            ("Eingeschränkt", "Montag; Dienstag", "06:00-23:59; 00:00-23:59"),
            weekly("Mo 06:00-24:00; Tu 00:00-24:00"),
        ),
        (("Eingeschränkt", "Samstag; Sonntag", "10:00-17:00"), weekly("Sa,Su 10:00-17:00")),
        (("Eingeschränkt", "Montag - Freitag", "06:00 - 22:00 Uhr"), weekly("Mo-Fr 06:00-22:00")),
        (
            ("Eingeschränkt", "Mo-Fr; Sa, So", "6-22 Uhr; 8.30 bis 12.00"),
            weekly("Mo-Fr 06:00-22:00; Sa,Su 08:30-12:00"),
        ),
        (("Eingeschränkt", "täglich", "06:00-22:00"), weekly("Mo-Su 06:00-22:00")),
        (("Eingeschränkt", None, None), Hours(None, None, "Eingeschränkt")),
        (("Eingeschränkt", "Montag; Feiertag", "1:00-2:00; 1:00-2:00"), None),
        (("Eingeschränkt", "Montag; Dienstag; Mittwoch", "06:00-23:59; 00:00-23:59"), None),
        (("Eingeschränkt", "Montag", "morgens"), None),
    ],
)
def test_german_hours_are_read(
    cells: tuple[str, str | None, str | None], expected: Hours | None
) -> None:
    hours = read_german_hours(*cells)
    if expected is None:
        assert hours.opening_hours is None
        assert hours.text == " ".join(cell for cell in cells if cell)
    else:
        assert hours == expected


def test_periods_make_a_week() -> None:
    periods = [(day, "08:00", "20:00") for day in (1, 2, 3)]
    assert hours_from_periods(periods) == weekly("Mo-We 08:00-20:00")
    assert hours_from_periods([], twentyfourseven=True) == ALWAYS
    assert hours_from_periods([], twentyfourseven=False) == Hours(None, False, None)
    assert hours_from_periods([(8, "08:00", "20:00")]) == Hours(None, None, "8 08:00-20:00")
    assert hours_from_periods([(1, "8 Uhr", "20:00")]) == Hours(None, None, "1 8 Uhr-20:00")
    whole_days = [(day, "00:00", "24:00") for day in range(1, 8)]
    assert hours_from_periods(whole_days) == ALWAYS


def test_a_span_of_more_than_a_day_cannot_be_written() -> None:
    week = make_week([(0, (0, DAY_MIN)), (0, (1, DAY_MIN + 1)), (0, (0, DAY_MIN))])
    assert as_osm(week) == "Mo 00:00-24:00,00:01-00:01"


minutes = st.integers(0, DAY_MIN - 1)


@given(st.lists(st.tuples(st.integers(0, 6), minutes, st.integers(0, DAY_MIN)), max_size=12))
@settings(max_examples=100, deadline=None)
def test_a_week_is_valid_osm_and_reads_back_the_same(
    days: list[tuple[int, int, int]],
) -> None:
    spans = [(day, span) for day, start, end in days if (span := make_span(start, end))]
    week = make_week(spans)
    if not any(week):
        assert as_osm(week) == ""
        return
    osm = as_osm(week)
    assert validate(osm)
    assert read_osm_hours(osm).opening_hours == osm
    assert is_always(week) == (osm == "24/7")


@given(
    st.lists(
        st.tuples(st.integers(0, 6), minutes, st.integers(0, DAY_MIN)), min_size=1, max_size=6
    ),
    st.lists(st.integers(0, 7 * DAY_MIN - 1), min_size=5, max_size=5),
)
@settings(max_examples=60, deadline=None)
def test_a_week_is_open_when_its_spans_say_so(
    days: list[tuple[int, int, int]], moments_min: list[int]
) -> None:
    week = make_week((day, span) for day, start, end in days if (span := make_span(start, end)))
    hours = OpeningHours(as_osm(week))
    for moment_min in moments_min:
        day, minute = divmod(moment_min, DAY_MIN)
        is_open = any(start <= minute < end for start, end in week[day]) or any(
            start <= minute + DAY_MIN < end for start, end in week[day - 1]
        )
        monday = datetime(2024, 7, 1)  # noqa: DTZ001 - hours have no zone
        assert hours.is_open(monday + timedelta(minutes=moment_min)) == is_open


@given(st.text(max_size=40))
@settings(max_examples=100, deadline=None)
def test_what_is_said_to_be_read_is_valid(text: str) -> None:
    for hours in (read_osm_hours(text), read_english_hours(text)):
        assert hours.opening_hours is None or validate(hours.opening_hours)
