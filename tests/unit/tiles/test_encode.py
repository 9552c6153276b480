"""The encoder against a decoder of others."""

from __future__ import annotations

from typing import Any

import mapbox_vector_tile  # type: ignore[import-untyped] # - has no types
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tiles.encode import EXTENT, Dot, encode_layer
from app.tiles.layer import power_class

UNITS = st.integers(0, EXTENT - 1)
VALUES = (
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
    | st.booleans()
    | st.integers(-(2**62), 2**62)
    | st.floats(allow_nan=False, allow_infinity=False)
)
DOTS = st.lists(
    st.builds(
        Dot, UNITS, UNITS, st.dictionaries(st.text("abcdé_", min_size=1), VALUES, max_size=5)
    ),
    min_size=1,
    max_size=20,
)


def decoded(body: bytes) -> dict[str, Any]:
    layers: dict[str, Any] = mapbox_vector_tile.decode(body, default_options={"y_coord_down": True})
    return layers


@given(DOTS)
def test_what_is_encoded_reads_back(dots: list[Dot]) -> None:
    (layer,) = decoded(encode_layer("stations", dots)).values()
    assert (layer["extent"], layer["version"]) == (EXTENT, 2)
    for feature, dot in zip(layer["features"], dots, strict=True):
        assert feature["geometry"] == {"type": "Point", "coordinates": [dot.x, dot.y]}
        found = feature["properties"]
        assert found == dot.properties
        assert {key: type(value) for key, value in found.items()} == {
            key: type(value) for key, value in dot.properties.items()
        }


def test_equal_values_are_kept_once() -> None:
    dots = [Dot(1, 1, {"count": 1, "name": "x" * 100}) for _ in range(50)]
    assert len(encode_layer("stations", dots)) < 50 * 20 + 200


def test_no_points_are_no_bytes() -> None:
    assert encode_layer("stations", []) == b""


@pytest.mark.parametrize(
    ("power_kw", "number"),
    [(None, 0), (0.1, 1), (21.9, 1), (22, 2), (49.9, 2), (50, 3), (149.9, 3), (150, 4), (1000, 4)],
)
def test_powers_have_a_class(power_kw: float | None, number: int) -> None:
    assert power_class(power_kw) == number
