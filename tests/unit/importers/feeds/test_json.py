from __future__ import annotations

import pytest

from app.importers.feeds import _json as json_members


def test_members_and_objects_of_anything() -> None:
    assert json_members.members({"a": 1}) == {"a": 1}
    assert json_members.members([1]) == {}
    assert json_members.objects([{"a": 1}, 2, None]) == [{"a": 1}]
    assert json_members.objects({"a": 1}) == [{"a": 1}]
    assert json_members.objects("text") == []
    assert json_members.words(["A", " ", None]) == ["A"]
    assert json_members.words("A") == ["A"]


@pytest.mark.parametrize(
    ("value", "number"),
    [(5, 5), (5.0, 5), ("5", 5), (5.5, None), (-1, None), (True, None), (10**30, None), ([], None)],
)
def test_whole_numbers(value: object, number: int | None) -> None:
    assert json_members.whole(value) == number


@pytest.mark.parametrize(
    ("value", "text"),
    [(5, "5"), ("5", "5"), (5.0, "5"), (True, None), ({"a": 1}, None), ([1], None), ("", None)],
)
def test_ids_are_texts(value: object, text: str | None) -> None:
    assert json_members.identifier(value) == text


def test_natural_order() -> None:
    assert sorted(["10", "9", "a"], key=json_members.natural_order) == ["9", "a", "10"]


def test_a_reference_is_a_number_or_a_whole_object() -> None:
    assert json_members.number_of({"LevelID": 2}, "Level") == 2
    assert json_members.number_of({"LevelID": None, "Level": {"ID": 3}}, "Level") == 3
    assert json_members.number_of({}, "Level") is None
