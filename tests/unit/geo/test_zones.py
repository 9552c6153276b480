"""Time zone and country by place."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tzfpy import timezonenames

from app.geo.zones import _country_by_zone, country_at, time_zone_at


@pytest.mark.parametrize(
    ("latitude", "longitude", "zone", "country"),
    [
        (48.8566, 2.3522, "Europe/Paris", "FR"),
        (48.57, 7.81, "Europe/Berlin", "DE"),
        (49.61, 6.13, "Europe/Luxembourg", "LU"),
        (-21.1, 55.5, "Indian/Reunion", "RE"),
        (47.6, -122.3, "America/Los_Angeles", "US"),
        (49.28, -123.1, "America/Vancouver", "CA"),
        (21.36, -157.94, "Pacific/Honolulu", "US"),
        (43.0, 5.0, "Etc/GMT", None),
        (0.0, 0.0, "Etc/GMT", None),
    ],
)
def test_a_place_has_a_zone_and_a_country(
    latitude: float, longitude: float, zone: str, country: str | None
) -> None:
    assert time_zone_at(latitude, longitude) == zone
    assert country_at(latitude, longitude) == country


def test_every_zone_on_land_has_a_country() -> None:
    assert {zone for zone in timezonenames() if zone not in _country_by_zone()} == {
        zone for zone in timezonenames() if zone.startswith("Etc/")
    }


@given(st.floats(-90, 90), st.floats(-180, 180))
@settings(max_examples=200, deadline=None)
def test_every_point_has_an_answer(latitude: float, longitude: float) -> None:
    assert time_zone_at(latitude, longitude)
    country = country_at(latitude, longitude)
    assert country is None or len(country) == len("FR")
