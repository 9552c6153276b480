"""The steps that every draft goes through."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.importers.row import Notes, Rejected, Skipped
from app.importers.steps import MAX_KEY_LENGTH, MAX_TEXT_LENGTH, clean
from app.stations.draft import (
    MAX_EVSES,
    ConnectorDraft,
    EvseDraft,
    StationContent,
    StationDraft,
)
from app.stations.vocabulary import ConnectorStandard

PARIS = StationContent(
    key="FRS63P1", latitude=48.8566, longitude=2.3522, licence="etalab-2.0", attribution="IRVE"
)
FRANCE = frozenset({"FR", "RE"})


def cleaned(
    notes: Notes | None = None,
    territory: frozenset[str] | None = None,
    *,
    allow_non_open: bool = False,
    **changes: Any,
) -> StationContent | Rejected | Skipped:
    draft = StationDraft(msgspec.structs.replace(PARIS, **changes))
    outcome = clean(
        draft, notes=notes or Notes(), territory=territory, allow_non_open=allow_non_open
    )
    return outcome.content if isinstance(outcome, StationDraft) else outcome


def reason(outcome: StationContent | Rejected | Skipped) -> str:
    assert not isinstance(outcome, StationContent)
    return outcome.reason


def test_a_good_draft_is_handed_through_as_it_is() -> None:
    draft = StationDraft(msgspec.structs.replace(PARIS, country="FR"))
    assert clean(draft, notes=Notes(), territory=FRANCE) is draft


@pytest.mark.parametrize(
    ("latitude", "longitude", "expected"),
    [
        (91.0, 200.0, "bad-coordinates"),
        (500.0, 2.0, "bad-coordinates"),
        (-91.0, 0.0, "bad-coordinates"),
        (math.nan, 2.0, "bad-coordinates"),
        (2.0, math.inf, "bad-coordinates"),
        (0.0, 0.0, "null-island"),
        (0.0, -2.0, "null-island"),
        (-0.001, 0.0, "null-island"),
        (4e-107, 1.0, "null-island"),
    ],
)
def test_impossible_coordinates_are_rejected(
    latitude: float, longitude: float, expected: str
) -> None:
    assert reason(cleaned(latitude=latitude, longitude=longitude)) == expected
    assert reason(cleaned(latitude=latitude, longitude=longitude, country="FR")) == expected


def test_coordinates_are_kept_to_seven_decimals() -> None:
    content = cleaned(latitude=48.85660000000001, longitude=2.35219999999999)
    assert isinstance(content, StationContent)
    assert (content.latitude, content.longitude) == (48.8566, 2.3522)


@pytest.mark.parametrize("country", ["FR", None])
def test_a_swapped_pair_is_swapped_back(country: str | None) -> None:
    notes = Notes()
    content = cleaned(notes, FRANCE, latitude=2.3522, longitude=48.8566, country=country)
    assert content == msgspec.structs.replace(PARIS, country="FR")
    assert notes.flags == {"coordinates-swapped": 1}


def test_a_latitude_beyond_the_pole_may_be_a_swapped_pair() -> None:
    notes = Notes()
    content = cleaned(notes, latitude=-122.3, longitude=47.6, country="US")
    assert isinstance(content, StationContent)
    assert (content.latitude, content.longitude) == (47.6, -122.3)
    assert notes.flags == {"coordinates-swapped": 1}


def test_foreign_coordinates_are_kept_and_flagged() -> None:
    notes = Notes()
    content = cleaned(notes, country="DE")
    assert isinstance(content, StationContent)
    assert content.country == "DE"
    assert notes.flags == {"coordinates-foreign": 1}


def test_coordinates_at_sea_are_kept_and_flagged() -> None:
    notes = Notes()
    content = cleaned(notes, FRANCE, latitude=43.0, longitude=5.0)
    assert isinstance(content, StationContent)
    assert content.country is None
    assert notes.flags == {"coordinates-at-sea": 1}


def test_an_overseas_department_is_no_foreign_land() -> None:
    notes = Notes()
    assert isinstance(cleaned(notes, country="FR", latitude=-21.1, longitude=55.5), StationContent)
    assert not notes.flags


def test_a_missing_country_follows_from_the_place() -> None:
    content = cleaned(latitude=-21.1, longitude=55.5)
    assert isinstance(content, StationContent)
    assert content.country == "RE"


def test_keys_are_bounded() -> None:
    assert reason(cleaned(key="")) == "no-key"
    assert reason(cleaned(key="x" * (MAX_KEY_LENGTH + 1))) == "key-too-long"


def test_only_a_stated_licence_that_is_not_open_is_skipped() -> None:
    assert cleaned(licence="CC-BY-NC-4.0") == Skipped("licence-not-open")
    assert isinstance(cleaned(licence="unknown"), StationContent)
    assert isinstance(cleaned(licence="CC-BY-NC-4.0", allow_non_open=True), StationContent)


def test_too_many_evses_are_a_mistake() -> None:
    evses = tuple(EvseDraft(str(number)) for number in range(MAX_EVSES + 1))
    assert reason(cleaned(evses=evses)) == "too-many-evses"
    assert isinstance(cleaned(evses=evses[1:]), StationContent)


def test_repeated_uids_are_told_apart() -> None:
    notes = Notes()
    content = cleaned(notes, evses=tuple(map(EvseDraft, ("1", "1", "1~2", "1", "2"))))
    assert isinstance(content, StationContent)
    assert [evse.uid for evse in content.evses] == ["1", "1~3", "1~2", "1~4", "2"]
    assert notes.flags == {"evse-uid-repeated": 1}


@pytest.mark.parametrize(
    ("power_w", "expected_w"),
    [(22_000, 22_000), (22_049, 22_000), (40, None), (-1, None), (6_000_000, None), (None, None)],
)
def test_impossible_powers_are_unknown(power_w: int | None, expected_w: int | None) -> None:
    connector = ConnectorDraft(ConnectorStandard.CHADEMO, max_power_w=power_w)
    content = cleaned(evses=(EvseDraft("1", connectors=(connector,)),))
    assert isinstance(content, StationContent)
    assert content.evses[0].connectors[0].max_power_w == expected_w


def test_long_texts_are_cut_and_long_links_dropped() -> None:
    notes = Notes()
    content = cleaned(notes, name="n" * 600, url="u" * 3_000, opening_text="o" * 1_000)
    assert isinstance(content, StationContent)
    assert content.name == "n" * (MAX_TEXT_LENGTH - 1) + "…"
    assert content.url is None
    assert content.opening_text == "o" * 1_000
    assert notes.flags == {"text-cut": 1}


@given(
    st.floats(),
    st.floats(),
    st.sampled_from([None, "FR", "US", "ZZ"]),
    st.lists(st.sampled_from(["1", "1~2", "2"]), max_size=4),
    st.text(max_size=30),
)
@settings(max_examples=200, deadline=None)
def test_cleaning_is_total_and_a_second_time_changes_nothing(
    latitude: float, longitude: float, country: str | None, uids: list[str], key: str
) -> None:
    evses = tuple(map(EvseDraft, uids))
    content = cleaned(
        None, FRANCE, latitude=latitude, longitude=longitude, country=country, evses=evses, key=key
    )
    if isinstance(content, StationContent):
        assert -90 <= content.latitude <= 90
        assert len({evse.uid for evse in content.evses}) == len(uids)
        again = clean(StationDraft(content), notes=Notes(), territory=FRANCE)
        assert isinstance(again, StationDraft)
        assert again.content == content
